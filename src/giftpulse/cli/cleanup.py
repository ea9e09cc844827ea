"""``giftpulse cleanup``: retention by hand."""

import typer

from giftpulse.cli.app import app
from giftpulse.cli.console import AsJson, opened, out, show_json, show_table
from giftpulse.daily import cleanup as daily
from giftpulse.ground.presence import present
from giftpulse.logs import cleanup as logs
from giftpulse.monitor import cleanup as monitor


@app.command()
def cleanup(
    days: int | None = typer.Option(
        None, min=7, help="Keep so many days, instead of RETENTION_DAYS; polls look back for three, so seven at least"
    ),
    dry_run: bool = typer.Option(False, "--dry-run", help="Only say what would be deleted"),
    as_json: AsJson = False,
) -> None:
    """Delete what is older than retention allows, and say what was deleted."""
    with opened() as site, present(site, "cleanup"):
        kept = site.settings.retention_days if days is None else days
        removed = dict(logs.cleanup(site, days=days, dry_run=dry_run).removed)
        removed |= monitor.cleanup(site, days=days, dry_run=dry_run)
        removed |= daily.cleanup(site, days=days, dry_run=dry_run)
    if as_json:
        show_json({"days": kept, "dry_run": dry_run, "deleted": removed})
        return
    out.print(f"Older than {kept} days (bodies and other texts sooner, by BODY_RETENTION_DAYS):")
    show_table(("what", "would be deleted" if dry_run else "deleted"), list(removed.items()))
