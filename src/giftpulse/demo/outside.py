"""The outside world of the demo: a mail server and a webhook receiver, in one thread with an event loop of its own."""

import asyncio
import threading
from types import TracebackType
from typing import Self

from giftpulse.demo.caught import Caught
from giftpulse.demo.mailbox import Mailbox
from giftpulse.demo.receiver import Receiver


class Outside:
    """Listens while the block runs. ``mail_port`` and ``hook_url`` are known inside it."""

    def __init__(self, caught: Caught, secret: str) -> None:
        self._mailbox = Mailbox(caught)
        self._receiver = Receiver(caught, secret)
        self._ready = threading.Event()
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="outside", daemon=True)

    @property
    def mail_port(self) -> int:
        """Where the mail server listens."""
        return self._mailbox.port

    @property
    def hook_url(self) -> str:
        """Where the webhook receiver listens."""
        return self._receiver.url

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait()
        if self._error is not None:
            raise self._error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._until.set)
        self._thread.join()

    def _run(self) -> None:
        try:
            asyncio.run(self._main())
        except OSError as error:  # no free port: for the one who waits in __enter__
            self._error = error
            self._ready.set()

    async def _main(self) -> None:
        self._loop, self._until = asyncio.get_running_loop(), asyncio.Event()
        try:
            await self._mailbox.open()
            await self._receiver.open()
            self._ready.set()
            await self._until.wait()
        finally:
            await self._receiver.close()
            await self._mailbox.close()
