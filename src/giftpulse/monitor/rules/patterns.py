"""Regular expressions, RE2 only: time is linear in the text, whatever the pattern. Nobody else imports re2.

A pattern is refused when it is saved, with a reason that a person can act on. Text is handed over as
UTF-8; half of a surrogate pair, which UTF-8 cannot say, is read as U+FFFD.
"""

import functools
from collections.abc import Callable, Iterable

import re2

MAX_PATTERN_BYTES = 1_024
MAX_INSTRUCTIONS = 10_000
PATTERN_MEMORY = 1 << 20

Search = Callable[[bytes], "list[int] | None"]
"""Text in, numbers of the patterns that match out. None means none."""

_ENGINE_SAYS = (
    ("(?=", "lookahead is not available (RE2); say what must not match with a 'not' condition"),
    ("(?!", "lookahead is not available (RE2); say what must not match with a 'not' condition"),
    ("(?<", "lookbehind is not available (RE2)"),
    ("(?P=", "backreferences are not available (RE2)"),
    ("(?>", "atomic groups are not available (RE2) and not needed: matching time is linear"),
    ("invalid escape sequence: \\k", "backreferences are not available (RE2)"),
    ("invalid escape sequence: \\Z", "the end of the text is \\z, not \\Z"),
    ("too large", "the pattern needs too much memory; use smaller repeats"),
)


class PatternError(ValueError):
    """The pattern is refused. The message says why, fit for the user."""


def encoded(text: str) -> bytes:
    """The bytes that patterns are searched in."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()


def _options(memory: int) -> re2.Options:
    options = re2.Options()
    options.log_errors = False
    options.never_capture = True
    options.max_mem = memory
    return options


def _reason(pattern: str, said: str) -> str:
    if "invalid escape sequence: \\" in said and said[-1:].isdigit():
        return "backreferences are not available (RE2)"
    if "invalid repetition size" in said:
        return f"repeats go over 1,000 (nested ones multiply), or run backwards: {said.partition(': ')[2]}"
    if said == "invalid perl operator: (?P" and "(?P=" in pattern:
        return "backreferences are not available (RE2)"
    if said.startswith("bad repetition operator") and said.endswith("+"):
        return "possessive repeats are not available (RE2) and not needed: matching time is linear"
    for sign, reason in _ENGINE_SAYS:
        if sign in said:
            return reason
    return f"not a regular expression that RE2 understands: {said}"


@functools.lru_cache(maxsize=4_096)
def searcher(pattern: str) -> Callable[[str], bool]:
    """A function that says whether the pattern occurs in a text. Raises PatternError when refused."""
    try:
        data = pattern.encode()
    except UnicodeEncodeError:
        raise PatternError("not valid Unicode: half of a surrogate pair") from None
    if not data:
        raise PatternError("must not be empty; use 'exists' to match any text")
    if len(data) > MAX_PATTERN_BYTES:
        raise PatternError(f"at most {MAX_PATTERN_BYTES:,} bytes; this one has {len(data):,}")
    try:
        compiled = re2.compile(data, _options(PATTERN_MEMORY))
    except re2.error as refused:
        raise PatternError(_reason(pattern, _words(refused.args[0]))) from None
    if compiled.programsize > MAX_INSTRUCTIONS:
        raise PatternError("the pattern grows too large when compiled; use smaller repeats or fewer branches")
    search = compiled.search

    def occurs(text: str) -> bool:
        return search(encoded(text)) is not None

    return occurs


def _words(said: object) -> str:
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)


def check_pattern(pattern: str) -> None:
    """Raise PatternError, with the reason, when the pattern cannot be used."""
    searcher(pattern)


class Prefiltered:
    """Many patterns behind one pass over the literals that they need (``re2.Filter``).

    Raises PatternError when the literals need more memory than the engine gives them.
    """

    def __init__(self, patterns: Iterable[str]) -> None:
        options = _options(PATTERN_MEMORY)
        self._filter = re2.Filter()
        try:
            for pattern in patterns:
                self._filter.Add(pattern.encode(), options)
            self._filter.Compile()
        except re2.error as refused:
            raise PatternError(_words(refused.args[0])) from None
        self.search: Search = self._filter.Match

    def possible(self, text: bytes) -> list[int]:
        """Numbers of the patterns whose literals occur in the text."""
        return self._filter.Match(text, True) or []


class OnePass:
    """Many patterns in one automaton (``re2.Set``), for patterns that have no literals to look for.

    Raises PatternError when they need more than ``memory`` bytes.
    """

    def __init__(self, patterns: Iterable[str], memory: int) -> None:
        self._set = re2.Set.SearchSet(_options(memory))
        try:
            for pattern in patterns:
                self._set.Add(pattern.encode())
            self._set.Compile()
        except re2.error as refused:
            raise PatternError(_words(refused.args[0])) from None
        self.search: Search = self._set.Match
