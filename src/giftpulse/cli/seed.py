"""``giftpulse seed``: the program that an installation begins with."""

from giftpulse.cli.app import app
from giftpulse.cli.console import AsJson, opened, out, show_json
from giftpulse.daily.programs.seed import seed as plant
from giftpulse.ground import clock


@app.command()
def seed(as_json: AsJson = False) -> None:
    """Make the program "Daily Positivity", if it is not there yet."""
    now = clock.now()
    with opened() as site, site.database.begin() as session:
        program = plant(session, site.settings, now)
        made = program.created_at == now
    if as_json:
        show_json({"id": str(program.id), "slug": program.slug, "name": program.name, "made": made})
        return
    said = "The program was made" if made else "The program is there already"
    out.print(f"{said}: {program.name}, id {program.id}, people sign up at /join/{program.slug}", markup=False)
