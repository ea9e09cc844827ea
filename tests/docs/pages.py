"""The pages of the project, as the tests of this folder read them."""

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

HOUSE = Path(__file__).resolve().parents[2]

PAGES: tuple[Path, ...] = tuple(
    sorted({*(HOUSE / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")), *HOUSE.glob("docs/**/*.md")})
)
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")


@dataclass(frozen=True)
class Block:
    """A fenced block of a page: where it stands, its language and its text."""

    where: str
    language: str
    text: str


def name_of(page: Path) -> str:
    """A page as the tests name it: ``docs/rules.md``."""
    return page.relative_to(HOUSE).as_posix()


def blocks(*languages: str) -> list[Block]:
    """All fenced blocks in these languages, over all pages."""
    found: list[Block] = []
    for page in PAGES:
        text = page.read_text()
        for match in _BLOCK.finditer(text):
            line = text.count("\n", 0, match.start()) + 1
            found.append(Block(f"{name_of(page)}:{line}", match[1], match[2]))
    return [block for block in found if block.language in languages]


def spans(page: Path) -> list[str]:
    """Everything that stands as `code` in the running text of a page."""
    return _CODE.findall(_BLOCK.sub("", page.read_text()))


def shell_blocks() -> list[tuple[str, list[str]]]:
    """Every sh block as its commands (continued lines joined), and where it stands."""
    return [(block.where, _commands(block.text.replace("\\\n", " "))) for block in blocks("sh")]


def shell_lines() -> list[tuple[str, str]]:
    """Every command of every sh block, and where it stands."""
    return [(where, line) for where, lines in shell_blocks() for line in lines]


def _commands(text: str) -> list[str]:
    """The commands of a block: one a line, but a line with an open quote goes on in the next."""
    commands: list[str] = []
    for line in text.splitlines():
        if commands and _is_open(commands[-1]):
            commands[-1] += "\n" + line
        elif line.strip():
            commands.append(line)
    return commands


def _is_open(command: str) -> bool:
    try:
        shlex.split(command)
    except ValueError:
        return True
    return False


def table(page: str, mark: str) -> list[list[str]]:
    """The rows of the table after ``<!-- mark -->``, without its head; backticks around a whole cell taken away."""
    after = (HOUSE / page).read_text().split(f"<!-- {mark} -->\n", 1)[1].lstrip()
    rows = [line for line in after.split("\n\n", 1)[0].splitlines() if line.startswith("|")]
    return [[_bare(cell) for cell in row.strip("|").split(" | ")] for row in rows[2:]]


def _bare(cell: str) -> str:
    cell = cell.strip()
    return cell[1:-1] if cell.count("`") == 2 and cell[0] == cell[-1] == "`" else cell
