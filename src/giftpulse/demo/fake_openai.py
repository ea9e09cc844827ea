"""An OpenAI on loopback for the demo and the tests: it writes, moderates, and fails on order or now and then.

It answers chat completions and moderations as the official library asks for them. ``orders`` say what is to go wrong;
from outside, ``POST /control`` takes the same: ``{"faults": ["down", "junk"], "rate": 0.1}``.
"""

import asyncio
import json
import random
import re
import threading
from collections import deque
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from giftpulse.demo.fake_faults import Orders
from giftpulse.demo.fake_texts import FOREIGN, TextMaker
from giftpulse.ground import clock

KEY = "sk-fake-0123456789abcdef"
"""A key to use with it; it takes any."""

_FLAGGED = "threatens"
_LANGUAGE = re.compile(r"Language: [^\n(]*\(([a-z]{2,3})")
_UNSENT = {"junk": "Happy to help! Which text?", "half": '{"message": "Today', "empty": '{"message": ""}'}


class FakeOpenAi:
    """Open it in an event loop; ``url`` is its base address then. ``asked`` are the requests for a text, the newest
    last."""

    def __init__(self, seed: int = 1) -> None:
        self.orders = Orders()
        self.asked: deque[dict[str, Any]] = deque(maxlen=1_000)
        self.url = ""
        self._chance = random.Random(seed)  # noqa: S311  # which request fails is no secret
        self._texts = TextMaker(seed)
        self._last = ""
        self._runner: web.AppRunner | None = None

    async def open(self) -> None:
        """Begin to listen, on a free port."""
        app = web.Application()
        app.router.add_post("/v1/chat/completions", self._complete)
        app.router.add_post("/v1/moderations", self._moderate)
        app.router.add_post("/control", self._control)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1, handler_cancellation=True)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/v1"

    async def close(self) -> None:
        """Listen no more."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def _complete(self, request: web.Request) -> web.Response:
        asked = await request.json()
        self.asked.append(asked)
        fault = self.orders.next(self._chance)
        if fault == "slow":
            await asyncio.sleep(self.orders.slow_seconds)
        if fault == "reset" and request.transport is not None:
            request.transport.abort()
        if fault in ("down", "limited", "bad_key"):
            return self._refusal(fault)
        return web.json_response(self._answer(asked, fault))

    def _refusal(self, fault: str) -> web.Response:
        if fault == "limited":
            waits = {"Retry-After": f"{self.orders.retry_after:g}"}
            return _error(429, "rate_limit_exceeded", "Rate limit reached.", waits)
        if fault == "bad_key":
            return _error(401, "invalid_api_key", f"Incorrect API key provided: {KEY}.")
        return _error(503, "server_error", "The engine is overloaded.")

    def _answer(self, asked: dict[str, Any], fault: str | None) -> dict[str, Any]:
        prompt = "\n".join(str(message["content"]) for message in asked["messages"])
        content = self._content(prompt, fault)
        message = {"role": "assistant", "content": content, "refusal": None}
        if fault == "refusing":
            message |= {"content": None, "refusal": "I can't help with that."}
        used = {"prompt_tokens": len(prompt) // 4, "completion_tokens": 1 + len(content) // 4}
        return {
            "id": f"chatcmpl-{len(self.asked)}",
            "object": "chat.completion",
            "created": int(clock.now().timestamp()),
            "model": asked["model"],
            "choices": [{"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}],
            "usage": {**used, "total_tokens": sum(used.values())},
        }

    def _content(self, prompt: str, fault: str | None) -> str:
        if fault in _UNSENT:
            return _UNSENT[fault]
        found = _LANGUAGE.search(prompt)
        language = found.group(1) if found else "en"
        if fault == "wrong_language":
            return json.dumps({"message": FOREIGN["en" if language == "de" else "de"]})
        text = self._last if fault == "repeat" and self._last else self._texts.next(language)
        self._last = text
        spoiled = {
            "link": f"{text} More at https://example.com/today.",
            "long": " ".join([text] * 5),
            "emoji": f"{text[:-1]} \N{SPARKLES}.",
            "flagged": f"It {_FLAGGED} you: {text}",
        }
        return json.dumps({"message": spoiled.get(fault or "", text)}, ensure_ascii=False)

    async def _moderate(self, request: web.Request) -> web.Response:
        if not self.orders.moderates:
            return web.Response(status=404)
        asked = await request.json()
        flagged = _FLAGGED in str(asked["input"])
        categories = {"harassment": flagged, "hate": False, "violence": flagged}
        scores = {name: float(is_it) for name, is_it in categories.items()}
        result = {"flagged": flagged, "categories": categories, "category_scores": scores}
        return web.json_response({"id": "modr-1", "model": "omni-moderation-latest", "results": [result]})

    async def _control(self, request: web.Request) -> web.Response:
        try:
            self.orders.take(await request.json())
        except ValueError as error:
            return _error(400, "invalid_orders", str(error))
        return web.Response(status=204)


class RunningFakeOpenAi(FakeOpenAi):
    """The same in a thread with an event loop of its own, while the block runs."""

    def __enter__(self) -> Self:
        self._ready, self._thread = threading.Event(), threading.Thread(target=self._run, name="openai", daemon=True)
        self._thread.start()
        self._ready.wait()
        if not self.url:
            raise RuntimeError("the fake OpenAI did not find a free port")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._until.set)
        self._thread.join()

    def _run(self) -> None:
        try:
            asyncio.run(self._main())
        finally:
            self._ready.set()

    async def _main(self) -> None:
        self._loop, self._until = asyncio.get_running_loop(), asyncio.Event()
        await self.open()
        self._ready.set()
        await self._until.wait()
        await self.close()


def _error(status: int, code: str, message: str, headers: dict[str, str] | None = None) -> web.Response:
    said = {"error": {"message": message, "type": code, "param": None, "code": code}}
    return web.json_response(said, status=status, headers=headers)
