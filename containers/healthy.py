"""The health check of the containers: whether a process does what it is for. It needs Python alone, for a start of
the whole command every half minute costs more than the process that it looks at.

``healthy.py`` asks the web process of this container. ``healthy.py worker`` and ``healthy.py beat`` ask a web process
elsewhere whether rounds run and ticks come: of themselves both have no door to knock at. Where that one is, a second
word may say (``healthy.py worker https://pulse.example.org``).
"""

import http.client
import json
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

Answer = dict[str, Any] | None

HERE = "http://127.0.0.1:8000"
ELSEWHERE = "http://web:8000"
PATIENCE = 5
"""Seconds that an answer may take."""

SILENCE = timedelta(minutes=2)
"""How long no round may run, and no tick come: the busiest rounds tell that they live several times a minute."""


def main(words: list[str]) -> int:
    """Say how it stands, and answer the exit code: 0 healthy, 1 not, 2 for a word that is not known."""
    role = words[0] if words else "web"
    if role not in ("web", "worker", "beat"):
        sys.stdout.write(f"{role}: expected web, worker or beat\n")
        return 2
    if role == "web":
        is_well, says = judge_web(ask(HERE, "/alive"))
    else:
        elsewhere = words[1] if len(words) > 1 else ELSEWHERE
        is_well, says = judge_rounds(role, ask(elsewhere, "/health"), datetime.now(UTC))
    sys.stdout.write(says + "\n")
    return 0 if is_well else 1


def judge_web(answer: Answer) -> tuple[bool, str]:
    """Whether a web process is healthy by what ``/alive`` says (None: there was no answer), and why. More is not asked
    of it: taking it away because Twilio cannot be reached would close the doors for webhooks, too."""
    if answer is None or answer.get("status") != "ok":
        return False, "no answer"
    return True, "answers"


def judge_rounds(role: str, answer: Answer, now: datetime) -> tuple[bool, str]:
    """Whether workers or beats are healthy by what ``/health`` says (None: there was no answer), and why. It is said of
    all of one kind: where another one does the work, it is done."""
    if answer is None or "rounds" not in answer:
        # Whether others work cannot be told then, and it is the web process that is unwell.
        return True, "cannot tell: no web process answers"
    if role == "beat":
        if answer.get("beat") is None:
            # An installation without beats, be it one of before that still stands at this name, knows of none of ours.
            return True, "cannot tell: who answers knows of no beat"
        what, last = "tick", answer["beat"].get("last_tick_at")
    else:
        runs = [run["last_run_at"] for run in answer["rounds"].values() if run["last_run_at"]]
        what, last = "round", max(runs, key=datetime.fromisoformat, default=None)
    if last is None:
        return False, f"no {what} yet"
    age = now - datetime.fromisoformat(last)
    return age <= SILENCE, f"the last {what} was {age.total_seconds():.0f} s ago"


def ask(address: str, path: str) -> Answer:
    """What a web process answers, be it 200 or 503; None if that is no answer of ours. No proxy is used."""
    scheme, _, where = address.partition("://")
    kind = http.client.HTTPSConnection if scheme == "https" else http.client.HTTPConnection
    connection = kind(where, timeout=PATIENCE)
    try:
        connection.request("GET", path)
        answer = json.loads(connection.getresponse().read())
    except (OSError, http.client.HTTPException, ValueError):
        return None
    finally:
        connection.close()
    return answer if isinstance(answer, dict) else None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
