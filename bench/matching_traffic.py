"""Seeded Twilio-like records and rules for the matching bench. No two texts are alike."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import msgspec

FAILURE_CODES = (30003, 30004, 30005, 30006, 30007, 30008, 30034, 21610, 63016, 30032)
ALERT_CODES = (11200, 11205, 11751, 12100, 12300, 13224, 14107, 15003, 21211, 82005)
OTHER_CODES = tuple(range(20001, 20060)) + tuple(range(21201, 21260)) + tuple(range(31000, 31100))
SERVICES = tuple(f"MG{number:032x}" for number in range(40))
ACCOUNTS = tuple(f"AC{number:032x}" for number in range(6))
_START = datetime(2026, 3, 1, tzinfo=UTC)
_ORDER = (
    "the your order is on its way and will be delivered today please reply stop to opt out thank you for code "
    "account appointment reminder tomorrow at with see details link team payment received balance due call us"
)
_FAULT = (
    "attempt to retrieve content from returned error http status gateway timeout connection refused invalid "
    "twiml document parse failure certificate handset unreachable carrier filtered message queue parameter"
)
_COMMON, _ALERT_WORDS = _ORDER.split(), _FAULT.split()


class BenchRecord(msgspec.Struct, omit_defaults=True):
    """A log entry as the matcher sees one."""

    kind: str
    sid: str
    event_at: datetime
    account_sid: str
    direction: str | None = None
    status: str | None = None
    error_code: int | None = None
    log_level: str | None = None
    text: str | None = None
    body: str | None = None
    from_: str | None = None
    to: str | None = None
    to_country: str | None = None
    messaging_service_sid: str | None = None
    resource_sid: str | None = None
    price: float | None = None
    duration: int | None = None
    request_url: str | None = None
    date_created: str | None = None
    date_sent: str | None = None
    date_updated: str | None = None
    uri: str | None = None


@dataclass(frozen=True)
class PlainRule:
    """A rule as a simple program would keep it; None means that the rule does not ask."""

    kind: str | None
    codes: frozenset[int] | None
    statuses: frozenset[str] | None
    service: str | None
    to_prefix: str | None
    pattern: str | None
    fields: tuple[str, ...]
    threshold: int | None
    group_by: tuple[str, ...]


class Traffic:
    """Records and rules from one seed and one vocabulary."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self.words = [self._word() for _ in range(4_000)]

    def _word(self) -> str:
        pick = self._random.choice
        return "".join(pick("bcdfghklmnprstvw") + pick("aeiou") for _ in range(self._random.randint(2, 4)))

    def _sentence(self, usual: list[str], length: int) -> str:
        pick, chance = self._random.choice, self._random.random
        words: list[str] = []
        while length > 0:
            kind = chance()
            word = pick(usual) if kind < 0.7 else pick(self.words) if kind < 0.93 else str(pick(OTHER_CODES))
            words.append(word)
            length -= len(word) + 1
        return " ".join(words)

    def records(self, count: int) -> list[BenchRecord]:
        """About 70 % messages, 15 % calls, 15 % alerts; 92 % of the messages delivered."""
        makers = (self._message,) * 14 + (self._call,) * 3 + (self._alert,) * 3
        return [self._random.choice(makers)(number) for number in range(count)]

    def _record(self, kind: str, prefix: str, number: int) -> BenchRecord:
        at = _START + timedelta(milliseconds=40 * number)
        stamp = at.strftime("%a, %d %b %Y %H:%M:%S +0000")
        account = self._random.choice(ACCOUNTS)
        sid = f"{prefix}{self._random.getrandbits(128):032x}"
        record = BenchRecord(kind, sid, at, account, from_=self._phone(), to=self._phone())
        record.date_created = record.date_sent = record.date_updated = stamp
        record.uri = f"/2010-04-01/Accounts/{account}/{kind.title()}s/{sid}.json"
        return record

    def _phone(self) -> str:
        return f"+1{self._random.randint(2_000_000_000, 9_999_999_999)}"

    def _message(self, number: int) -> BenchRecord:
        record, chance = self._record("message", "SM", number), self._random.random()
        record.status = "delivered" if chance < 0.92 else "sent" if chance < 0.95 else "undelivered"
        record.direction = "outbound-api"
        record.messaging_service_sid = self._random.choice(SERVICES)
        record.body = self._sentence(_COMMON, self._random.randint(60, 300))
        record.price = -0.0075
        if chance >= 0.95:
            record.status = self._random.choice(("failed", "undelivered", "undelivered"))
            record.error_code = self._random.choice(FAILURE_CODES)
            record.text = self._sentence(_ALERT_WORDS, 40)
        return record

    def _call(self, number: int) -> BenchRecord:
        record = self._record("call", "CA", number)
        record.status = self._random.choice(("completed",) * 17 + ("busy", "no-answer", "failed"))
        record.direction = self._random.choice(("inbound", "outbound-api"))
        record.duration, record.price = self._random.randint(0, 900), -0.013
        return record

    def _alert(self, number: int) -> BenchRecord:
        record = self._record("alert", "NO", number)
        record.error_code = self._random.choice(ALERT_CODES + FAILURE_CODES)
        record.log_level = self._random.choice(("error", "error", "warning"))
        record.resource_sid = f"{self._random.choice(('SM', 'CA'))}{self._random.getrandbits(128):032x}"
        record.text = self._sentence(_ALERT_WORDS, self._random.randint(300, 500))
        record.request_url = f"https://{self._random.choice(self.words)}.example.com/twilio/{number}"
        return record

    def rules(self, count: int) -> Iterator[PlainRule]:
        """Half by code or status, half by regex on text; a third of them thresholds; no two regexes alike."""
        seen: set[str] = set()
        for number in range(count):
            rule = self._by_code() if number % 2 else self._by_regex(seen)
            yield rule

    def _trigger(self) -> tuple[int | None, tuple[str, ...]]:
        if self._random.random() > 0.33:
            return None, ()
        group = self._random.choice(((), ("messaging_service_sid",), ("error_code",), ("account_sid", "to")))
        return self._random.choice((3, 10, 50)), group

    def _by_code(self) -> PlainRule:
        pick, chance = self._random.choice, self._random.random()
        threshold, group = self._trigger()
        kind = pick(("message", "alert", "message", None))
        codes = frozenset(self._random.sample(FAILURE_CODES + ALERT_CODES + OTHER_CODES, pick((1, 1, 3, 5))))
        if chance < 0.7:
            return PlainRule(kind, codes, None, None, None, None, (), threshold, group)
        statuses = frozenset(pick((("failed",), ("failed", "undelivered"), ("busy",), ("no-answer", "failed"))))
        service = pick(SERVICES) if chance < 0.9 else None
        prefix = f"+1{self._random.randint(200, 999)}" if service is None or chance < 0.8 else None
        return PlainRule(kind, None, statuses, service, prefix, None, (), threshold, group)

    def _by_regex(self, seen: set[str]) -> PlainRule:
        threshold, group = self._trigger()
        pattern = self._pattern()
        while pattern in seen:
            pattern = self._pattern()
        seen.add(pattern)
        kind, fields = self._random.choice(
            (("message", ("body",)), ("alert", ("text",)), (None, ("text", "body")), (None, ("text", "body")))
        )
        return PlainRule(kind, None, None, None, None, pattern, fields, threshold, group)

    def _pattern(self) -> str:
        pick, chance = self._random.choice, self._random.random()
        one, two, usual = pick(self.words), pick(self.words), pick(_COMMON + _ALERT_WORDS)
        if chance < 0.3:
            return rf"{one}[\s_-]*{two}"
        if chance < 0.5:
            return rf"(?i:{one} {usual} {two})"
        if chance < 0.7:
            return rf"{one}\s+code[:=]?\s*(\d{{5}})"
        if chance < 0.85:
            return rf"\b({one}|{two}{pick(self.words)})\.(com|net|org)"
        if chance < 0.98:
            return rf"{usual} {one} .*{two}"
        return rf"{one} {pick(OTHER_CODES)}"
