"""A receiver of webhooks on loopback, and the official SDK pointed at a simulator."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

from twilio.rest import Client

from giftpulse.simulator import RunningSimulator


@dataclass
class Received:
    """One webhook, as it arrived."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def form(self) -> dict[str, str]:
        return {name: values[-1] for name, values in parse_qs(self.body.decode(), keep_blank_values=True).items()}


@dataclass
class Inbox:
    """Takes webhooks on loopback. ``answers``: path -> (status, content type, body); else 200 and nothing."""

    url: str = ""
    received: list[Received] = field(default_factory=list)
    answers: dict[str, tuple[int, str, str]] = field(default_factory=dict)

    @property
    def statuses(self) -> list[str]:
        return [one.form["MessageStatus"] for one in self.received]


@contextmanager
def receiving() -> Iterator[Inbox]:
    box = Inbox()

    class Door(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            box.received.append(Received(self.path, {k.lower(): v for k, v in self.headers.items()}, body))
            status, kind, text = box.answers.get(self.path.split("?")[0], (200, "text/xml", ""))
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(text.encode())))
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: object) -> None:
            pass

    class Building(ThreadingHTTPServer):
        # Five, the default, makes a burst of connections wait for seconds.
        request_queue_size = 256

    server = Building(("127.0.0.1", 0), Door)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    box.url = f"http://127.0.0.1:{server.server_port}"
    yield box
    server.shutdown()
    thread.join()
    server.server_close()


def official(simulator: RunningSimulator, sid: str | None = None, token: str | None = None) -> Client:
    """The official SDK, pointed at a simulator."""
    client = Client(sid or simulator.account_sid, token or simulator.auth_token)
    client.api.base_url = simulator.url
    client.monitor.base_url = simulator.url
    client.messaging.base_url = simulator.url
    return client
