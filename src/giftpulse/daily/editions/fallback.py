"""Which text of the library steps in: one of the theme that was never used, then any that was never used, then the
least recently used; and of those, the first that passes as any text must."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b

from giftpulse.daily.editions.check import Verdict
from giftpulse.daily.editions.library import LibraryText


@dataclass(frozen=True, slots=True)
class Choice:
    """The text of the library, and the verdict on it. ``note`` is empty unless something speaks against it."""

    chosen: LibraryText
    verdict: Verdict
    note: str = ""


Judge = Callable[[str], Verdict]


def choose(
    texts: Sequence[LibraryText], used: Mapping[str, int], theme: str, key: str, judge: Judge, again: Judge
) -> Choice:
    """Choose one of ``texts``, which must not be empty.

    ``used`` says of keys when they were used last (any number that grows). ``key`` makes each program go its own way
    through the library. ``judge`` knows what was said; when nothing passes by it, ``again`` is asked, which does not: a
    text that was said long ago is better than none. And so is, in the end, one against which something else speaks.
    """

    def place(item: LibraryText) -> tuple[int, bool, bytes]:
        turn = blake2b(f"{key}:{item.key}".encode(), digest_size=8).digest()
        return used.get(item.key, 0), not is_about(item.theme, theme), turn

    ordered = sorted(texts, key=place)
    for asked, note in ((judge, ""), (again, "all texts of the library were said before")):
        for item in ordered:
            verdict = asked(item.text)
            if verdict.ok:
                return Choice(item, verdict, note)
    least = again(ordered[0].text)
    return Choice(ordered[0], least, f"no text of the library passes; of this one, {'; '.join(least.reasons)}")


def is_about(theme: str, wished: str) -> bool:
    """Whether a theme of the library (``self_respect``) is the one that a program names ("Self respect")."""
    return bool(wished) and theme.replace("_", " ") == " ".join(wished.casefold().replace("_", " ").split())
