"""A Twilio that takes every message after 50 ms, and does nothing else: ``python -m bench.send_server`` prints its
port."""

import asyncio
import itertools
import sys

_LATENCY = 0.05  # seconds
_numbers = itertools.count(1)

_BODY = (
    '{{"sid": "SM{sid:032x}", "account_sid": "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "status": "queued", '
    '"direction": "outbound-api", "to": "+15005550009", "from": "+15005550006", "body": "Hello", "num_segments": "1", '
    '"error_code": null, "error_message": null, "price": null, "price_unit": "USD", "messaging_service_sid": null, '
    '"date_created": "Fri, 20 Nov 2026 12:00:00 +0000", "date_updated": "Fri, 20 Nov 2026 12:00:00 +0000", '
    '"date_sent": null, "api_version": "2010-04-01", "uri": "/2010-04-01/Accounts/AC/Messages/SM.json"}}'
)


class _Door(asyncio.Protocol):
    def __init__(self) -> None:
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, found, body = self._received.partition(b"\r\n\r\n")
        if not found:
            return
        _, _, length = head.lower().partition(b"content-length:")
        if len(body) >= int(length.partition(b"\r\n")[0] or 0):
            self._received = b""
            asyncio.get_running_loop().call_later(_LATENCY, self._answer)

    def _answer(self) -> None:
        answer = _BODY.format(sid=next(_numbers)).encode()
        head = f"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: {len(answer)}\r\n\r\n"
        if not self._transport.is_closing():
            self._transport.write(head.encode() + answer)  # type: ignore[attr-defined]  # a WriteTransport


async def main() -> None:
    """Serve until killed."""
    server = await asyncio.get_running_loop().create_server(_Door, "127.0.0.1", 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
