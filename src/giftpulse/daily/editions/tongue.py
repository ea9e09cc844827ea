"""Whether a text is in the language that was asked for: told by the small words that no other language here has.

Only a clear case is refused: several small words of another language, and hardly one of its own. Where a language is
wanted of which no small words are known here, only what is clearly English is told, for models fall back to that.
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from giftpulse.daily.editions.words import words

NAMES: Mapping[str, str] = MappingProxyType(
    {
        "da": "Danish", "de": "German", "en": "English", "es": "Spanish", "fi": "Finnish", "fr": "French",
        "it": "Italian", "nb": "Norwegian", "nl": "Dutch", "no": "Norwegian", "pl": "Polish", "pt": "Portuguese",
        "ru": "Russian", "sv": "Swedish", "uk": "Ukrainian",
    }
)  # fmt: skip
"""English names of languages, by ISO 639 code."""

_SMALL = {
    "en": "the and of to is it you your that for with are be this have not what when who there they will its than from "
    "has was as or but one a an on in at by so do no if can more just than then into some every how today",
    "es": "el los las y que es con por para su te tu lo como mas del al una un hoy alguien cuando tambien ya sin muy "
    "esta de la en se no si o a algo nadie donde porque hay ser",
    "fr": "le les et est une des du pas vous avec dans sur qui ce cette ton ta plus pour quand au aux fait peut tout "
    "de la en se un ne il elle on a tes ses son sa quelqu rien sans comme jamais deux",
    "de": "der das und ist nicht ein eine mit auf dich du dein deine sich den dem zu auch wenn heute fur von wie die "
    "in es im an so er sie noch nur mehr wer was",
    "it": "il gli di che per con una sono non tuo tua piu della del nel oggi anche quando ti dei questo quello e un "
    "la in si se a lo le chi dove sempre senza",
    "pt": "o os um uma nao voce seu sua que com para mais do da em hoje quando e por isso ao na no tambem dos das de "
    "se a as sem muito quem onde ser",
}

_CLEARLY = 2  # small words of another language, at the least
_FAR_FROM_ALL = 4  # different small words of English; Dutch and Danish share two or three with it


def base(language: str) -> str:
    """A language without its region: ``es`` for ``es-MX``."""
    return language.replace("_", "-").partition("-")[0].lower()


def name_of(language: str) -> str:
    """How a language is called in English; its code if we do not know."""
    return NAMES.get(base(language), language)


def foreign(text: str, language: str) -> Iterator[str]:
    """The reason, if a text is clearly in another language than this one."""
    spoken, wanted = words(text), base(language)
    found = {tongue: [word for word in spoken if word in own] for tongue, own in _OWN.items()}
    if wanted not in found:
        other, is_clear = "en", len(set(found["en"])) >= _FAR_FROM_ALL
    else:
        other = max(found, key=lambda tongue: len(found[tongue]))
        is_clear = len(found[other]) >= max(_CLEARLY, 4 * len(found[wanted]) + 1)
    if is_clear and other != wanted:
        yield f"it is in {name_of(other)}, not in {name_of(language)}"


def _exclusive() -> dict[str, frozenset[str]]:
    sets = {tongue: frozenset(small.split()) for tongue, small in _SMALL.items()}
    return {
        tongue: own.difference(*(other for name, other in sets.items() if name != tongue))
        for tongue, own in sets.items()
    }


_OWN = _exclusive()
