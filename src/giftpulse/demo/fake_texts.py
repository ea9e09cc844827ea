"""Texts for the fake OpenAI: sentences put together from phrases, so that no two of them are alike.

Each of six places of a text is filled from a list of p phrases, p a prime. Text number n is a polynomial of degree two
over the field of p elements, and its value at place k says which phrase stands there: two different polynomials agree
in two places at most (a Reed-Solomon code). That makes p cubed texts, of which any two share a third of their phrases
at the very most.
"""

import itertools
from collections.abc import Mapping

FOREIGN = {
    "de": "Manchmal ist ein kurzer Spaziergang die beste Antwort auf einen langen Tag, und du hast ihn dir verdient.",
    "en": "Sometimes a short walk is the best answer to a long day, and there is nothing that you have to earn first.",
}
"""Good texts in a language that nobody asked for: German, or English for those who asked for German."""

_NAMED_EVERY = 5

_EN = (
    """This morning|Before lunch|On the way home|Between two tasks|After coffee|At the bus stop|Once dishes are done
    |While the kettle hums|Sometime today|Near sunset|Halfway up the stairs|When rooms go quiet|At your desk
    |By the front door|During a pause|As lamps come on|In an idle minute|Under an open window|With shoes still on""",
    """thank a neighbor|water something green|stretch both arms|write one honest line|hum an old tune
    |forgive a small slip|name three good sounds|call a cousin|carry someone's bag|tidy a single drawer
    |praise a colleague|try the longer path|draw a lopsided star|borrow some bread|mend a loose button
    |share your umbrella|ask a curious question|drop your shoulders|plant a tiny idea""",
    """without any hurry|as if for the first time|with a crooked smile|and expect nothing back|just because you can
    |the way a child would|for nobody's applause|before doubt wakes up|and leave it at that|using both hands
    |in your own fashion|slowly, on purpose|while it feels easy|like someone on holiday|and notice what shifts
    |although no one asked|until worry shrinks|in a borrowed good mood|with your best patience""",
    """A kind word|Courage|Gentle effort|Laughter|An open hand|Plain honesty|A quiet habit|Hope|Warm soup
    |Good company|A second chance|Curiosity|Moonlight|Ordinary luck|A clean page|Fresh air|Your own pace
    |The smallest start|Tenderness""",
    """travels further than|outlasts|softens|is stronger than|finds its way past|answers|warms up
    |has more friends than|repairs|gets along with|makes light of|outshines|sees beyond|is worth more than
    |keeps better than|leaves room for|gently unties|grows around|weighs less than""",
    """a hard winter|the loudest critic|old regrets|perfect plans|a locked gate|yesterday's storm|any trophy
    |a crowded calendar|the longest queue|bitter coffee|spilled milk|heavy thunder|a stubborn knot|cold stone
    |the sharpest remark|tall fences|an empty inbox|a broken compass|slow trains""",
)
_ES = (
    "Esta tarde|Antes de cenar|Al volver a casa|En una pausa|Cuando todo calle|Hoy mismo|De camino al trabajo",
    """saluda a una vecina|riega la planta|escribe una frase sincera|camina un poco|perdona un error leve
    |ordena la mesa|llama a tu hermana""",
    """sin ninguna prisa|con una sonrisa torcida|como si fuera la primera vez|y no esperes nada|a tu manera
    |solo porque puedes|con las dos manos""",
    "La paciencia|Una palabra amable|El buen humor|Un paso breve|La esperanza|Una mano abierta|El aire fresco",
    "llega antes que|dura tanto como|suaviza|brilla junto a|pesa menos que|deja sitio para|responde a",
    """un invierno duro|la tormenta de ayer|una puerta cerrada|los planes perfectos|mucho ruido|un viejo reproche
    |la fila lenta""",
)
_FR = (
    "Ce matin|Avant le repas|Sur le chemin du retour|Entre deux gestes|Quand tout se tait|En rentrant|Un instant",
    """salue une voisine|arrose la plante|note une phrase sincère|marche un peu|pardonne une erreur|range un tiroir
    |appelle un ami""",
    """sans te presser|avec un sourire de travers|comme au premier jour|et n'attends rien|à ta manière
    |par simple plaisir|des deux mains""",
    "La patience|Un mot doux|La bonne humeur|Un petit pas|L'espoir|Une main ouverte|Un bol de soupe",
    "survit à|adoucit|allège|laisse une place à|répond à|brille devant|éclaire",
    """un hiver rude|la colère d'hier|une porte close|tant de projets parfaits|un vieux reproche|la file d'attente
    |une pluie froide""",
)


def _lists(written: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(" ".join(phrase.split()) for phrase in place.split("|")) for place in written)


_PHRASES: Mapping[str, tuple[tuple[str, ...], ...]] = {"en": _lists(_EN), "es": _lists(_ES), "fr": _lists(_FR)}


class TextMaker:
    """Makes texts that were never there before: thousands in English, hundreds in Spanish and French. A seed is an
    order of them."""

    def __init__(self, seed: int = 1) -> None:
        self._numbers = {language: itertools.count(seed * 997) for language in _PHRASES}

    def next(self, language: str) -> str:
        """A new text; in English for a language that it does not speak."""
        language = language if language in _PHRASES else "en"
        return text_of(language, next(self._numbers[language]))


def how_many(language: str) -> int:
    """How many texts there are, before the first comes again."""
    return len(_PHRASES[language][0]) ** 3


def text_of(language: str, number: int) -> str:
    """Text number so and so. Neighbours differ in all places but a few."""
    places = _PHRASES[language]
    prime = len(places[0])
    spread = number * (prime**2 + prime + 2) % prime**3  # coprime to the number of texts, for p greater than 2
    low, middle, high = spread % prime, spread // prime % prime, spread // prime**2
    chosen = [phrases[(low + middle * k + high * k * k) % prime] for k, phrases in enumerate(places)]
    opener, deed, manner, subject, verb, complement = chosen
    text = f"{opener}, {deed} {manner}. {subject} {verb} {complement}."
    return text if number % _NAMED_EVERY else f"{{first_name}}, {text[0].lower()}{text[1:]}"
