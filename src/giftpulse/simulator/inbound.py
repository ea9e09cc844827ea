"""A person texts one of the account's numbers: the record, the opt-out list, the webhook, the TwiML reply."""

from functools import partial
from urllib.parse import urlencode

from giftpulse.simulator.alerting import raise_alert, webhook_failed
from giftpulse.simulator.messages import API_VERSION, Message
from giftpulse.simulator.opt_outs import opt_out_type
from giftpulse.simulator.places import country
from giftpulse.simulator.post_office import Answer, Letter
from giftpulse.simulator.sending import accept
from giftpulse.simulator.sids import made_up
from giftpulse.simulator.telling import tell_inbound
from giftpulse.simulator.twiml import NotTwiMLError, Reply, replies
from giftpulse.simulator.validation import Order
from giftpulse.simulator.world import World
from giftpulse.twilio.segments import count

_TWIML_TYPES = frozenset({"text/xml", "application/xml", "text/plain", "text/html"})


def receive(
    world: World,
    sender: str,
    to: str,
    body: str,
    *,
    account_sid: str | None = None,
    media: int = 0,
    url: str | None = None,
) -> Message:
    """Take in a message of a person. ``url`` overrides the configured inbound webhook."""
    account = world.account(account_sid)
    now = world.schedule.now()
    service_sid = world.service_of(to)
    message = Message(
        sid=world.sids.new("MM" if media else "SM"),
        account_sid=account.sid,
        to=to,
        from_=sender,
        body=body,
        direction="inbound",
        status="received",
        created=now,
        updated=now,
        sent=now,
        service_sid=service_sid,
        segments=count(body).segments,
        media=media,
        price="-0.00790",
    )
    account.messages.add(message)
    world.counts["messages received"] += 1
    said = opt_out_type(body)
    world.opt_outs.hear([number for number in (to, service_sid) if number], sender, said)
    tell_inbound(world, message)
    url = url or world.inbound_of(to)
    if url is not None:
        form = inbound_form(message, said if service_sid and world.config.advanced_opt_out else None)
        then = partial(_answered, world, message)
        token = account.about.token
        world.office.post(Letter(url, token, message.sid, made_up("", message.sid), form=form, then=then))
    return message


def inbound_form(message: Message, said: str | None) -> dict[str, str]:
    """The parameters of the webhook, https://www.twilio.com/docs/messaging/guides/webhook-request .

    ``OptOutType`` is there for a number in a messaging service with Advanced Opt-Out, when the body was a keyword.
    """
    form = {
        "ToCountry": country(message.to),
        "FromCountry": country(message.from_ or ""),
        "SmsMessageSid": message.sid,
        "SmsSid": message.sid,
        "MessageSid": message.sid,
        "SmsStatus": "received",
        "AccountSid": message.account_sid,
        "ApiVersion": API_VERSION,
        "From": message.from_ or "",
        "To": message.to,
        "Body": message.body,
        "NumMedia": str(message.media),
        "NumSegments": str(message.segments),
    } | dict.fromkeys(("FromCity", "FromState", "FromZip", "ToCity", "ToState", "ToZip"), "")
    if message.service_sid is not None:
        form["MessagingServiceSid"] = message.service_sid
    for number in range(message.media):
        form[f"MediaUrl{number}"] = f"https://api.twilio.com{message.uri}/Media/{made_up('ME', message.sid, number)}"
        form[f"MediaContentType{number}"] = "image/jpeg"
    if said is not None:
        form["OptOutType"] = said
    return form


def _answered(world: World, message: Message, letter: Letter, answer: Answer) -> None:
    """Do what the TwiML says, or raise the alert that belongs to what is wrong with it."""
    if answer.failure:
        webhook_failed(world, message.sid, message.account_sid, letter, answer)
        return
    try:
        verbs = replies(answer.body)
        wrong = 12300 if verbs and answer.content_type not in _TWIML_TYPES else None
    except NotTwiMLError:
        # Plain text is sent as it is; anything else that is no TwiML is a fault.
        verbs, wrong = [], 12100
        if answer.content_type == "text/plain":
            verbs, wrong = [Reply(answer.body.strip(), 0, None, None)], None
    if wrong is not None:
        raise_alert(
            world,
            wrong,
            message.sid,
            message.account_sid,
            url=letter.url,
            variables=urlencode(letter.form),
            answer=answer,
        )
        return
    for verb in verbs:
        _reply(world, message, verb)


def _reply(world: World, message: Message, verb: Reply) -> None:
    if not verb.body and not verb.media:
        return
    to = verb.to or message.from_ or ""
    if to == message.to:
        raise_alert(world, 14101, message.sid, message.account_sid, url=world.inbound_of(message.to))
        return
    order = Order(
        to=to,
        from_=message.to,
        service_sid=message.service_sid,
        body=verb.body,
        media=verb.media,
        callback=verb.callback,
        validity=None,
        send_at=None,
    )
    accept(world, world.account(message.account_sid), order, "outbound-reply")
