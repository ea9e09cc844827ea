"""The trial of the containers: the stack comes up, a record goes in, an alert comes out as a mail and as a webhook.

    python3 containers/trial.py many --compose "docker compose"
    python3 containers/trial.py embedded --compose podman-compose --engine podman

Needs Python alone, and the image (`make image`). Everything outside is simulated (trial.yml), secrets are made for the
day, and all of it is removed at the end, but for ``--keep``. ``--engine`` names a Podman that has no systemd, and
therefore checks no health by itself: the trial then asks for it.
"""

import argparse
import http.client
import json
import os
import secrets
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

HOUSE = Path(__file__).resolve().parents[1]
PROJECT = "giftpulse-trial"
FORMS = {"many": ("docker-compose.yml", "web"), "embedded": ("compose.embedded.yml", "giftpulse")}
PRIVATE = "10.0.0.0/8,172.16.0.0/12,192.168.0.0/16"
RULE = {"name": "Texts fail", "log_type": "message", "pattern_type": "status", "pattern_value": "failed,undelivered"}
ACTIONS: list[tuple[str, dict[str, Any]]] = [
    ("webhook", {"url": "http://hooks:8080/alerts"}),
    ("email", {"recipients": ["on-call@trial.example"]}),
]


def environment(web: str, port: int) -> dict[str, str]:
    """All settings of a trial; the secrets are new each time. What opens the simulator is no secret."""
    return {
        "SECRET_KEY": secrets.token_hex(32),
        "POSTGRES_PASSWORD": secrets.token_hex(16),
        "GIFTPULSE_ADMIN_TOKEN": secrets.token_hex(24),
        "GIFTPULSE_PORT": str(port),
        "PUBLIC_URL": f"http://{web}:8000",
        "TWILIO_API_URL": "http://simulator:8001",
        "TWILIO_MONITOR_URL": "http://simulator:8001",
        "TWILIO_ACCOUNT_SID": "AC" + "5e" * 16,
        "TWILIO_AUTH_TOKEN": "simulated-auth-token",
        "SMTP_HOST": "mail",
        "SMTP_PORT": "8025",
        "SMTP_TLS": "none",
        "SMTP_FROM": "giftpulse@trial.example",
        "WEBHOOK_ALLOWED_NETWORKS": PRIVATE,
        "POLL_INTERVAL_SECONDS": "10",
    }


