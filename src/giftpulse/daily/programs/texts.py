"""What every text from outside has to be before it is stored: one that both databases take and JSON can show."""


def fault(text: str, *, lines: bool = False) -> str | None:
    """Why a text cannot be kept, or None when it can. ``lines``: it may have several lines, and tabs."""
    if "\x00" in text:
        return "expected a text without NUL characters"
    if any("\ud800" <= letter <= "\udfff" for letter in text):
        return "not valid Unicode: half of a surrogate pair"
    allowed = "\n\r\t" if lines else ""
    if any(ord(letter) < 32 and letter not in allowed for letter in text):
        return "expected a text without control characters" + ("" if lines else ", on one line")
    return None


def tamed(text: str, most: int) -> str:
    """A text that nobody can be asked to correct, such as a browser's name for itself: made fit and cut."""
    fit = "".join(letter if letter.isprintable() else " " for letter in text)
    return fit.strip()[:most]
