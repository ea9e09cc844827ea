"""``giftpulse subscribers``: people as CSV files, in and out, and the erasure of one."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, TextIO

import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from sqlalchemy.orm import Session

from giftpulse.cli.app import group
from giftpulse.cli.console import AsJson, err, opened, out, show_json, show_table
from giftpulse.daily.erase import erase as erase_everywhere
from giftpulse.daily.programs import store as programs
from giftpulse.daily.programs.models import Program
from giftpulse.daily.subscribers import importing, leave
from giftpulse.daily.subscribers.exporting import export_csv
from giftpulse.daily.subscribers.importing import Imported, import_csv
from giftpulse.daily.subscribers.ledger import Consent
from giftpulse.ground import clock, phone
from giftpulse.ground.errors import InvalidInputError, NotFoundError
from giftpulse.ground.presence import present

subscribers = group("subscribers", "People as CSV files, in and out; and the erasure of one.")

_PROGRAM = typer.Option(..., "--program", help="The program, by its slug, such as daily-positivity")
_SHOWN = 50
"""Refused lines that are shown to a person; JSON has all."""


@subscribers.command("import")
def import_file(
    file: str = typer.Argument(metavar="CSV", help="A CSV file with a line of headers; - for standard input"),
    program: str = _PROGRAM,
    consent_source: str = typer.Option("", help="Where people agreed, if the file does not say, such as 'web form'"),
    consent_wording: str = typer.Option("", help="What they were shown when they did"),
    country: str = typer.Option("", help="Country of numbers without a country code, such as US"),
    strict: bool = typer.Option(False, "--strict", help="End with an error if any line was refused"),
    as_json: AsJson = False,
) -> None:
    """Take people in from a CSV file. Good lines come in, bad ones are told by number; nobody who left comes back."""
    if country and not (len(country) == 2 and country.isalpha()):
        raise InvalidInputError.at("--country", "expected two letters, such as US")
    by = "standard input" if file == "-" else f"file {Path(file).name}"
    consent = None
    if consent_source or consent_wording:
        said = consent_wording or None
        consent = Consent("opt_in", "import", by, clock.now(), wording=said, detail=consent_source)
    with (
        opened() as site,
        _read(file) as (content, size),
        present(site, "subscribers import"),
        _progress(content, size) as tell,
    ):
        with site.database.read() as session:
            program_id = _program(session, program).id
        done = import_csv(site, program_id, content, consent=consent, country=country or None, by=by, progress=tell)
    _show(done, as_json)
    if done.refused and (strict or not done.added + done.already):
        raise typer.Exit(1)


@subscribers.command("export")
def export_file(
    file: str = typer.Argument("-", metavar="[CSV]", help="Where to write; - for standard output"),
    program: str = _PROGRAM,
    as_json: AsJson = False,
) -> None:
    """Write everybody of a program to a CSV file, in columns that `subscribers import` takes."""
    with opened() as site, site.database.read() as session, _written(file) as target:
        count = export_csv(session, _program(session, program).id, target)
    if as_json and file != "-":
        show_json({"file": file, "subscribers": count})
    else:
        err.print(f"{count} subscribers written" + ("" if file == "-" else f" to {file}"), markup=False)


@subscribers.command()
def erase(
    number: str = typer.Argument(metavar="NUMBER", help="The number, such as +15551234567"), as_json: AsJson = False
) -> None:
    """Erase a person from all programs: number, name, place, words. The ledger keeps a hash of the number."""
    wanted = phone.normalise(number, "NUMBER")
    with opened() as site, site.database.begin() as session:
        found = leave.of_number(session, wanted)
        if not found:
            raise NotFoundError(f"nobody has the number {wanted}")
        erase_everywhere(session, found, "the command line", clock.now())
    if as_json:
        show_json({"erased": [str(one.id) for one in found]})
    else:
        out.print(f"Erased from {len(found)} program{'s' if len(found) > 1 else ''}.")


def _program(session: Session, slug: str) -> Program:
    found = programs.by_slug(session, slug)
    if found is None:
        raise NotFoundError(f"there is no program {slug!r}")
    return found


@contextmanager
def _read(name: str) -> Iterator[tuple[BinaryIO, int | None]]:
    """The file, and its size where it has one."""
    if name == "-":
        yield sys.stdin.buffer, None
        return
    try:
        file = Path(name).open("rb")  # noqa: SIM115  # closed below; an error of what is done with it is another one
    except OSError as error:
        raise InvalidInputError.at(name, f"cannot be read ({error.strerror or error})") from error
    with file:
        yield file, os.fstat(file.fileno()).st_size


@contextmanager
def _written(name: str) -> Iterator[TextIO]:
    """Where to write: standard output, or a file that is there whole or not at all. Excel needs the mark to see that
    it is UTF-8."""
    if name == "-":
        yield sys.stdout
        return
    path = Path(name)
    draft = path.with_name(path.name + ".part")
    try:
        with draft.open("w", encoding="utf-8-sig", newline="") as file:
            yield file
        draft.replace(path)
    except OSError as error:
        raise InvalidInputError.at(name, f"cannot be written ({error.strerror or error})") from error
    finally:
        draft.unlink(missing_ok=True)


@contextmanager
def _progress(content: BinaryIO, size: int | None) -> Iterator[Callable[[int], None]]:
    """How progress is told: a bar on a terminal, a line for ten thousand people elsewhere; on standard error."""
    if not err.is_terminal:
        yield _tell_by_line
        return
    columns = (TextColumn("{task.fields[lines]:,} lines"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err) as bars:
        task = bars.add_task("lines", total=size, lines=0)
        yield lambda lines: bars.update(task, completed=content.tell() if size else 0, lines=lines)


def _tell_by_line(lines: int) -> None:
    if lines % (10 * importing.AT_ONCE) == 0:
        err.print(f"{lines} lines", markup=False)


def _show(done: Imported, as_json: bool) -> None:
    refused: list[dict[str, Any]] = [
        {"line": one.line, "field": one.field, "reason": one.reason} for one in done.refused
    ]
    if as_json:
        show_json({"lines": done.lines, "added": done.added, "already": done.already, "refused": refused})
        return
    if refused:
        show_table(("line", "field", "why it was refused"), [tuple(row.values()) for row in refused[:_SHOWN]])
    if len(refused) > _SHOWN:
        err.print(f"... and {len(refused) - _SHOWN} more; --json tells all")
    bad = len({one.line for one in done.refused})
    out.print(f"{done.lines} lines: {done.added} added, {done.already} there already, {bad} refused")