class Stack:
    """The containers of one trial."""

    def __init__(self, form: str, compose: str, engine: str | None, settings: dict[str, str], file: Path) -> None:
        main, self.web = FORMS[form]
        self.is_many = form == "many"
        self.engine = shlex.split(engine) if engine else []
        names = ["--env-file", str(file), "--file", main, "--file", "containers/trial.yml", "--project-name", PROJECT]
        self._compose = [*shlex.split(compose), *names]
        self._environment = {**os.environ, **settings, "GIFTPULSE_ENV_FILE": str(file)}
        self._port = int(settings["GIFTPULSE_PORT"])
        self._token = settings["GIFTPULSE_ADMIN_TOKEN"]

    def compose(self, *words: str, check: bool = True) -> str:
        """Run a command of compose. Answers what it printed."""
        ran = subprocess.run(
            [*self._compose, *words], cwd=HOUSE, env=self._environment, capture_output=True, text=True, check=False
        )
        if check and ran.returncode:
            raise SystemExit(f"compose {' '.join(words)}: exit code {ran.returncode}\n{ran.stdout}{ran.stderr}")
        return ran.stdout

    def up(self) -> None:
        """Start everything; for Podman step by step, as docs/containers.md tells."""
        if not (self.engine and self.is_many):
            self.compose("up", "--detach")
            return
        self.compose("up", "--detach", "postgres", "valkey")
        for service in ("postgres", "valkey"):
            until(f"{service} is healthy", partial(self.is_healthy, service))
        say(f"migrated: {self.migrate()}")
        self.compose("up", "--detach", "--no-deps", "web", "worker", "beat", "simulator", "mail", "hooks")

    def migrate(self) -> str:
        """Bring the database to the newest schema. Answers what was said."""
        return self.compose("run", "--rm", "--no-deps", "migrate").strip()

    def is_healthy(self, service: str) -> bool:
        """What the health check of a container says, run now."""
        name = f"{PROJECT}_{service}_1"
        return (
            subprocess.run([*self.engine, "healthcheck", "run", name], capture_output=True, check=False).returncode == 0
        )

    def ask(self, method: str, path: str, data: Any = None) -> Any:
        """One request of the API; None while nobody answers."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=10)
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        try:
            connection.request(method, path, None if data is None else json.dumps(data), headers)
            answer = connection.getresponse()
            status, text = answer.status, answer.read().decode()
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()
        if status >= 400 and path != "/health":
            raise SystemExit(f"{method} {path}: {status} {text}")
        return json.loads(text)


def look_for(words: str, otherwise: str) -> None:
    """End the trial before it begins if a command cannot be run: it is not there, or Docker without its compose."""
    try:
        ran = subprocess.run([*shlex.split(words), "version"], capture_output=True, text=True, check=False)
        said = " ".join((ran.stderr or ran.stdout).split())
        lacks = f"exit code {ran.returncode}: {said[:200]}" if ran.returncode else None
    except OSError as error:
        lacks = str(error)
    if lacks:
        raise SystemExit(f"The trial needs {words!r}, or {otherwise} ({lacks})")


def until(what: str, is_so: Callable[[], Any], patience: float = 240) -> Any:
    """Wait for something and say that it came. Ends the trial if it does not."""
    began = time.monotonic()
    while time.monotonic() - began < patience:
        if found := is_so():
            say(f"{what} (after {time.monotonic() - began:.0f} s)")
            return found
        time.sleep(1)
    raise SystemExit(f"FAILED: not within {patience:.0f} s: {what}")


def say(what: str) -> None:
    """A line of the trial."""
    sys.stdout.write(f"{time.strftime('%H:%M:%S')} {what}\n")
    sys.stdout.flush()


def walk(stack: Stack) -> None:
    """The trial itself, from nothing to the alert."""
    stack.up()
    until("the web process answers", lambda: stack.ask("GET", "/health"))
    rule = stack.ask("POST", "/api/rules", RULE)
    for kind, config in ACTIONS:
        stack.ask("POST", "/api/actions", {"rule_id": rule["id"], "action_type": kind, "config": config})
    say(f"made rule {rule['id']} and {len(ACTIONS)} actions")
    until("records went in", lambda: stack.ask("GET", "/api/logs")["items"])
    alert = until("an alert came out", lambda: stack.ask("GET", f"/api/alerts?rule_id={rule['id']}")["items"])[0]
    say(f"alert {alert['id']}: {alert['summary']}")
    hook = until("the receiver has the webhook", lambda: printed(stack, "hooks", "webhook {"))
    say(f"  {hook[:160]}")
    mail = until("the mail server has the mail", lambda: printed(stack, "mail", "Subject:"))
    say(f"  {mail}")
    until("/health says ok", lambda: (stack.ask("GET", "/health") or {}).get("status") == "ok")


def printed(stack: Stack, service: str, start: str) -> str | None:
    """The first line with this start that a container has printed, without what compose puts before it."""
    lines = stack.compose("logs", service).splitlines()
    return next((line[line.index(start) :] for line in lines if start in line), None)


def health(stack: Stack) -> None:
    """What the health checks say, where we have to ask for them."""
    for service in ("web", "worker", "beat") if stack.is_many else ("giftpulse",):
        until(f"{service} is healthy", partial(stack.is_healthy, service))


def stopping(stack: Stack) -> None:
    """Whoever is stopped ends in order, within its grace."""
    for service in ("worker", "beat", "web") if stack.is_many else ("giftpulse",):
        began = time.monotonic()
        stack.compose("stop", service)
        say(f"{service} stopped in {time.monotonic() - began:.1f} s")
    if stack.is_many:
        say(f"migrated a second time: {stack.migrate()}")


def main() -> None:
    """Read the options, and try."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("form", choices=sorted(FORMS))
    parser.add_argument("--compose", default="docker compose", help="the command of compose")
    parser.add_argument("--engine", help="a Podman without systemd, whose health checks are run by the trial")
    parser.add_argument("--port", type=int, default=8000, help="port on 127.0.0.1")
    parser.add_argument("--keep", action="store_true", help="leave everything running at the end")
    options = parser.parse_args()
    look_for(options.compose, "--compose podman-compose")
    if options.engine:
        look_for(options.engine, "--engine with another command")
    with tempfile.TemporaryDirectory() as folder:
        settings = environment(FORMS[options.form][1], options.port)
        file = Path(folder) / "env"
        file.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
        file.chmod(0o600)
        stack = Stack(options.form, options.compose, options.engine, settings, file)
        try:
            walk(stack)
            if stack.engine:
                health(stack)
            if not options.keep:
                stopping(stack)
        finally:
            if not options.keep:
                stack.compose("down", "--volumes", check=False)
    say("the trial went well")


if __name__ == "__main__":
    main()
