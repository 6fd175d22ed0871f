"""A small typed client of the HTTP API, for one thing at a time and for asyncio.

    with Client("http://127.0.0.1:8000", key="dl_...") as dateline:
        answer = dateline.ask("Why was Russia not on the US tariff list?")
        print(answer.text, [citation.quote for citation in answer.citations])

Answers come as the types of ``rag.types``. Refusals are raised as ``ServerRefused`` with the
server's code, and what is no answer at all as ``ServerUnreachable``. While the server is loading or
has too much to do, a request is sent again after its ``Retry-After``, a few times; a write carries
an idempotency key, so that this is safe.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from types import TracebackType
from typing import Any, Generic, Self, TypeVar
from urllib.parse import quote

import httpx
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from rag.errors import ServerRefused, ServerUnreachable
from rag.feedback_types import Feedback, Opinion
from rag.statement_types import QuoteLookup, StatementPage, Timeline
from rag.types import (
    Answer,
    AnswerRecord,
    Article,
    IngestReport,
    Job,
    ListedArticle,
    Page,
    SearchResult,
)
from rag.verify_types import Verification

T = TypeVar("T")
H = TypeVar("H", httpx.Client, httpx.AsyncClient)

SECONDS = 120.0
RETRIES = 3
MOST_PAUSE = 30.0
"""Seconds; a server that asks for more is not waited for."""
AGAIN = (429, 503)


class _Found(BaseModel):
    model_config = ConfigDict(extra="ignore")
    results: tuple[SearchResult, ...]


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """One request, and the type of its answer; None: there is no body."""

    method: str
    path: str
    kind: Any
    body: Any = None
    query: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


class _Calls:
    """Describes every request, once for both clients."""

    @staticmethod
    def ask(
        question: str, history: Sequence[Mapping[str, str]], more: Mapping[str, Any]
    ) -> Call[Answer]:
        body = {"question": question, "history": list(history), **_given(more)}
        return Call("POST", "/v1/ask", Answer, body)

    @staticmethod
    def search(query: str, limit: int, more: Mapping[str, Any]) -> Call[_Found]:
        return Call("POST", "/v1/search", _Found, {"query": query, "limit": limit, **_given(more)})

    @staticmethod
    def verify(
        text: str, given: Sequence[Mapping[str, Any]], more: Mapping[str, Any]
    ) -> Call[Verification]:
        body = {"text": text, "given": list(given), **_given(more)}
        return Call("POST", "/v1/verify", Verification, body)

    @staticmethod
    def statements(more: Mapping[str, Any]) -> Call[StatementPage]:
        return Call("GET", "/v1/statements", StatementPage, query=_given(more))

    @staticmethod
    def lookup_quote(quote: str, more: Mapping[str, Any]) -> Call[QuoteLookup]:
        return Call("POST", "/v1/quotes/lookup", QuoteLookup, {"quote": quote, **_given(more)})

    @staticmethod
    def timeline(subject: str, more: Mapping[str, Any]) -> Call[Timeline]:
        return Call("GET", "/v1/timeline", Timeline, query={"q": subject, **_given(more)})

    @staticmethod
    def add(articles: Sequence[Mapping[str, Any]]) -> Call[IngestReport]:
        return Call("POST", "/v1/articles", IngestReport, list(articles), headers=_once())

    @staticmethod
    def add_later(articles: Sequence[Mapping[str, Any]]) -> Call[Job]:
        return Call("POST", "/v1/articles/batch", Job, list(articles), headers=_once())

    @staticmethod
    def article(article_id: str, version: int | None) -> Call[Article]:
        path = f"/v1/articles/{_segment(article_id)}"
        return Call("GET", path, Article, query=_given({"version": version}))

    @staticmethod
    def articles(cursor: str | None) -> Call[Page]:
        return Call("GET", "/v1/articles", Page, query=_given({"cursor": cursor, "limit": 200}))

    @staticmethod
    def set_status(article_id: str, body: Mapping[str, str]) -> Call[Article]:
        path = f"/v1/articles/{_segment(article_id)}"
        return Call("PATCH", path, Article, dict(body), headers=_once())

    @staticmethod
    def delete(article_id: str) -> Call[None]:
        return Call("DELETE", f"/v1/articles/{_segment(article_id)}", None, headers=_once())

    @staticmethod
    def job(job_id: str) -> Call[Job]:
        return Call("GET", f"/v1/jobs/{_segment(job_id)}", Job)

    @staticmethod
    def answer(answer_id: str) -> Call[AnswerRecord]:
        return Call("GET", f"/v1/answers/{_segment(answer_id)}", AnswerRecord)

    @staticmethod
    def feedback(answer_id: str, verdict: Opinion, more: Mapping[str, Any]) -> Call[Feedback]:
        body = {"answer_id": answer_id, "verdict": verdict, **_given(more)}
        return Call("POST", "/v1/feedback", Feedback, body, headers=_once())

    @staticmethod
    def stats() -> Call[dict[str, Any]]:
        return Call("GET", "/v1/stats", dict[str, Any])


class _Shared(Generic[H]):
    """What both clients hold."""

    def __init__(self, http: H, collection: str | None) -> None:
        self.http: H = http
        self._prefix = "/v1" if collection is None else f"/v1/collections/{_segment(collection)}"

    def _request(self, call: Call[Any]) -> httpx.Request:
        body = {} if call.body is None else {"json": call.body}
        return self.http.build_request(
            call.method,
            self._prefix + call.path.removeprefix("/v1"),
            params=dict(call.query),
            headers=dict(call.headers),
            **body,
        )


class Client(_Shared[httpx.Client]):
    """Talks to a server, one request at a time; safe for several threads.

    ``collection`` is one of the service, by default its own. ``more`` are the filters and limits of
    the endpoint, named as in docs/http-api.md. ``transport`` is httpx's own, for tests and proxies.
    """

    def __init__(
        self,
        url: str = "http://127.0.0.1:8000",
        *,
        key: str | None = None,
        collection: str | None = None,
        seconds: float = SECONDS,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        super().__init__(
            httpx.Client(base_url=url, headers=_key(key), timeout=seconds, transport=transport),
            collection,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self.http.close()

    def ask(self, question: str, history: Sequence[Mapping[str, str]] = (), **more: Any) -> Answer:
        """Ask; ``history`` are `{"role", "content"}` turns."""
        return self._do(_Calls.ask(question, history, more))

    def search(self, query: str, limit: int = 10, **more: Any) -> tuple[SearchResult, ...]:
        """Find passages, best first."""
        return self._do(_Calls.search(query, limit, more)).results

    def verify(
        self, text: str, given: Sequence[Mapping[str, Any]] = (), **more: Any
    ) -> Verification:
        """Check a text sentence by sentence."""
        return self._do(_Calls.verify(text, given, more))

    def statements(self, **more: Any) -> StatementPage:
        """Say who said what."""
        return self._do(_Calls.statements(more))

    def lookup_quote(self, quote: str, **more: Any) -> QuoteLookup:
        """Say where quoted words stand."""
        return self._do(_Calls.lookup_quote(quote, more))

    def timeline(self, subject: str, **more: Any) -> Timeline:
        """Put a subject in the order of the days."""
        return self._do(_Calls.timeline(subject, more))

    def add(self, *articles: Mapping[str, Any]) -> IngestReport:
        """Store articles now."""
        return self._do(_Calls.add(articles))

    def add_later(self, *articles: Mapping[str, Any]) -> Job:
        """Store articles in a job."""
        return self._do(_Calls.add_later(articles))

    def article(self, article_id: str, version: int | None = None) -> Article:
        """Read an article."""
        return self._do(_Calls.article(article_id, version))

    def articles(self) -> Iterator[ListedArticle]:
        """Go through all articles, page by page."""
        cursor: str | None = None
        while True:
            page = self._do(_Calls.articles(cursor))
            yield from page.items
            if (cursor := page.next_cursor) is None:
                return

    def retract(self, article_id: str, note: str) -> Article:
        """Take an article out of every later answer."""
        return self._do(_Calls.set_status(article_id, {"status": "retracted", "note": note}))

    def reinstate(self, article_id: str) -> Article:
        """Use a retracted article again."""
        return self._do(_Calls.set_status(article_id, {"status": "live"}))

    def delete(self, article_id: str) -> None:
        """Remove an article with all its versions."""
        self._do(_Calls.delete(article_id))

    def job(self, job_id: str) -> Job:
        """See how far a job is."""
        return self._do(_Calls.job(job_id))

    def wait(self, job: Job, pause: float = 0.5) -> Job:
        """Wait until a job has ended."""
        while not job.ended:
            time.sleep(pause)
            job = self.job(job.id)
        return job

    def answer(self, answer_id: str) -> AnswerRecord:
        """Read a given answer."""
        return self._do(_Calls.answer(answer_id))

    def feedback(self, answer_id: str, verdict: Opinion, **more: Any) -> Feedback:
        """Say what you think of an answer."""
        return self._do(_Calls.feedback(answer_id, verdict, more))

    def stats(self) -> dict[str, Any]:
        """Count what is there."""
        return self._do(_Calls.stats())

    def _do(self, call: Call[T]) -> T:
        for attempt in range(RETRIES + 1):
            try:
                response = self.http.send(self._request(call))
            except httpx.HTTPError as error:
                raise _unreachable(self.http.base_url, error) from error
            if (pause := _pause(response, attempt)) is None:
                break
            time.sleep(pause)
        return _answer(call, response)


class AsyncClient(_Shared[httpx.AsyncClient]):
    """The same for asyncio; see ``Client``."""

    def __init__(
        self,
        url: str = "http://127.0.0.1:8000",
        *,
        key: str | None = None,
        collection: str | None = None,
        seconds: float = SECONDS,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        super().__init__(
            httpx.AsyncClient(
                base_url=url, headers=_key(key), timeout=seconds, transport=transport
            ),
            collection,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        await self.http.aclose()

    async def ask(
        self, question: str, history: Sequence[Mapping[str, str]] = (), **more: Any
    ) -> Answer:
        """Ask; ``history`` are `{"role", "content"}` turns."""
        return await self._do(_Calls.ask(question, history, more))

    async def search(self, query: str, limit: int = 10, **more: Any) -> tuple[SearchResult, ...]:
        """Find passages, best first."""
        return (await self._do(_Calls.search(query, limit, more))).results

    async def verify(
        self, text: str, given: Sequence[Mapping[str, Any]] = (), **more: Any
    ) -> Verification:
        """Check a text sentence by sentence."""
        return await self._do(_Calls.verify(text, given, more))

    async def statements(self, **more: Any) -> StatementPage:
        """Say who said what."""
        return await self._do(_Calls.statements(more))

    async def lookup_quote(self, quote: str, **more: Any) -> QuoteLookup:
        """Say where quoted words stand."""
        return await self._do(_Calls.lookup_quote(quote, more))

    async def timeline(self, subject: str, **more: Any) -> Timeline:
        """Put a subject in the order of the days."""
        return await self._do(_Calls.timeline(subject, more))

    async def add(self, *articles: Mapping[str, Any]) -> IngestReport:
        """Store articles now."""
        return await self._do(_Calls.add(articles))

    async def add_later(self, *articles: Mapping[str, Any]) -> Job:
        """Store articles in a job."""
        return await self._do(_Calls.add_later(articles))

    async def article(self, article_id: str, version: int | None = None) -> Article:
        """Read an article."""
        return await self._do(_Calls.article(article_id, version))

    async def articles(self) -> AsyncIterator[ListedArticle]:
        """Go through all articles, page by page."""
        cursor: str | None = None
        while True:
            page = await self._do(_Calls.articles(cursor))
            for item in page.items:
                yield item
            if (cursor := page.next_cursor) is None:
                return

    async def retract(self, article_id: str, note: str) -> Article:
        """Take an article out of every later answer."""
        return await self._do(_Calls.set_status(article_id, {"status": "retracted", "note": note}))

    async def reinstate(self, article_id: str) -> Article:
        """Use a retracted article again."""
        return await self._do(_Calls.set_status(article_id, {"status": "live"}))

    async def delete(self, article_id: str) -> None:
        """Remove an article with all its versions."""
        await self._do(_Calls.delete(article_id))

    async def job(self, job_id: str) -> Job:
        """See how far a job is."""
        return await self._do(_Calls.job(job_id))

    async def wait(self, job: Job, pause: float = 0.5) -> Job:
        """Wait until a job has ended."""
        while not job.ended:
            await asyncio.sleep(pause)
            job = await self.job(job.id)
        return job

    async def answer(self, answer_id: str) -> AnswerRecord:
        """Read a given answer."""
        return await self._do(_Calls.answer(answer_id))

    async def feedback(self, answer_id: str, verdict: Opinion, **more: Any) -> Feedback:
        """Say what you think of an answer."""
        return await self._do(_Calls.feedback(answer_id, verdict, more))

    async def stats(self) -> dict[str, Any]:
        """Count what is there."""
        return await self._do(_Calls.stats())

    async def _do(self, call: Call[T]) -> T:
        for attempt in range(RETRIES + 1):
            try:
                response = await self.http.send(self._request(call))
            except httpx.HTTPError as error:
                raise _unreachable(self.http.base_url, error) from error
            if (pause := _pause(response, attempt)) is None:
                break
            await asyncio.sleep(pause)
        return _answer(call, response)


def _pause(response: httpx.Response, attempt: int) -> float | None:
    """Return how long to wait before the next attempt; None: there is none."""
    given = response.headers.get("retry-after", "")
    if response.status_code not in AGAIN or attempt == RETRIES or not given.isdigit():
        return None
    return float(given) if float(given) <= MOST_PAUSE else None


def _answer(call: Call[T], response: httpx.Response) -> T:
    if call.kind is None and response.is_success:
        return None  # type: ignore[return-value]  # the call's type is None, too
    try:
        if response.is_success:
            found: T = _adapter(call.kind).validate_json(response.content)
            return found
        problem = response.json()
        code = str(problem["code"])
    except (ValueError, ValidationError, KeyError, TypeError) as error:
        raise _unreachable(response.request.url, error) from error
    raise ServerRefused(code, str(problem["detail"]), remedy=problem.get("remedy"))


def _unreachable(url: httpx.URL, error: Exception) -> ServerUnreachable:
    return ServerUnreachable(
        f"No Dateline server answers at {url}: {type(error).__name__}.",
        remedy="Start one with `dateline serve`.",
    )


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def _key(key: str | None) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"} if key else {}


def _once() -> dict[str, str]:
    return {"Idempotency-Key": uuid.uuid4().hex}


def _given(more: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in more.items() if value is not None}


def _segment(text: str) -> str:
    """Return a name as one segment of a path."""
    return quote(text, safe="")
