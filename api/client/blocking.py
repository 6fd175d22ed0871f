"""The client for one thing at a time."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
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


class Client(Shared[httpx.Client]):
    """Talks to a server, one request at a time; safe for several threads.

    ``collection`` is one of the service, by default its own. ``more`` are the filters and limits of
    the endpoint, named as in docs/http-api.md. ``page_size`` is how many items of a list are
    fetched at once. ``transport`` is httpx's own, for tests and proxies. Every method raises
    ServerRefused and ServerUnreachable.
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
            httpx.Client(
                base_url=url, headers=authorization(key), timeout=seconds, transport=transport
            ),
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

    # Questions

    def ask(
        self,
        question: str,
        history: Sequence[Mapping[str, str]] = (),
        **more: Unpack[options.Asking],
    ) -> Answer:
        """Ask; ``history`` are `{"role", "content"}` turns."""
        return self._do(questions.ask(question, history, more))

    def chat(
        self, question: str, chat_id: str | None = None, **more: Unpack[options.Asking]
    ) -> ChatReply:
        """Ask the next question of a chat; without ``chat_id`` one begins."""
        return self._do(questions.chat(question, chat_id, more))

    def stream_chat(
        self, question: str, chat_id: str | None = None, **more: Unpack[options.Asking]
    ) -> Iterator[ChatEvent]:
        """Ask as ``chat`` does, and yield each step as it comes; `done` is the last.

        When the line breaks, the stream goes on behind what has arrived.
        """
        return self._follow(ChatStream(questions.chat(question, chat_id, more)))

    def follow_turn(self, turn_id: str, last_event: str | None = None) -> Iterator[ChatEvent]:
        """Yield the steps of a turn that is being answered or was; nothing is asked twice.

        With ``last_event``, `TURN:NUMBER`, those behind it only.
        """
        return self._follow(ChatStream(questions.turn(turn_id, last_event)))

    def chats(self, page_size: int = PAGE_SIZE) -> Iterator[ChatSummary]:
        """Go through all chats, the last used first."""
        return self._items(questions.chats(page_size))

    def read_chat(self, chat_id: str) -> Chat:
        """Read a chat with all its turns: an export of it."""
        return self._do(questions.read_chat(chat_id))

    def delete_chat(self, chat_id: str) -> None:
        """Remove a chat with its turns."""
        self._do(questions.delete_chat(chat_id))

    def search(
        self, query: str, limit: int = 10, **more: Unpack[options.Filters]
    ) -> tuple[SearchResult, ...]:
        """Find passages, best first."""
        return self._do(questions.search(query, limit, more)).results

    def verify(
        self,
        text: str,
        given: Sequence[Mapping[str, Any]] = (),
        **more: Unpack[options.Filters],
    ) -> Verification:
        """Check a text sentence by sentence; against ``given`` articles alone where there are."""
        return self._do(questions.verify(text, given, more))

    def statements(self, **more: Unpack[options.StatingPage]) -> StatementPage:
        """Say who said what: one page, and whom the name asked for may mean."""
        return self._do(questions.statements(more))

    def all_statements(
        self, page_size: int = 100, **more: Unpack[options.Stating]
    ) -> Iterator[FoundStatement]:
        """Go through all statements, page by page."""
        return self._items(questions.statements({**more, "limit": page_size}))

    def lookup_quote(self, quote: str, **more: Unpack[options.Quoting]) -> QuoteLookup:
        """Say where quoted words stand."""
        return self._do(questions.lookup_quote(quote, more))

    def timeline(self, subject: str, **more: Unpack[options.Ordering]) -> Timeline:
        """Put a subject in the order of the days."""
        return self._do(questions.timeline(subject, more))

    def embed(self, *texts: str, model: str) -> tuple[tuple[float, ...], ...]:
        """Return the vector of each text; ``models`` says what the embedder is called."""
        found = self._do(questions.embed(texts, model))
        return tuple(item.embedding for item in found.data)

    # Articles

    def add(self, *articles: Mapping[str, Any]) -> IngestReport:
        """Store articles now."""
        return self._do(archive.add(articles))

    def add_later(self, *articles: Mapping[str, Any]) -> Job:
        """Store articles in a job."""
        return self._do(archive.add_later(articles))

    def add_files(self, *files: Path | str) -> Job:
        """Store what is in files in a job; a name's ending says what kind of file it is.

        Raises OSError for a file that cannot be read.
        """
        return self._do(archive.add_files([Path(file) for file in files]))

    def add_urls(self, *urls: str) -> Job:
        """Fetch pages and feeds, and store their articles, in a job."""
        return self._do(archive.add_urls(urls))

    def article(self, article_id: str, version: int | None = None) -> Article:
        """Read an article."""
        return self._do(archive.article(article_id, version))

    def articles(
        self, page_size: int = PAGE_SIZE, **more: Unpack[options.Listing]
    ) -> Iterator[ListedArticle]:
        """Go through all articles by id, or through those that filters choose, the newest first."""
        return self._items(archive.articles(page_size, more))

    def retract(self, article_id: str, note: str) -> Article:
        """Take an article out of every later answer."""
        return self._do(archive.set_status(article_id, {"status": "retracted", "note": note}))

    def reinstate(self, article_id: str) -> Article:
        """Use a retracted article again."""
        return self._do(archive.set_status(article_id, {"status": "live"}))

    def delete(self, article_id: str) -> None:
        """Remove an article with all its versions."""
        self._do(archive.delete(article_id))

    def outlets(self, start: str = "", limit: int = 20) -> Sequence[KnownName]:
        """Name outlets of which a word starts so, those with the most articles first."""
        return self._do(archive.names("outlets", start, limit)).items

    def speakers(self, start: str = "", limit: int = 20) -> Sequence[KnownName]:
        """Name speakers of whose name a word starts so, those with the most statements first."""
        return self._do(archive.names("speakers", start, limit)).items

    # Jobs

    def jobs(self, page_size: int = PAGE_SIZE) -> Iterator[Job]:
        """Go through all jobs, the newest first."""
        return self._items(archive.jobs(page_size))

    def job(self, job_id: str) -> Job:
        """See how far a job is."""
        return self._do(archive.job(job_id))

    def job_items(
        self,
        job_id: str,
        outcome: Literal["added", "changed", "unchanged", "refused"] | None = None,
        page_size: int = PAGE_SIZE,
    ) -> Iterator[JobItem]:
        """Go through what became of each item of a job, in their order."""
        return self._items(archive.job_items(job_id, outcome, page_size))

    def follow_job(self, job_id: str) -> Iterator[Job]:
        """Yield a job whenever it moved, at last when it has ended."""
        return self._follow(JobStream(job_id))

    def cancel_job(self, job_id: str) -> Job:
        """Ask a job to stop; what it stored stays."""
        return self._do(archive.cancel_job(job_id))

    def wait(self, job: Job, pause: float = 0.5) -> Job:
        """Wait until a job has ended."""
        while not job.ended:
            time.sleep(pause)
            job = self.job(job.id)
        return job

    # Given answers

    def answers(
        self, affected_by: str | None = None, *, affected: bool = False, page_size: int = PAGE_SIZE
    ) -> Iterator[AnswerRecord]:
        """Go through the given answers without their texts, the newest first.

        Only those that cite what changed since in the article ``affected_by``, or, with
        ``affected``, in any.
        """
        return self._items(records.answers(affected_by, affected, page_size))

    def answer(self, answer_id: str) -> AnswerRecord:
        """Read a given answer."""
        return self._do(records.answer(answer_id))

    def references(self, answer_id: str, style: str = "apa", form: Format = "text") -> str:
        """Write the articles that an answer cites as references; `csl-json` is a style, too."""
        return self._do(records.references(answer_id, style, form))

    def feedback(
        self, answer_id: str, verdict: Opinion, **more: Unpack[options.Judging]
    ) -> Feedback:
        """Say what you think of an answer."""
        return self._do(records.feedback(answer_id, verdict, more))

    def opinions(self, page_size: int = 50) -> Iterator[Feedback]:
        """Go through what was said of answers, the newest first."""
        return self._items(records.opinions(page_size))

    # The service

    def collections(self) -> tuple[Collection, ...]:
        """Name the collections beside the service's own."""
        return self._do(archive.collections()).items

    def collection(self, name: str) -> Collection:
        """Read about a collection."""
        return self._do(archive.collection(name))

    def create_collection(
        self,
        name: str,
        title: str | None = None,
        settings: Mapping[str, int | float | None] | None = None,
    ) -> CollectionMade:
        """Make an empty collection; its first key is shown only now."""
        more = {"title": title, "settings": settings}
        return self._do(archive.create_collection(name, more))

    def change_collection(
        self,
        name: str,
        title: str | None = None,
        settings: Mapping[str, int | float | None] | None = None,
    ) -> Collection:
        """Give a collection another title or settings; None leaves them as they are."""
        more = {"title": title, "settings": settings}
        return self._do(archive.change_collection(name, more))

    def delete_collection(self, name: str) -> None:
        """Remove a collection with all that is in it."""
        self._do(archive.delete_collection(name))

    def audit(self, page_size: int = PAGE_SIZE) -> Iterator[Change]:
        """Go through the requests that were to change something, the newest first."""
        return self._items(records.audit(page_size))

    def stats(self) -> Stats:
        """Count what is there."""
        return self._do(records.stats())

    def evaluation(self) -> Evaluation | None:
        """Read the last evaluation that was kept."""
        return self._do(records.evaluation()).evaluation

    def models(self) -> tuple[Model, ...]:
        """Name what answers and what embeds."""
        return self._do(records.models()).data

    def model(self, model_id: str) -> Model:
        """Read about a model."""
        return self._do(records.model(model_id))

    def alive(self) -> Alive:
        """Ask whether the server's process answers."""
        return self._do(records.alive())

    def ready(self) -> Readiness:
        """Ask whether the service can answer questions; refused with `not_ready` while it loads."""
        return self._do(records.ready())

    def wait_until_ready(self, seconds: float = 120.0) -> Readiness:
        """Wait for a server that is being started, no longer than so many seconds."""
        end = time.monotonic() + seconds
        while True:
            try:
                return self.ready()
            except ServerError as error:
                if not loading(error) or time.monotonic() >= end:
                    raise
            time.sleep(AGAIN_SECONDS)

    def _do(self, call: Call[T]) -> T:
        try:
            response = self._send(call)
        except httpx.HTTPError as error:
            raise unreachable(self.http.base_url, error) from error
        return result(call, response)

    def _items(self, call: Call[Paged[T]]) -> Iterator[T]:
        following: Call[Paged[T]] | None = call
        while following is not None:
            page = self._do(following)
            yield from page.items
            following = call.after(page.next_cursor)

    def _follow(self, stream: Stream[T]) -> Iterator[T]:
        while not stream.ended:
            try:
                with self._streamed(stream.call) as response:
                    for text in response.iter_text():
                        yield from stream.feed(text)
            except httpx.HTTPError as error:
                if not stream.arrived:
                    raise unreachable(self.http.base_url, error) from error
            if not stream.ended:
                stream.resume()
                time.sleep(AGAIN_SECONDS)

    @contextmanager
    def _streamed(self, call: Call[Any]) -> Iterator[httpx.Response]:
        response = self._send(call, stream=True)
        try:
            if not response.is_success:
                response.read()
                result(call, response)
            yield response
        finally:
            response.close()

    def _send(self, call: Call[Any], *, stream: bool = False) -> httpx.Response:
        for attempt in range(RETRIES + 1):
            with self._request(call, stream=stream) as request:
                response = self.http.send(request, stream=stream)
            if (seconds := pause_before(response, attempt)) is None:
                break
            response.close()
            time.sleep(seconds)
        return response
