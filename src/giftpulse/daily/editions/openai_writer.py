"""The only code that speaks to OpenAI, or to whatever speaks its protocol at ``OPENAI_BASE_URL``.

Import it through :func:`giftpulse.daily.editions.writer.open_writer`: the library takes a second or two to load.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TypeVar

from openai import APIStatusError, AsyncOpenAI, DefaultAsyncHttpx2Client, OpenAIError
from openai.types.chat import ChatCompletion
from openai.types.shared_params import ResponseFormatJSONSchema
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from yarl import URL

from giftpulse.daily.editions.openai_failures import failure_of, may_pass
from giftpulse.daily.editions.writer import Kind, Used, WritingError, WritingRequest, Written
from giftpulse.ground import traces
from giftpulse.ground.settings import Settings

DEADLINE = 30.0
"""Seconds for one text, with everything that belongs to it: retries, and its moderation."""

RETRIES = 2
"""How often a request is repeated that was not answered, limited, or failed on their side."""

_PAUSE = 0.5  # seconds before the first retry, twice as many before the second, unless Retry-After says how many
_OFFICIAL = "https://api.openai.com/v1"
_MOST_TOKENS = 2_000  # of an answer: a text takes 60, but some models think aloud first
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_NOT_OFFERED = (404, 405)

Answer = TypeVar("Answer")


class TextOfTheDay(BaseModel):
    """The form in which the service is asked to answer."""

    model_config = ConfigDict(extra="forbid")

    message: str = Field(description="The text message, ready to be sent, and nothing else")


_FORM: ResponseFormatJSONSchema = {
    "type": "json_schema",
    "json_schema": {"name": "text_of_the_day", "strict": True, "schema": TextOfTheDay.model_json_schema()},
}


class OpenAiWriter:
    """Writes with the model of the settings. For any number of threads."""

    def __init__(self, settings: Settings, *, deadline: float = DEADLINE, retries: int = RETRIES) -> None:
        key = settings.openai_api_key
        self._key = key.get_secret_value() if key else ""
        # Said outright, or the library would look into the environment for another.
        self._address = settings.openai_base_url or _OFFICIAL
        self._model, self._deadline, self._retries = settings.openai_model, deadline, retries
        self._moderates = True

    def write(self, request: WritingRequest) -> Written:
        """Write one text and have it moderated. Raises WritingError."""
        return asyncio.run(self._write(_Conversation(self._model, self._deadline, self._retries), request))

    async def _write(self, with_them: "_Conversation", request: WritingRequest) -> Written:
        try:
            async with asyncio.timeout(self._deadline), self._client() as client:
                text = await with_them.ask(client, request)
                note = await self._moderated(client, with_them, text)
        except TimeoutError:
            raise with_them.failed("slow", f"it took longer than {self._deadline:g} s") from None
        return Written(text, with_them.used(), note)

    async def _moderated(self, client: AsyncOpenAI, with_them: "_Conversation", text: str) -> str:
        """A note if nobody moderates there. Raises WritingError if the text was flagged."""
        if self._moderates:
            self._moderates = await with_them.moderate(client, text)
        return "" if self._moderates else "not moderated: the service does not offer it"

    def _client(self) -> AsyncOpenAI:
        # A proxy of the environment is for the world outside, never for this machine.
        outside = URL(self._address).host not in _LOOPBACK
        http = DefaultAsyncHttpx2Client(trust_env=outside, follow_redirects=False)
        return AsyncOpenAI(
            api_key=self._key, base_url=self._address, timeout=self._deadline, max_retries=0, http_client=http
        )


class _Conversation:
    """The requests for one text, and what they have taken so far."""

    def __init__(self, model: str, deadline: float, retries: int) -> None:
        self._model, self._retries = model, retries
        self._tokens = (0, 0)
        self._began = time.monotonic()
        self._ends = self._began + deadline

    async def ask(self, client: AsyncOpenAI, request: WritingRequest) -> str:
        """The text, as it came."""
        answer = await self._tried(
            "chat",
            lambda: client.chat.completions.create(
                model=self._model,
                messages=[
                    {"role": "system", "content": request.instructions},
                    {"role": "user", "content": request.task},
                ],
                response_format=_FORM,
                max_completion_tokens=_MOST_TOKENS,
            ),
        )
        return self._read(answer)

    def _read(self, answer: ChatCompletion) -> str:
        if not isinstance(answer, ChatCompletion):  # the library lets a body that is not JSON pass as text
            raise self.failed("junk", "the answer was not JSON")
        if answer.usage is not None:
            self._tokens = (answer.usage.prompt_tokens or 0, answer.usage.completion_tokens or 0)
        self._model = answer.model or self._model
        if not answer.choices:
            raise self.failed("junk", "the answer had no choices")
        choice = answer.choices[0]
        if choice.message.refusal or choice.finish_reason == "content_filter":
            raise self.failed("refused", "the model refused to write it")
        if choice.finish_reason == "length":
            raise self.failed("junk", "the answer was cut off before its end")
        return self._text(choice.message.content or "")

    def _text(self, content: str) -> str:
        # Servers that do not know the form answer JSON in a fence, or with words around it.
        inner = content[content.find("{") : content.rfind("}") + 1]
        if not content.strip():
            raise self.failed("empty", "the answer was empty")
        try:
            text = TextOfTheDay.model_validate_json(inner).message
        except ValidationError:
            raise self.failed("junk", "the answer was not in the form that was asked for") from None
        if not text.strip():
            raise self.failed("empty", "the text was empty")
        return text

    async def moderate(self, client: AsyncOpenAI, text: str) -> bool:
        """Whether there is a moderation. Raises WritingError if it flagged the text, or could not be asked."""
        try:
            answer = await self._tried("moderation", lambda: client.moderations.create(input=text))
        except WritingError as error:
            if isinstance(error.__cause__, APIStatusError) and error.__cause__.status_code in _NOT_OFFERED:
                return False
            raise
        results = getattr(answer, "results", None) or ()
        for result in results:
            if result.flagged:
                found = sorted(name for name, is_it in result.categories.model_dump().items() if is_it)
                raise self.failed("flagged", f"moderation flagged it: {', '.join(found) or 'no category named'}")
        if not results:
            raise self.failed("down", "the moderation gave no result")
        return True

    async def _tried(self, what: str, ask: Callable[[], Awaitable[Answer]]) -> Answer:
        """The answer, after some more tries if need be; the deadline of the whole ends them."""
        for retry in range(self._retries + 1):
            try:
                with traces.span(f"openai {what}", "client", {"http.request.method": "POST"}) as span:
                    return await _answered(span, ask)
            except (OpenAIError, ValueError) as error:  # what claims to be JSON and is none is a ValueError
                failure = failure_of(error)
                pause = failure.retry_after or _PAUSE * 2**retry
                is_last = retry == self._retries or time.monotonic() + pause >= self._ends
                if is_last or not may_pass(error):
                    after = None if failure.retry_after is None else timedelta(seconds=failure.retry_after)
                    raise self.failed(failure.kind, failure.reason, after) from error
            await asyncio.sleep(pause)
        raise AssertionError("the last try either answers or raises")

    def failed(self, kind: Kind, reason: str, retry_after: timedelta | None = None) -> WritingError:
        """An error that knows what was used up to now."""
        return WritingError(kind, reason, self.used(), retry_after)

    def used(self) -> Used:
        """What it has taken up to now."""
        return Used(*self._tokens, self._model, round((time.monotonic() - self._began) * 1000))


async def _answered(span: traces.Span, ask: Callable[[], Awaitable[Answer]]) -> Answer:
    """The answer of one request; a status that is none is told to its span."""
    try:
        return await ask()
    except APIStatusError as error:
        span.answered(error.status_code)
        raise
