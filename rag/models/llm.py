"""A language model behind llama-index's interface: bounded in time, tokens and simultaneous calls.

Calls come from threads and run in one event loop, so that each has one deadline, retries and
waiting for a place included, and can be stopped at any moment.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Callable, Mapping
from concurrent.futures import CancelledError, Future
from concurrent.futures import TimeoutError as NotYet
from dataclasses import dataclass
from functools import cached_property
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING, Any

from rag.errors import LlmStopped, LlmUnavailable
from rag.spending import Budget, Reserved, Spending

if TYPE_CHECKING:
    from llama_index.core.llms import LLM

log = logging.getLogger("dateline.llm")

POLL_SECONDS = 0.1
"""How often a thread that waits for a reply looks whether it is wanted still."""
FAILURES = 3
"""Replies in a row that fail until the model is left alone for a while."""
PAUSE_SECONDS = 30.0
CLOSE_SECONDS = 5.0
MAX_REPLY_CHARS = 100_000
FIRST_WAIT, LONGEST_WAIT = 0.3, 8.0
"""Seconds before the first and before any further attempt; a random part is added."""
_NEVER = Event()

Schema = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long a model may take, and how much it may say."""

    seconds: float
    retries: int
    concurrency: int
    reply_tokens: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Backend:
    """A llama-index model and what is particular about its endpoint."""

    name: str
    """Shown to people: kind and model, never a key."""
    chosen: str
    """Why this one."""
    llm: Callable[[], LLM]
    """Makes it; slow, so it is called when it is first needed."""
    formats: Callable[[Schema], Mapping[str, Any]] = lambda _: {}
    """Arguments that make the endpoint keep to a JSON schema; empty where it cannot."""


