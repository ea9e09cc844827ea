"""``giftpulse token``: who may call the API."""

import typer

from giftpulse.cli.app import group
from giftpulse.cli.console import AsJson, err, opened, out, show_json, show_table
from giftpulse.ground import clock
from giftpulse.ground.access import Role, create_token, list_tokens, revoke_token
from giftpulse.ground.errors import InvalidInputError

LONGEST_NAME = 100
_NONE = "There are no tokens yet: `giftpulse token create NAME`."

tokens = group("token", "API tokens: make, list and revoke them.")


@tokens.command()
def create(
    name: str = typer.Argument(metavar="NAME", help="What it is for; each name once"),
    role: Role = typer.Option("admin", help="read: may only look"),
    as_json: AsJson = False,
) -> None:
    """Make a token and show it, this one time."""
    name = name.strip()
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise InvalidInputError.at("NAME", f"expected 1 to {LONGEST_NAME} printable characters")
    with opened() as site, site.database.begin() as session:
        token = create_token(session, name, role, clock.now())
    if as_json:
        show_json({"name": name, "role": role, "token": token})
        return
    err.print("Shown this once; only its hash is kept:")
    out.print(token, markup=False)


@tokens.command("list")
def list_all(as_json: AsJson = False) -> None:
    """List all tokens, the revoked ones too. None can be shown again."""
    with opened() as site, site.database.read() as session:
        rows = [
            {
                "name": token.name,
                "role": token.role,
                "begins_with": token.hint,
                "created_at": token.created_at.isoformat(timespec="seconds"),
                "last_used_at": token.last_used_at.isoformat(timespec="seconds") if token.last_used_at else None,
                "revoked_at": token.revoked_at.isoformat(timespec="seconds") if token.revoked_at else None,
            }
            for token in list_tokens(session)
        ]
    if as_json:
        show_json(rows)
        return
    columns = ("name", "role", "begins with", "created", "last used", "revoked")
    show_table(columns, [tuple(row.values()) for row in rows], _NONE)


@tokens.command()
def revoke(name: str = typer.Argument(metavar="NAME", help="Name of a token"), as_json: AsJson = False) -> None:
    """End a token at once."""
    with opened() as site, site.database.begin() as session:
        revoke_token(session, name, clock.now())
    if as_json:
        show_json({"name": name, "revoked": True})
    else:
        out.print(f"Revoked: {name}", markup=False)
