"""Who says stop is heard, in whatever words; who cannot stop smiling is not."""

import pytest

from giftpulse.daily.inbound.keywords import decide

TWILIO = ["STOP", "UNSUBSCRIBE", "END", "QUIT", "STOPALL", "REVOKE", "OPTOUT", "CANCEL"]

DRESSED = [
    *(
        "stop!",
        '"Stop."',
        "«stop»",
        "“STOP”",
        " s.t.o.p ",
        "S T O P",
        "S-T-O-P",
        "(stop)",
        "Stop?",
        "stop :(",
        "STOP\r\n",
        "*STOP*",
    ),
    *(
        "STOP🛑",
        "🛑",
        "S\u200bTOP",
        "\ufeffSTOP",
        "\u200eStop",
        "ＳＴＯＰ",
        "𝗦𝗧𝗢𝗣",
        "ЅТОР",
        "End.",
        "quit!",
        "_cancel_",
        "opt-out",
    ),
    *("stoooop", "STOPPPP", "STOP STOP STOP", "STOP/QUIT", "un-subscribe", "Stop 👎🏽"),
]

SLIPS = [
    *(
        "stpo",
        "sotp",
        "St0p",
        "STOPP",
        "stopit",
        "stop please",
        "pls stpo texting me",
        "unsubcribe",
        "unsuscribe please",
    ),
    *("unsubscirbe", "UNSUBSCRIB", "uns ubscribe", "cancle", "qiut", "desabonnner", "canselar", "stopme", "STOP2END"),
]

ENGLISH = [
    *("please stop", "pls stop", "STOP ALL NOW", "stop it", "ok stop now", "omg stop", "stop thank you", "stop this"),
    *("Stop sending me these", "stop texting me", "STOP TEXTING ME!!!!", "Please stop texting this number"),
    *("I want to opt out", "opt me out", "leave me alone", "can you leave me alone", "why can't you leave me alone"),
    *(
        "remove me",
        "remove me from your list",
        "please remove my number",
        "take me off",
        "take me off your list please",
    ),
    *("take my number off your list", "get me off this list", "lose my number", "delete my number", "REMOVE", "ENDED"),
    *("no more messages", "no more texts please", "No more.", "unsubscribe me", "how do I unsubscribe", "CANCELLED"),
    *("do not text me", "don't text me again", "Don’t text me anymore", "never text me again", "do not contact me"),
    *("wrong number", "You have the wrong number", "sorry, wrong person", "wrong #, stop", "this is not my number"),
    *("I don't want these texts", "I no longer want these texts", "don't want these", "I don't want any more messages"),
    *(
        "I don't want to receive these messages anymore",
        "I do not want this, please stop",
        "not interested",
        "no thanks",
    ),
    *("who is this? stop", "Who is this. Stop texting me", "I said stop", "I told you to stop", "make it stop"),
    *("I want this to stop", "I need these to stop", "Please stop. I'm not interested.", "I hate this. Stop."),
    *("if you don't stop texting me I will call a lawyer", "why don't you stop", "won't you stop texting me"),
    *("can you stop", "can you please stop this", "Never. Stop.", "no stop", "no, stop", "Don't! Stop!"),
    *("how do I stop these texts", "how do i stop", "I never signed up for this", "I didn't sign up for these"),
    *("cease and desist", "I revoke my consent", "I withdraw my consent", "this is spam", "fuck off", "turn these off"),
    *(
        "cancel my subscription",
        "please cancel",
        "I want to cancel",
        "how do i cancel this",
        "quit texting me",
        "END this",
    ),
    *(
        "Thanks but please stop sending these",
        "Hi, please stop. Thank you and God bless",
        "Stop daily texts",
        "the end",
    ),
    *(
        "Stop, I don't want these anymore",
        "stop with the messages",
        "end subscription",
        "please discontinue this service",
    ),
    *("I can't stop these messages how do I turn this off", "I would like to be removed. stop", "STOP now or I sue"),
    *("I love you all but please unsubscribe me, my phone bill is too high", "no longer interested"),
]

SPANISH = [
    *("alto", "¡Alto!", "basta", "ya basta", "no me envíen más", "no me envien mas mensajes", "no me mandes nada"),
    *("cancelar", "quiero cancelar", "dar de baja", "darme de baja por favor", "dejen de enviarme mensajes", "para"),
    *("ya no quiero recibir mensajes", "no quiero más mensajes", "número equivocado", "PARAR", "DETENER", "No más"),
    *("no gracias", "Por favor no me escriban", "bórrenme de su lista", "quítenme de la lista", "cancelar suscripción"),
    *("déjame en paz", "por favor paren", "no me molesten"),
]