class LanguageModel:
    """Writes what it is asked to write; safe for several threads."""

    def __init__(self, backend: Backend, limits: Limits, budget: Budget) -> None:
        self.backend = backend
        self.limits = limits
        self.budget = budget
        self._lock = Lock()
        self._loading = Lock()
        self._failures = 0
        self._resumes = 0.0
        self._last: str | None = None
        self._native = True
        self._closed = False
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def fingerprint(self) -> str:
        """Kind and name of the model."""
        return self.backend.name

    @property
    def trouble(self) -> str | None:
        """What went wrong with the last reply, or that today's budget is spent; None: nothing."""
        if self._last is None and not self.budget.left(self.limits.reply_tokens):
            return "The budget of today for the language model is spent."
        return self._last

    def warm(self) -> None:
        """Load what is needed, before any deadline runs; raises ModelError."""
        with self._loading:
            _ = self._llm

    def write(
        self,
        system: str,
        user: str,
        schema: Schema,
        stopped: Event | None = None,
        spending: Spending | None = None,
    ) -> str:
        """Return the reply's text, which follows ``schema`` where the endpoint sees to that.

        ``spending`` is what the same question took before. Raises LlmUnavailable when the reply
        does not come in time, LlmBudgetSpent before it is asked for beyond a budget, LlmStopped
        once ``stopped`` is set.
        """
        if time.monotonic() < self._resumes:
            raise LlmUnavailable(
                f"{self.fingerprint} failed {FAILURES} times in a row and is left alone for "
                f"{PAUSE_SECONDS:.0f} seconds: {self._last}.",
                remedy="Nothing needs to be done; answers are quotations meanwhile.",
            )
        self.warm()
        reserved = self.budget.reserve(
            len(system) + len(user), self.limits.reply_tokens, spending or Spending()
        )
        call = asyncio.run_coroutine_threadsafe(
            self._within(system, user, schema, reserved), self._running_loop()
        )
        try:
            text, prompt, reply = _awaited(call, stopped or _NEVER)
        except LlmUnavailable as error:
            self._failed(error.message)
            # What came too late was written, and is charged for; what was refused is not.
            if not isinstance(error.__cause__, TimeoutError):
                self.budget.release(reserved)
            raise
        except LlmStopped:
            if not reserved.sent:
                self.budget.release(reserved)
            raise
        with self._lock:
            self._failures, self._last = 0, None
        self.budget.book(reserved, prompt, reply)
        return text

    def close(self) -> None:
        """Close the connections and stop the loop; calls under way end."""
        with self._lock:
            loop, self._loop, self._closed = self._loop, None, True
        if loop is not None:
            asyncio.run_coroutine_threadsafe(self._disconnect(), loop).result(CLOSE_SECONDS)
            loop.call_soon_threadsafe(loop.stop)
            self._thread.join(CLOSE_SECONDS)

    async def _disconnect(self) -> None:
        """Cancel what is under way and close the client, for which the classes have no method."""
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        # They end, and tell the threads that wait for them, before the loop does.
        await asyncio.gather(*others, return_exceptions=True)
        await asyncio.sleep(0)
        client = getattr(self._llm, "_aclient", None)
        if client is not None:
            await client.close()

    def _failed(self, why: str) -> None:
        log.warning("%s", why)
        with self._lock:
            self._failures += 1
            self._last = why
            if self._failures >= FAILURES:
                self._failures = 0
                self._resumes = time.monotonic() + PAUSE_SECONDS

    @cached_property
    def _llm(self) -> LLM:
        return self.backend.llm()

    def _running_loop(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._closed:
                raise LlmStopped("The language model is closed.")
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._places = asyncio.Semaphore(self.limits.concurrency)
                loop = self._loop
                self._thread = Thread(target=_run, args=(loop,), name="dateline-llm", daemon=True)
                self._thread.start()
            return self._loop

    async def _within(
        self, system: str, user: str, schema: Schema, reserved: Reserved
    ) -> tuple[str, int, int]:
        """Wait for a place, then for a reply until the deadline."""
        async with self._places:
            reserved.sent = True
            try:
                async with asyncio.timeout(self.limits.seconds):
                    return await self._attempts(system, user, schema)
            except TimeoutError as error:
                raise LlmUnavailable(
                    f"{self.fingerprint} gave no reply within {self.limits.seconds:g} seconds.",
                    remedy="Look at its server, or raise DATELINE_LLM_SECONDS.",
                ) from error

    async def _attempts(self, system: str, user: str, schema: Schema) -> tuple[str, int, int]:
        from tenacity import (
            AsyncRetrying,
            retry_if_exception,
            stop_after_attempt,
            wait_exponential_jitter,
        )

        tries = AsyncRetrying(
            stop=stop_after_attempt(self.limits.retries + 1),
            wait=wait_exponential_jitter(
                multiplier=FIRST_WAIT, max=LONGEST_WAIT, jitter=FIRST_WAIT
            ),
            retry=retry_if_exception(_may_pass),
            reraise=True,
        )
        try:
            return await tries(self._ask, system, user, schema)
        except _raised() as error:
            raise LlmUnavailable(
                f"{self.fingerprint} gave no reply: {_told(error)}.",
                remedy="Check DATELINE_LLM_URL, DATELINE_LLM_MODEL and the key, and its server.",
            ) from error

    async def _ask(self, system: str, user: str, schema: Schema) -> tuple[str, int, int]:
        from llama_index.core.llms import ChatMessage, MessageRole

        messages = [
            ChatMessage(role=MessageRole.SYSTEM, content=system),
            ChatMessage(role=MessageRole.USER, content=user),
        ]
        native = self.backend.formats(schema) if self._native else {}
        try:
            response = await self._llm.achat(messages, **native)
        except _raised() as error:
            if not native or _status(error) not in (400, 415, 422):
                raise
            # An endpoint that knows no schema says so once; from then on the parser is strict.
            self._native = False
            response = await self._llm.achat(messages)
        text = response.message.content or ""
        if len(text) > MAX_REPLY_CHARS:
            raise ValueError(f"the reply has {len(text):,} characters")
        return (text, *_tokens(response.raw))


def _run(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    loop.run_forever()
    loop.close()


def _awaited(call: Future[tuple[str, int, int]], stopped: Event) -> tuple[str, int, int]:
    """Wait for a call, and cancel it when nobody wants it any more."""
    while True:
        try:
            return call.result(POLL_SECONDS)
        except NotYet:
            if call.done():
                raise
        except CancelledError as error:
            raise LlmStopped("The language model is being closed.") from error
        if stopped.is_set():
            call.cancel()
            raise LlmStopped("Nobody waits for this answer any more.")


def _raised() -> tuple[type[Exception], ...]:
    """Return what clients raise: their own errors, and what a reply of the wrong shape leads to."""
    import httpx

    found: list[type[Exception]] = [
        httpx.HTTPError, OSError, ValueError, TypeError, LookupError, AttributeError,
    ]  # fmt: skip
    try:
        import openai
    except ModuleNotFoundError:
        pass
    else:
        found.append(openai.OpenAIError)
    try:
        import anthropic
    except ModuleNotFoundError:
        pass
    else:
        found.append(anthropic.AnthropicError)
    return tuple(found)


def _may_pass(error: BaseException) -> bool:
    """Whether asking again makes sense: no answer at all, a busy server, a fault of its own."""
    status = _status(error)
    if status is not None:
        return status in (408, 409, 429) or status >= 500
    return isinstance(error, _raised())


def _status(error: BaseException) -> int | None:
    status = getattr(error, "status_code", None)
    return status if isinstance(status, int) else None


def _told(error: BaseException) -> str:
    """Describe a client's error without what it was sent, which may hold a key."""
    status = _status(error)
    return f"status {status}" if status is not None else type(error).__name__


def _tokens(raw: Any) -> tuple[int, int]:
    """Return the tokens an endpoint says it was sent and wrote, 0 where it does not."""
    usage = raw.get("usage") if isinstance(raw, Mapping) else getattr(raw, "usage", None)

    def told(*names: str) -> int:
        counts = (getattr(usage, name, None) for name in names)
        return next((count for count in counts if isinstance(count, int) and count > 0), 0)

    prompt, reply = (
        told("prompt_tokens", "input_tokens"),
        told("completion_tokens", "output_tokens"),
    )
    # A total without its parts is priced as sent.
    return (prompt, reply) if prompt or reply else (told("total_tokens"), 0)


def as_response_format(schema: Schema) -> dict[str, Any]:
    """Return the argument by which OpenAI's protocol asks for a JSON schema."""
    name = {"name": "reply", "strict": True, "schema": json.loads(json.dumps(schema))}
    return {"response_format": {"type": "json_schema", "json_schema": name}}
