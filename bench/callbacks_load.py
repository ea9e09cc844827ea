"""The load: signed status callbacks over so many kept-alive connections, with as little of its own as can be.

``python -m bench.callbacks_load PORT NUMBER CONNECTIONS PREFIX`` prints JSON.
"""

import asyncio
import json
import sys
import time
from urllib.parse import urlencode

from giftpulse.twilio.signature import sign
from tests import make


def requests(port: int, number: int, prefix: str) -> list[bytes]:
    """Ready requests, made before the clock starts."""
    url = f"http://127.0.0.1:{port}/webhook/status"
    kind = "PE" if prefix == "peer" else "SM"
    made = []
    for i in range(number):
        form = {
            "MessageSid": f"{kind}{i:032x}", "SmsSid": f"{kind}{i:032x}", "AccountSid": make.ACCOUNT,
            "MessageStatus": "delivered", "SmsStatus": "delivered", "To": f"+1500555{i % 10000:04d}",
            "From": "+15005550006", "ApiVersion": "2010-04-01", "MessagingServiceSid": "MG" + "a" * 32,
        }  # fmt: skip
        body = urlencode(form)
        head = (
            f"POST /webhook/status HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
            f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n"
            f"X-Twilio-Signature: {sign(make.TOKEN, url, form)}\r\n\r\n"
        )
        made.append((head + body).encode())
    return made


async def main(port: int, number: int, connections: int, prefix: str) -> None:
    """Send everything and print what came of it."""
    waiting = iter(requests(port, number, prefix))
    times: list[float] = []
    good = 0

    async def worker() -> None:
        nonlocal good
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for request in waiting:
            began = time.perf_counter()
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            lower = head.lower()
            if b"content-length:" in lower:
                length = int(lower.split(b"content-length:")[1].split(b"\r\n")[0])
                if length:
                    await reader.readexactly(length)
            times.append(time.perf_counter() - began)
            good += head.startswith((b"HTTP/1.1 204", b"HTTP/1.1 200"))
        writer.close()

    began = time.perf_counter()
    await asyncio.gather(*(worker() for _ in range(connections)))
    took = time.perf_counter() - began
    times.sort()
    at = {name: times[int(len(times) * share)] * 1000 for name, share in (("p50", 0.5), ("p99", 0.99))}
    print(json.dumps({"rate": number / took, "good": good, **at}))


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]))
