"""Danger is heard, jokes about it are not, and the sentiment is about right."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from giftpulse.daily.inbound.feeling import Feeling, feel
from giftpulse.daily.inbound.keywords import decide


@pytest.mark.parametrize(
    "body",
    [
        *(
            "I want to kill myself",
            "i wanna kill myself",
            "I WANT TO DIE!!!",
            "i just want to die",
            "want to k1ll my self",
        ),
        *(
            "thinking about suicide",
            "I feel suicidal",
            "suicde",
            "kms",
            "I want to end my life",
            "I want to end it all",
        ),
        *(
            "no reason to live",
            "I have no reason to live anymore",
            "there is nothing left to live for",
            "unalive myself",
        ),
        *(
            "I want to hurt myself",
            "I keep hurting myself",
            "I cut myself last night",
            "self-harm again",
            "please kill me",
        ),
        *("I don't want to live anymore", "i dont want to be alive", "I don't want to be here anymore", "ready to die"),
        *(
            "don't want to wake up",
            "I wish I was dead",
            "wish I were dead",
            "I wish I was never born",
            "I should just die",
        ),
        *(
            "I'd be better off dead",
            "everyone would be better off without me",
            "I can't go on",
            "I cant go on like this",
        ),
        *("I took all my pills", "I'm going to jump off a bridge", "I am tired of living", "life isn't worth living"),
        *("nobody would care if I died", "I want to disappear", "I want it all to end", "I'm going to overdose"),
        *("my brother died by suicide", "my son killed himself", "take my own life", "going to end it tonight"),
        *(
            "I don’t want to live",
            "I wAnt to d\u200bie",
            "it hurts so much I want to die lol",
            "I hope I don't wake up",
        ),
        *("quiero morir", "Quiero morirme", "me quiero matar", "me quiero morir", "quiero matarme", "voy a matarme"),
        *("ya no quiero vivir", "no quiero seguir viviendo", "quiero acabar con mi vida", "quiero quitarme la vida"),
        *(
            "no tengo ganas de vivir",
            "no tengo razones para vivir",
            "suicidarme",
            "quiero hacerme daño",
            "quiero desaparecer",
        ),
        *("estarían mejor sin mí", "ojalá estuviera muerta", "estoy pensando en el suicidio"),
        *(
            "je veux mourir",
            "J'ai envie de mourir",
            "je veux en finir avec la vie",
            "je vais me tuer",
            "je pense au suicide",
        ),
        *("me suicider", "mettre fin à mes jours", "je n'ai plus envie de vivre", "je ne veux plus vivre"),
        *("je n'ai aucune raison de vivre", "je me fais du mal", "vous seriez mieux sans moi", "je veux disparaître"),
    ],
)
def test_danger_is_heard(body: str) -> None:
    found = feel(body)
    assert (found.danger, found.sentiment) == (True, "negative")
    assert found.phrase


@pytest.mark.parametrize(
    "body",
    [
        *(
            "I'm dying of laughter",
            "this killed me lol",
            "dead tired",
            "I'm dead tired today",
            "I died laughing",
            "diet day",
        ),
        *("dying laughing over here", "that chocolate is to die for", "my feet are killing me", "you're killing it!"),
        *("Suicide Squad was a fun movie", "my phone is dead", "the battery died", "I could die of embarrassment"),
        *(
            "I want to live",
            "I love my life",
            "cut the cake",
            "I hurt my knee",
            "I hurt myself laughing",
            "die hard fan",
        ),
        *("I don't want this to end", "I never want these to end", "I can't go on Friday", "I killed the presentation"),
        *("I don't want to wake up early", "jumping in the pool", "took my pills this morning", "stop", "good morning"),
        *("me muero de risa", "muerto de hambre", "me muero por verte", "voy a estar bien", "me dan ganas de vivir"),
        *(
            "mort de rire",
            "je meurs de faim",
            "je suis morte de fatigue",
            "mon chef va me tuer haha",
            "ma vie est belle",
        ),
    ],
)
def test_no_danger_in_a_manner_of_speaking(body: str) -> None:
    assert (feel(body).danger, feel(body).phrase) == (False, None)


def test_the_phrase_is_told() -> None:
    assert feel("Honestly, I want to die today.") == Feeling("negative", danger=True, phrase="want to die")


@pytest.mark.parametrize(
    "body", ["stop. I want to die", "leave me alone, I'm going to kill myself", "basta, quiero morir"]
)
def test_a_text_can_be_a_stop_and_a_danger(body: str) -> None:
    assert decide(body).kind == "stop"
    assert feel(body).danger


@pytest.mark.parametrize(
    "body",
    [
        *(
            "I love this",
            "Love it!",
            "thank you so much",
            "Thanks!",
            "This made my day",
            "can't stop smiling",
            "don't stop",
        ),
        *("Never been happier", "not bad at all", "this stopped me from crying", "❤️", "😂😂", "lol this killed me"),
        *(
            "You have no idea how much I needed this",
            "I'm not sad anymore",
            "no worries, all good",
            "Liked “You are loved”",
        ),
        *("Not today, but I love these", "Gracias, me encanta", "no puedo parar de sonreír", "qué bonito"),
        *("merci beaucoup", "j'adore", "je n'arrête pas de sourire", "c'est pas mal"),
    ],
)
def test_positive(body: str) -> None:
    assert feel(body) == Feeling("positive")


@pytest.mark.parametrize(
    "body",
    [
        *(
            "I hate this",
            "this is annoying",
            "not good",
            "I don't like this",
            "not happy",
            "This is not helpful",
            "👎",
            "😡",
        ),
        *("leave me alone", "I'm so sad today", "stop, this is terrible", "spam", "I had a rough day", "My dog died"),
        *("Disliked “You are loved”", "me siento mal", "no me gusta", "odio esto", "estoy triste"),
        *("je déteste ça", "j'aime pas", "je n'aime pas ça", "c'est nul", "pas bien"),
    ],
)
def test_negative(body: str) -> None:
    assert feel(body) == Feeling("negative")


@pytest.mark.parametrize(
    "body",
    [
        *("", "ok", "STOP", "9am", "What time is it?", "who is this", "NAME Anna", "TZ 94110", "hola", "bonjour"),
        *("Questioned “You are loved”", "I am at work", "good and bad", "Emphasized the point"),
    ],
)
def test_neutral(body: str) -> None:
    assert feel(body) == Feeling("neutral")


def test_what_we_had_written_ourselves_is_no_danger() -> None:
    assert not feel("Loved “If you want to die, call 988”").danger


@given(st.text(max_size=300))
def test_it_never_raises(body: str) -> None:
    found = feel(body)
    assert found.danger == (found.phrase is not None)


@given(st.sampled_from(["kill myself", "quiero morir", "je veux mourir"]), st.text(" .,!?…\n—🙏", max_size=10))
def test_danger_is_heard_whatever_stands_around_it(phrase: str, around: str) -> None:
    assert feel(f"{around}{phrase.upper()}{around}").danger