FRENCH = [
    *(
        "arrêt",
        "ARRET",
        "arrêter",
        "arrête",
        "Arrêtez !",
        "arrêtez de m'écrire",
        "ne plus recevoir",
        "Assez",
        "stop svp",
    ),
    *("je ne veux plus recevoir de messages", "me désabonner", "désinscrire", "je veux me désabonner", "arrête ça"),
    *("désabonnez-moi", "laissez-moi tranquille", "ne m'envoyez plus de messages", "plus de messages svp", "ARRETE"),
    *("mauvais numéro", "n'envoyez plus rien", "vous pouvez arrêter svp", "résilier mon abonnement", "stop merci"),
]


@pytest.mark.parametrize("body", [*TWILIO, *map(str.title, TWILIO), *(f" {word.lower()}\n" for word in TWILIO)])
def test_twilios_words_are_stops(body: str) -> None:
    assert decide(body).kind == "stop"
    assert decide(body).reason == f"Twilio's keyword {body.strip().upper()}"


@pytest.mark.parametrize("body", [*DRESSED, *SLIPS])
def test_a_stop_is_heard_however_it_is_dressed(body: str) -> None:
    assert decide(body).kind == "stop"


@pytest.mark.parametrize("body", [*ENGLISH, *SPANISH, *FRENCH, "стоп", "停止", "TD退订"])
def test_any_reasonable_way_of_saying_it_is_a_stop(body: str) -> None:
    assert decide(body).kind == "stop"


@pytest.mark.parametrize(
    "body",
    [
        *("I can't stop smiling", "I cannot stop smiling!", "I could not stop laughing", "You never stop amazing me"),
        *("don't stop", "Don't stop!", "Don’t ever stop!!!", "please don't stop", "Please do not stop these"),
        *("never stop sending these", "never, ever stop sending these", "I hope you never stop", "don't you dare stop"),
        *("I never want these to stop", "I don't want these texts to stop", "I hope this doesn't stop", "nunca paren"),
        *("this stopped me from crying", "It made me stop and breathe", "These texts help me stop overthinking"),
        *("I'm trying to stop smoking", "I quit smoking today!", "I quit my job", "Nothing can stop me today!"),
        *(
            "No one can stop me now",
            "You can't stop me now",
            "unstoppable",
            "It stops the pain",
            "non-stop joy",
            "nonstop joy",
        ),
        *("Stop making me cry happy tears", "Stop worrying and be happy, great advice", "stop and smell the roses"),
        *("the bus stop was cold", "see you at the bus stop", "I'll stop by later", "full stop ahead"),
        *("at the end of the day", "At the end of the day, I smiled", "weekend", "Happy weekend!", "I ended up crying"),
        *("Have a great end of the week", "I wish it would never end", "My boss had to cancel my appointment"),
        *(
            "I don't want to cancel",
            "please don't cancel my subscription",
            "I would never unsubscribe",
            "I won't unsubscribe",
        ),
        *("please never take me off your list", "don't remove me", "Don't leave me alone", "I don't want to opt out"),
        *(
            "make the pain go away",
            "I don't want to miss your texts",
            "I don't want to be sad",
            "you don't text me enough",
        ),
        *(
            "He stopped texting me",
            "I can't take my eyes off this",
            "the wrong day to be sad",
            "Can't wait for the weekend",
        ),
        *(
            "no paren",
            "no dejen de enviarme mensajes",
            "no puedo parar de sonreír",
            "no quiero cancelar",
            "para mi hija",
        ),
        *("n'arrêtez pas", "n'arrêtez jamais !", "ne vous arrêtez pas", "je ne veux pas me désabonner"),
        *("je ne veux pas arrêter", "arrête de me faire rire", "muy alto", "me encanta", "merci beaucoup", "No", "👍"),
        *("I want to end it all", "I love these", "thank you so much", "Great text!", "", "   ", "?!"),
    ],
)
def test_a_word_that_stops_nothing_is_no_stop(body: str) -> None:
    assert decide(body).kind == "other"


@pytest.mark.parametrize(
    "body",
    [
        "Liked “You are loved. Reply STOP to end”",
        "Loved “Reply STOP to opt out”",
        "👍 to “ Reply STOP to opt out ”",
        'Emphasized "Msg & data rates may apply. STOP to quit…"',
        "Le gustó “Responda STOP para salir”",
        "A aimé « Répondez STOP »",
    ],
)
def test_a_reaction_that_quotes_our_own_stop_is_none(body: str) -> None:
    assert decide(body).kind == "other"


def test_a_quotation_with_a_stop_after_it_is_one() -> None:
    assert decide("Liked “You are loved” please STOP").kind == "stop"


def test_the_reason_tells_the_words() -> None:
    assert decide("Hello. Could you please stop texting me?").reason == "says 'could you please stop'"
