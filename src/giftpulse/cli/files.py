"""JSON files that people hand in, and ``-`` for standard input and output."""

import json
import sys
from pathlib import Path
from typing import Any

import typer

from giftpulse.ground.errors import InvalidInputError

LARGEST = 64 * 1024 * 1024
"""Bytes of a file that we are willing to read whole."""


def read_json(name: str) -> Any:
    """What a JSON file says. Raises InvalidInputError if there is none, or it is not JSON."""
    try:
        content = sys.stdin.buffer.read(LARGEST + 1) if name == "-" else _read(Path(name))
        if len(content) > LARGEST:
            raise InvalidInputError.at(name, f"more than {LARGEST // 2**20} MiB")
        return json.loads(content.decode("utf-8-sig"))
    except OSError as error:
        raise InvalidInputError.at(name, f"cannot be read ({error.strerror or error})") from error
    except UnicodeDecodeError as error:
        raise InvalidInputError.at(name, f"is not UTF-8 ({error.reason} at byte {error.start})") from error
    except (ValueError, RecursionError) as error:
        raise InvalidInputError.at(name, f"is not JSON ({error})") from error


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(LARGEST + 1)


def write_json(name: str, data: Any) -> None:
    """Write a JSON file, whole or not at all. Raises InvalidInputError if that cannot be done."""
    text = json.dumps(data, indent=2, ensure_ascii=name == "-")
    if name == "-":
        typer.echo(text)
        return
    path = Path(name)
    draft = path.with_name(path.name + ".part")
    try:
        draft.write_text(text + "\n", encoding="utf-8")
        draft.replace(path)
    except OSError as error:
        raise InvalidInputError.at(name, f"cannot be written ({error.strerror or error})") from error
