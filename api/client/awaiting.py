"""The client for asyncio."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self, TypeVar, Unpack

import httpx

from api.client import archive, options, questions, records
from api.client.call import PAGE_SIZE, Call, Paged
from api.client.streams import ChatStream, JobStream, Stream
from api.client.transport import (
    AGAIN_SECONDS,
    RETRIES,
    SECONDS,
    Shared,
    authorization,
    loading,
    pause_before,
    result,
    unreachable,
)
from api.replies import Alive, CollectionMade, Model, Readiness, Stats
from rag.chat_types import Chat, ChatEvent, ChatReply, ChatSummary
from rag.collections import Collection
from rag.errors import ServerError
from rag.evaluation_types import Evaluation
from rag.feedback_types import Feedback, Opinion
from rag.key_types import Change
from rag.references import Format
from rag.statement_types import FoundStatement, QuoteLookup, StatementPage, Timeline
from rag.types import (
    Answer,
    AnswerRecord,
    Article,
    IngestReport,
    Job,
    JobItem,
    KnownName,
    ListedArticle,
    SearchResult,
)
from rag.verify_types import Verification

T = TypeVar("T")


class AsyncClient(Shared[httpx.AsyncClient]):
    """The same for asyncio; see ``Client``. Iterators are asynchronous."""

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
                base_url=url, headers=authorization(key), timeout=seconds, transport=transport
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

    # Questions

    async def ask(
        self,
        question: str,
        history: Sequence[Mapping[str, str]] = (),
        **more: Unpack[options.Asking],
    ) -> Answer:
        """Ask; ``history`` are `{"role", "content"}` turns."""
        return await self._do(questions.ask(question, history, more))

    async def chat(
        self, question: str, chat_id: str | None = None, **more: Unpack[options.Asking]
    ) -> ChatReply:
        """Ask the next question of a chat; without ``chat_id`` one begins."""
        return await self._do(questions.chat(question, chat_id, more))

    def stream_chat(
        self, question: str, chat_id: str | None = None, **more: Unpack[options.Asking]
    ) -> AsyncIterator[ChatEvent]:
        """Ask as ``chat`` does, and yield each step as it comes; `done` is the last.

        When the line breaks, the stream goes on behind what has arrived.
        """
        return self._follow(ChatStream(questions.chat(question, chat_id, more)))

    def follow_turn(self, turn_id: str, last_event: str | None = None) -> AsyncIterator[ChatEvent]:
        """Yield the steps of a turn that is being answered or was; nothing is asked twice.

        With ``last_event``, `TURN:NUMBER`, those behind it only.
        """
        return self._follow(ChatStream(questions.turn(turn_id, last_event)))

    def chats(self, page_size: int = PAGE_SIZE) -> AsyncIterator[ChatSummary]:
        """Go through all chats, the last used first."""
        return self._items(questions.chats(page_size))

    async def read_chat(self, chat_id: str) -> Chat:
        """Read a chat with all its turns: an export of it."""
        return await self._do(questions.read_chat(chat_id))

    async def delete_chat(self, chat_id: str) -> None:
        """Remove a chat with its turns."""
        await self._do(questions.delete_chat(chat_id))

    async def search(
        self, query: str, limit: int = 10, **more: Unpack[options.Filters]
    ) -> tuple[SearchResult, ...]:
        """Find passages, best first."""
        return (await self._do(questions.search(query, limit, more))).results

    async def verify(
        self,
        text: str,
        given: Sequence[Mapping[str, Any]] = (),
        **more: Unpack[options.Filters],
    ) -> Verification:
        """Check a text sentence by sentence; against ``given`` articles alone where there are."""
        return await self._do(questions.verify(text, given, more))

    async def statements(self, **more: Unpack[options.StatingPage]) -> StatementPage:
        """Say who said what: one page, and whom the name asked for may mean."""
        return await self._do(questions.statements(more))

    def all_statements(
        self, page_size: int = 100, **more: Unpack[options.Stating]
    ) -> AsyncIterator[FoundStatement]:
        """Go through all statements, page by page."""
        return self._items(questions.statements({**more, "limit": page_size}))

    async def lookup_quote(self, quote: str, **more: Unpack[options.Quoting]) -> QuoteLookup:
        """Say where quoted words stand."""
        return await self._do(questions.lookup_quote(quote, more))

    async def timeline(self, subject: str, **more: Unpack[options.Ordering]) -> Timeline:
        """Put a subject in the order of the days."""
        return await self._do(questions.timeline(subject, more))

    async def embed(self, *texts: str, model: str) -> tuple[tuple[float, ...], ...]:
        """Return the vector of each text; ``models`` says what the embedder is called."""
        found = await self._do(questions.embed(texts, model))
        return tuple(item.embedding for item in found.data)

    # Articles

    async def add(self, *articles: Mapping[str, Any]) -> IngestReport:
        """Store articles now."""
        return await self._do(archive.add(articles))

    async def add_later(self, *articles: Mapping[str, Any]) -> Job:
        """Store articles in a job."""
        return await self._do(archive.add_later(articles))

    async def add_files(self, *files: Path | str) -> Job:
        """Store what is in files in a job; a name's ending says what kind of file it is.

        Raises OSError for a file that cannot be read.
        """
        return await self._do(archive.add_files([Path(file) for file in files]))

    async def add_urls(self, *urls: str) -> Job:
        """Fetch pages and feeds, and store their articles, in a job."""
        return await self._do(archive.add_urls(urls))

    async def article(self, article_id: str, version: int | None = None) -> Article:
        """Read an article."""
        return await self._do(archive.article(article_id, version))

    def articles(
        self, page_size: int = PAGE_SIZE, **more: Unpack[options.Listing]
    ) -> AsyncIterator[ListedArticle]:
        """Go through all articles by id, or through those that filters choose, the newest first."""
        return self._items(archive.articles(page_size, more))

    async def retract(self, article_id: str, note: str) -> Article:
        """Take an article out of every later answer."""
        return await self._do(archive.set_status(article_id, {"status": "retracted", "note": note}))

    async def reinstate(self, article_id: str) -> Article:
        """Use a retracted article again."""
        return await self._do(archive.set_status(article_id, {"status": "live"}))

    async def delete(self, article_id: str) -> None:
        """Remove an article with all its versions."""
        await self._do(archive.delete(article_id))

    async def outlets(self, start: str = "", limit: int = 20) -> Sequence[KnownName]:
        """Name outlets of which a word starts so, those with the most articles first."""
        return (await self._do(archive.names("outlets", start, limit))).items

    async def speakers(self, start: str = "", limit: int = 20) -> Sequence[KnownName]:
        """Name speakers of whose name a word starts so, those with the most statements first."""
        return (await self._do(archive.names("speakers", start, limit))).items

    # Jobs

    def jobs(self, page_size: int = PAGE_SIZE) -> AsyncIterator[Job]:
        """Go through all jobs, the newest first."""
        return self._items(archive.jobs(page_size))

    async def job(self, job_id: str) -> Job:
        """See how far a job is."""
        return await self._do(archive.job(job_id))

    def job_items(
        self,
        job_id: str,
        outcome: Literal["added", "changed", "unchanged", "refused"] | None = None,
        page_size: int = PAGE_SIZE,
    ) -> AsyncIterator[JobItem]:
        """Go through what became of each item of a job, in their order."""
        return self._items(archive.job_items(job_id, outcome, page_size))

    def follow_job(self, job_id: str) -> AsyncIterator[Job]:
        """Yield a job whenever it moved, at last when it has ended."""
        return self._follow(JobStream(job_id))

    async def cancel_job(self, job_id: str) -> Job:
        """Ask a job to stop; what it stored stays."""
        return await self._do(archive.cancel_job(job_id))

    async def wait(self, job: Job, pause: float = 0.5) -> Job:
        """Wait until a job has ended."""
        while not job.ended:
            await asyncio.sleep(pause)
            job = await self.job(job.id)
        return job

    # Given answers

    def answers(
        self, affected_by: str | None = None, *, affected: bool = False, page_size: int = PAGE_SIZE
    ) -> AsyncIterator[AnswerRecord]:
        """Go through the given answers without their texts, the newest first.

        Only those that cite what changed since in the article ``affected_by``, or, with
        ``affected``, in any.
        """
        return self._items(records.answers(affected_by, affected, page_size))

    async def answer(self, answer_id: str) -> AnswerRecord:
        """Read a given answer."""
        return await self._do(records.answer(answer_id))

    async def references(self, answer_id: str, style: str = "apa", form: Format = "text") -> str:
        """Write the articles that an answer cites as references; `csl-json` is a style, too."""
        return await self._do(records.references(answer_id, style, form))

    async def feedback(
        self, answer_id: str, verdict: Opinion, **more: Unpack[options.Judging]
    ) -> Feedback:
        """Say what you think of an answer."""
        return await self._do(records.feedback(answer_id, verdict, more))

    def opinions(self, page_size: int = 50) -> AsyncIterator[Feedback]:
        """Go through what was said of answers, the newest first."""
        return self._items(records.opinions(page_size))

    # The service

    async def collections(self) -> tuple[Collection, ...]:
        """Name the collections beside the service's own."""
        return (await self._do(archive.collections())).items

    async def collection(self, name: str) -> Collection:
        """Read about a collection."""
        return await self._do(archive.collection(name))

    async def create_collection(
        self,
        name: str,
        title: str | None = None,
        settings: Mapping[str, int | float | None] | None = None,
    ) -> CollectionMade:
        """Make an empty collection; its first key is shown only now."""
        more = {"title": title, "settings": settings}
        return await self._do(archive.create_collection(name, more))

    async def change_collection(
        self,
        name: str,
        title: str | None = None,
        settings: Mapping[str, int | float | None] | None = None,
    ) -> Collection:
        """Give a collection another title or settings; None leaves them as they are."""
        more = {"title": title, "settings": settings}
        return await self._do(archive.change_collection(name, more))

    async def delete_collection(self, name: str) -> None:
        """Remove a collection with all that is in it."""
        await self._do(archive.delete_collection(name))

    def audit(self, page_size: int = PAGE_SIZE) -> AsyncIterator[Change]:
        """Go through the requests that were to change something, the newest first."""
        return self._items(records.audit(page_size))

    async def stats(self) -> Stats:
        """Count what is there."""
        return await self._do(records.stats())

    async def evaluation(self) -> Evaluation | None:
        """Read the last evaluation that was kept."""
        return (await self._do(records.evaluation())).evaluation

    async def models(self) -> tuple[Model, ...]:
        """Name what answers and what embeds."""
        return (await self._do(records.models())).data

    async def model(self, model_id: str) -> Model:
        """Read about a model."""
        return await self._do(records.model(model_id))

    async def alive(self) -> Alive:
        """Ask whether the server's process answers."""
        return await self._do(records.alive())

    async def ready(self) -> Readiness:
        """Ask whether the service can answer questions; refused with `not_ready` while it loads."""
        return await self._do(records.ready())

    async def wait_until_ready(self, seconds: float = 120.0) -> Readiness:
        """Wait for a server that is being started, no longer than so many seconds."""
        end = time.monotonic() + seconds
        while True:
            try:
                return await self.ready()
            except ServerError as error:
                if not loading(error) or time.monotonic() >= end:
                    raise
            await asyncio.sleep(AGAIN_SECONDS)

    async def _do(self, call: Call[T]) -> T:
        try:
            response = await self._send(call)
        except httpx.HTTPError as error:
            raise unreachable(self.http.base_url, error) from error
        return result(call, response)

    async def _items(self, call: Call[Paged[T]]) -> AsyncIterator[T]:
        following: Call[Paged[T]] | None = call
        while following is not None:
            page = await self._do(following)
            for item in page.items:
                yield item
            following = call.after(page.next_cursor)

    async def _follow(self, stream: Stream[T]) -> AsyncIterator[T]:
        while not stream.ended:
            try:
                async with self._streamed(stream.call) as response:
                    async for text in response.aiter_text():
                        for item in stream.feed(text):
                            yield item
            except httpx.HTTPError as error:
                if not stream.arrived:
                    raise unreachable(self.http.base_url, error) from error
            if not stream.ended:
                stream.resume()
                await asyncio.sleep(AGAIN_SECONDS)

    @asynccontextmanager
    async def _streamed(self, call: Call[Any]) -> AsyncIterator[httpx.Response]:
        response = await self._send(call, stream=True)
        try:
            if not response.is_success:
                await response.aread()
                result(call, response)
            yield response
        finally:
            await response.aclose()

    async def _send(self, call: Call[Any], *, stream: bool = False) -> httpx.Response:
        for attempt in range(RETRIES + 1):
            with self._request(call, stream=stream) as request:
                response = await self.http.send(request, stream=stream)
            if (seconds := pause_before(response, attempt)) is None:
                break
            await response.aclose()
            await asyncio.sleep(seconds)
        return response
