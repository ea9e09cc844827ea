"""The health check of the containers: whether a process does what it is for. It needs Python alone, for a start of
the whole command every half minute costs more than the process that it looks at.

``healthy.py`` asks the web process of this container. ``healthy.py worker`` and ``healthy.py beat`` ask a web process
elsewhere whether rounds run and ticks come: of themselves both have no door to knock at.
"""

import http.client
import json
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

PORT = 8000
ELSEWHERE = "web"
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
    report = ask("127.0.0.1" if role == "web" else ELSEWHERE, PORT)
    is_well, says = judge(role, report, datetime.now(UTC))
    sys.stdout.write(says + "\n")
    return 0 if is_well else 1


def judge(role: str, report: dict[str, Any] | None, now: datetime) -> tuple[bool, str]:
    """Whether a process of this role is healthy by what ``/health`` says (None: there was no answer), and why.

    A web process that answers is healthy whatever it reports: taking it away because Twilio cannot be reached would
    close the webhooks too.
    """
    if report is None:
        # Whether others work cannot be told then, and it is the web process that is unwell.
        return (False, "no answer") if role == "web" else (True, "cannot tell: no web process answers")
    if role == "web":
        return True, "; ".join([f"answers, status {report['status']}", *report["problems"]])
    if role == "beat":
        last = (report.get("beat") or {}).get("last_tick_at")
        what = "tick"
    else:
        last = max((run["last_run_at"] for run in report["rounds"].values() if run["last_run_at"]), default=None)
        what = "round"
    if last is None:
        return False, f"no {what} yet"
    age = now - datetime.fromisoformat(last)
    return age <= SILENCE, f"the last {what} was {age.total_seconds():.0f} s ago"


def ask(host: str, port: int) -> dict[str, Any] | None:
    """What ``/health`` answers, be it 200 or 503; None if that is nothing of ours. No proxy is used."""
    connection = http.client.HTTPConnection(host, port, timeout=PATIENCE)
    try:
        connection.request("GET", "/health")
        report = json.loads(connection.getresponse().read())
    except (OSError, http.client.HTTPException, ValueError):
        return None
    finally:
        connection.close()
    return report if isinstance(report, dict) and {"status", "problems", "rounds"} <= report.keys() else None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
