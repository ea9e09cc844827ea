"""``giftpulse rules``: rules as files."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import typer

from giftpulse.cli import dry_match
from giftpulse.cli.app import group
from giftpulse.cli.console import AsJson, err, opened, show_json, show_table
from giftpulse.cli.files import read_json, write_json
from giftpulse.cli.rule_files import Imported, import_rules, read_rules
from giftpulse.ground import clock
from giftpulse.monitor.rules import store
from giftpulse.monitor.rules.models import Rule

rules = group("rules", "Rules as files: take them out, bring them in, try them.")

_FILE = "A JSON file with a list of rules, in the full or the short form; - for standard input"
_NONE = "There are no rules in it."


@rules.command("export")
def export_rules(file: str = typer.Argument(metavar="FILE", help="Where to write; - for standard output")) -> None:
    """Write all rules but the built-in ones to a file, each in the form in which it was made. `rules import` takes it
    back."""
    with opened() as site, site.database.read() as session:
        found = session.scalars(store.written().order_by(Rule.id)).all()
        data = [json.loads(rule.short_form or rule.spec) for rule in found]
    write_json(file, data)
    if file != "-":
        err.print(f"{len(data)} rules written to {file}", markup=False)


@rules.command("import")
def import_file(file: str = typer.Argument(metavar="FILE", help=_FILE), as_json: AsJson = False) -> None:
    """Bring rules in from a file. One of a name that is there is changed; the good come in, the faulty are told."""
    data = read_rules(read_json(file), file)
    with opened() as site, site.database.begin() as session:
        done = import_rules(session, data, clock.now())
    _show(done, as_json)


@rules.command("test")
def try_rules(
    file: str = typer.Argument(metavar="FILE", help=_FILE),
    last: int = typer.Option(10_000, min=1, max=1_000_000, help="How many of the newest logs to try them on"),
    as_json: AsJson = False,
) -> None:
    """Check the rules of a file and say how many of the newest logs each matches. Changes and sends nothing."""
    data = read_rules(read_json(file), file)
    with opened() as site, site.database.read() as session:
        tried, tested = dry_match.dry_match(session, data, last)
    if as_json:
        show_json({"logs": tried, "rules": [one.as_data() for one in tested]})
    else:
        columns = ("rule", "name", "matches", "newest match", "error")
        show_table(columns, [(t.index, t.name, t.matches, t.newest_sid, t.error) for t in tested], _NONE)
        err.print(f"Tried on the newest {tried} logs, as they are now.")
    if any(one.error for one in tested):
        raise typer.Exit(1)


def _show(done: Sequence[Imported], as_json: bool) -> None:
    rows: list[Mapping[str, Any]] = [one.as_data() for one in done]
    if as_json:
        show_json(rows)
    else:
        show_table(("rule", "name", "result", "error"), [tuple(row.values())[:4] for row in rows], _NONE)
    if any(one.result == "refused" for one in done):
        raise typer.Exit(1)
