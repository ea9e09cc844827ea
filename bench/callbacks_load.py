"""The load: signed status callbacks over so many kept-alive connections, with as little of its own as can be.

Plain sockets and epoll, for on two cores whatever the load costs is taken from the server that it measures.

``python -m bench.callbacks_load PORT NUMBER CONNECTIONS PREFIX`` prints JSON. BENCH_SIGNED_BY (account:token) names
another account than that of the tests.
"""

import json
import os
import select
import socket
import sys
import time
from urllib.parse import urlencode

from giftpulse.twilio.signature import sign
from tests import make

_GOOD = (b"HTTP/1.1 204", b"HTTP/1.1 200")
_SILENT_AFTER = 30.0  # seconds


def requests(port: int, number: int, prefix: str) -> list[bytes]:
    """Ready requests, made before the clock starts."""
    url = f"http://127.0.0.1:{port}/webhook/status"
    account, _, token = os.environ.get("BENCH_SIGNED_BY", f"{make.ACCOUNT}:{make.TOKEN}").partition(":")
    kind = "PE" if prefix == "peer" else "SM"
    made = []
    for i in range(number):
        form = {
            "MessageSid": f"{kind}{i:032x}", "SmsSid": f"{kind}{i:032x}", "AccountSid": account,
            "MessageStatus": "delivered", "SmsStatus": "delivered", "To": f"+1500555{i % 10000:04d}",
            "From": "+15005550006", "ApiVersion": "2010-04-01", "MessagingServiceSid": "MG" + "a" * 32,
        }  # fmt: skip
        body = urlencode(form)
        head = (
            f"POST /webhook/status HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
            f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n"
            f"X-Twilio-Signature: {sign(token, url, form)}\r\n\r\n"
        )
        made.append((head + body).encode())
    return made


def main(port: int, number: int, connections: int, prefix: str) -> None:
    """Send everything and print what came of it."""
    waiting = iter(requests(port, number, prefix))
    times: list[float] = []
    good = 0
    open_: dict[int, socket.socket] = {}
    sent_at: dict[int, float] = {}
    answers: dict[int, bytes] = {}
    poll = select.epoll()
    for _ in range(min(connections, number)):
        each = socket.create_connection(("127.0.0.1", port))
        each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        open_[each.fileno()] = each
        poll.register(each.fileno(), select.EPOLLIN)
    began = time.perf_counter()
    for number_, each in open_.items():
        sent_at[number_], answers[number_] = time.perf_counter(), b""
        each.sendall(next(waiting))
    while sent_at:
        ready = poll.poll(_SILENT_AFTER)
        if not ready:
            raise TimeoutError(f"{len(sent_at)} requests got no answer within {_SILENT_AFTER} seconds")
        for fd, _event in ready:
            received = open_[fd].recv(65536)
            if not received:
                raise ConnectionError("the server closed a connection")
            answers[fd] += received
            if not _whole(answers[fd]):
                continue
            times.append(time.perf_counter() - sent_at.pop(fd))
            good += answers[fd].startswith(_GOOD)
            request = next(waiting, None)
            if request is not None:
                sent_at[fd], answers[fd] = time.perf_counter(), b""
                open_[fd].sendall(request)
    took = time.perf_counter() - began
    times.sort()
    at = {name: times[int(len(times) * share)] * 1000 for name, share in (("p50", 0.5), ("p99", 0.99))}
    print(json.dumps({"rate": number / took, "good": good, **at}))


def _whole(answer: bytes) -> bool:
    """Whether a response is complete, by its Content-Length."""
    head, found, body = answer.partition(b"\r\n\r\n")
    if not found:
        return False
    _, named, rest = head.lower().partition(b"content-length:")
    return not named or len(body) >= int(rest.partition(b"\r\n")[0])


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
