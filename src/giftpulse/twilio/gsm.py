"""Writing a text so that it fits the GSM alphabet, where that costs no meaning.

One curly quote makes a text cost twice as much, and language models love curly quotes. Unlike Twilio's own
*Smart Encoding* this can be seen and counted before anything is sent; it also keeps what would lose its sense
(accents, ornaments, units such as ``m²``), and writes "1½" as "1 1/2" and not as "11/2".
"""

import re
import unicodedata
from functools import cache

from giftpulse.twilio.segments import GSM_ALPHABET, count

_ALIKE = {
    '"': "“”„‟«»❝❞〝〞ʺˮ″",
    "'": "‘’‚‛‹›❛❜´`ʹʻʼʽˈˊˋ′‵",
    "-": "‐‑‒–—―−⁃•‣⎼⎽",
    " ": "\t\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000",
    "\n": "\u0085\u2028\u2029",
    "/": "⁄∕÷⧸",
    "\\": "⧵⧹",
    "|": "∣⎸⎹⏐⎜⎟",
    "*": "⁎∗",
    "~": "∼˜˷",
    "^": "ˆ",
    "x": "×",
    "+": "˖",
    "=": "꞊",
    "!": "︕",
    ",": "、､︑﹑",
    ".": "。｡․︒",
    ":": "ː˸⦂꞉∶",
    ";": "⁏",
    "_": "‗",
    "(": "❨❪⟮⦅",
    ")": "❩❫⟯⦆",
    "{": "❴",
    "}": "❵",
}
_SMALL_CAPITALS = ("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ", "ABCDEFGHIJKLMNOPRSTUVWYZ")
_LONGER = {
    "…": "...",
    "‥": "..",
    "‼": "!!",
    "⁉": "!?",
    "⁈": "?!",
    "⁇": "??",
    "→": "->",
    "←": "<-",
    "™": "TM",
    "®": "(R)",
    "©": "(c)",
    "№": "No.",
    "œ": "oe",
    "Œ": "OE",
    "ĳ": "ij",
    "Ĳ": "IJ",
    "ﬀ": "ff",
    "ﬁ": "fi",
    "ﬂ": "fl",
    "ﬃ": "ffi",
    "ﬄ": "ffl",
    "ﬅ": "st",
    "ﬆ": "st",
}

# Seen by nobody: soft hyphen, zero-width space, non-joiner, direction marks, word joiner, byte order mark. The joiner
# U+200D stays, for it holds emoji together.
_UNSEEN = "\u00ad\u200b\u200c\u200e\u200f\u2060\ufeff" + "".join(map(chr, range(32)))

# Ways of drawing a letter, and not other letters. Superscripts, circles and the like are not among them.
_STYLES = ("<wide>", "<narrow>", "<small>", "<font>", "<vertical>", "<noBreak>")

_FRACTION = re.compile("(?P<whole>[0-9])?(?P<fraction>[¼-¾⅐-⅞↉])")
# "!!" in the style of an emoji is no emoji; the digit of a keycap is.
_STYLED = re.compile("(?<=[{}])[\ufe0e\ufe0f]+(?!\u20e3)".format(re.escape("".join(sorted(GSM_ALPHABET)))))


def to_gsm(text: str) -> str:
    """The text with everything in the GSM alphabet that has its like there; all the rest stays as it is.

    Accents are joined to their letters (NFC). A text in a script that GSM-7 does not have keeps its own typography,
    since nothing would be won. The result never takes more segments, and running it again changes nothing.
    """
    brief = _settled(_one_for_one(_settled(text)))
    full = _settled(_spelled_out(brief))
    joined = unicodedata.normalize("NFC", text)
    candidates = (joined,) if any(map(_is_foreign, full)) else (full, brief)
    most = count(text).segments
    return next((candidate for candidate in candidates if count(candidate).segments <= most), text)


def _settled(text: str) -> str:
    """Line ends, accents and styles as they should be; taking a style away may join an accent to its letter."""
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    while (plain := unicodedata.normalize("NFC", _STYLED.sub("", text))) != text:
        text = plain
    return text


def _one_for_one(text: str) -> str:
    return "".join(letter if letter in GSM_ALPHABET else _alike(letter) for letter in text)


@cache
def _table() -> dict[str, str]:
    table = dict.fromkeys(_UNSEEN, "") | dict(zip(*_SMALL_CAPITALS, strict=True))
    return table | {letter: plain for plain, letters in _ALIKE.items() for letter in letters}


def _alike(letter: str) -> str:
    """One GSM character for one that is not, or nothing for what nobody sees, or the letter itself."""
    known = _table().get(letter)
    if known is not None:
        return known
    if unicodedata.decomposition(letter).startswith(_STYLES):
        plain = unicodedata.normalize("NFKC", letter)
        if plain in GSM_ALPHABET:
            return plain
    return letter


def _spelled_out(text: str) -> str:
    return _FRACTION.sub(_fraction, "".join(_LONGER.get(letter, letter) for letter in text))


def _fraction(found: re.Match[str]) -> str:
    spelled = unicodedata.normalize("NFKC", found["fraction"]).replace("⁄", "/")
    return f"{found['whole']} {spelled}" if found["whole"] else spelled


def _is_foreign(letter: str) -> bool:
    if letter in GSM_ALPHABET or not letter.isalpha():
        return False
    return not unicodedata.name(letter, "").startswith("LATIN")
