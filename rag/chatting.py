"""Hold a conversation: each question completed from what was said, answered, and kept."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import replace
from threading import Event
from typing import Any

from pydantic import TypeAdapter

from rag.answering import NO_FILTERS, Answering, Found
from rag.ask import cite, recall
from rag.ask.asked import asked
from rag.ask.compose import ABSTENTION
from rag.chat_types import ChatEvent, ChatTurn
from rag.errors import ArticleNotFound
from rag.store.sessions import Chats, new_id
from rag.telling import Steps, retold
from rag.types import Answer, AnswerSentence, Citation, Dropped, Filters, Notice, Turn

REMEMBERED = 10
"""Turns that a follow-up is completed from."""
SHOWN = 10
"""Articles that are named as sources before the answer is there."""
_ANSWER = TypeAdapter(Answer)
_SENTENCE, _CITATION = TypeAdapter(AnswerSentence), TypeAdapter(Citation)


class Chatting:
    """Answers the questions of chats in order; safe for several threads.

    Each step of a stream may run in another thread: nothing is held between two of them.
    """

    def __init__(
        self,
        answering: Answering,
        chats: Chats,
        known: Callable[[Found], Answer | None],
        answer: Callable[[Found, Event | None], Steps],
        record: Callable[[Answer], None],
    ) -> None:
        self._answering = answering
        self._chats = chats
        self._known = known
        self._answer = answer
        self._record = record

    def stream(
        self,
        question: str,
        chat_id: str | None = None,
        filters: Filters = NO_FILTERS,
        limit: int | None = None,
        turn_id: str | None = None,
        stopped: Event | None = None,
    ) -> Iterator[ChatEvent]:
        """Yield the events of an answer; the turn is kept before the last one, `done`.

        Without ``chat_id`` a chat begins, and `query` comes at once: nothing is read from the
        store for it. After `query` comes the search, after `sources` the writing; both take their
        time in the step that follows. Raises QuestionError, FilterError,
        ChatNotFound, and LlmStopped once ``stopped`` is set.
        """
        if chat_id is not None:
            self._chats.check(chat_id)
        past = self._chats.turns(chat_id, REMEMBERED) if chat_id else ()
        chat_id, turn_id = chat_id or new_id("chat"), turn_id or new_id("turn")
        ids = {"chat_id": chat_id, "turn_id": turn_id}
        if not past:
            self._answering.check(question, filters)
            yield _query(ids, question, asked(question) or question)
        about = recall.wanted(question) if past else None
        last = next((turn.answer for turn in reversed(past) if turn.answer.citations), None)
        found = self._answering.understand(question, history_of(past), filters, limit, stopped)
        meant = recall.meant(question, last.citations) if about and last else []
        if about and last and meant:
            query = recall.restated(about, meant)
            yield _query(ids, question, query)
            answer = self._recalled(about, question, query, last, meant)
            sources = _cited(answer)
            yield _sources(sources)
            self._record(answer)
            steps = retold(answer)
        else:
            if past:
                yield _query(ids, question, found.query.text or question)
            known = self._known(found)
            if known is None:
                found = self._answering.find(found)
                sources = _read(found)
            else:
                sources = _cited(known)
            yield _sources(sources)
            steps = self._answer(found, stopped) if known is None else retold(known)
        answer = yield from _sentences(steps)
        self._chats.add(chat_id, turn_id, question, sources, answer)
        yield from _whole(ids, answer)

    def again(self, turn_id: str) -> Iterator[ChatEvent]:
        """Yield the events of a turn that is kept, as they were; raises ChatNotFound."""
        chat_id, turn, sources = self._chats.turn(turn_id)
        ids = {"chat_id": chat_id, "turn_id": turn_id}
        yield _query(ids, turn.question, turn.answer.query)
        yield _sources(sources)
        yield from told(ids, turn.answer)

    def _recalled(
        self,
        about: recall.Wanted,
        question: str,
        query: str,
        last: Answer,
        meant: Sequence[Citation],
    ) -> Answer:
        """Answer from citations, as far as they still are what the articles say."""
        good: list[Citation] = []
        dropped: list[Dropped] = []
        notices: list[Notice] = []
        for citation in meant:
            notice = self._changed(citation)
            if notice == "gone":
                dropped.append(Dropped(text=citation.quote, reason="not_in_article"))
                continue
            if notice:
                notices.append(Notice(code="source_changed", message=notice))
            good.append(replace(citation, number=len(good) + 1))
        said = [recall.sentence(about, citation) for citation in good]
        return Answer(
            id=f"ans-{uuid.uuid4().hex}",
            question=question,
            query=query,
            text=cite.as_text(said) if said else ABSTENTION,
            short_answer=recall.short(about, good[0]) if good else None,
            sentences=tuple(said),
            citations=tuple(good),
            abstained=not said,
            reason=None if said else "no_evidence",
            confidence=last.confidence if said else 0.0,
            sources=len({citation.article_id for citation in good}),
            conflicts=(),
            dropped=tuple(dropped),
            nearest=(),
            notices=tuple(notices),
            as_of=last.as_of,
            timings={},
            models={},
        )

    def _changed(self, citation: Citation) -> str | None:
        """Say what became of a cited version since; `gone` where it is not there any more."""
        try:
            article = self._answering.catalogue.article(citation.article_id, citation.version)
        except ArticleNotFound:
            return "gone"
        if article.text[citation.start : citation.end] != citation.quote:
            return "gone"
        if article.status == "retracted":
            return f"{citation.article_id} was retracted since: {article.note}"
        if article.latest_version > citation.version:
            return f"{citation.article_id} was corrected since; this is version {citation.version}."
        return None


def history_of(turns: Sequence[ChatTurn]) -> list[Turn]:
    """Return what was said, as rewriting reads it: questions as they were understood."""
    found: list[Turn] = []
    for turn in turns:
        found.append(Turn(role="user", content=turn.question))
        said = " ".join(sentence.text for sentence in turn.answer.sentences)
        found.append(Turn(role="assistant", content=said))
    return found


def told(ids: dict[str, str], answer: Answer) -> Iterator[ChatEvent]:
    """Yield an answer sentence by sentence, each with the citations that are new, then whole."""
    yield from _sentences(retold(answer))
    yield from _whole(ids, answer)


def _sentences(steps: Steps) -> Generator[ChatEvent, None, Answer]:
    """Yield the events of sentences as they come, and return the answer."""
    while True:
        try:
            said = next(steps)
        except StopIteration as end:
            answer: Answer = end.value
            return answer
        yield ChatEvent(kind="sentence", data=_SENTENCE.dump_python(said.sentence, mode="json"))
        for citation in said.citations:
            yield ChatEvent(kind="citation", data=_CITATION.dump_python(citation, mode="json"))


def _whole(ids: dict[str, str], answer: Answer) -> Iterator[ChatEvent]:
    dumped: dict[str, Any] = _ANSWER.dump_python(answer, mode="json")
    names = ("abstained", "reason", "confidence", "dropped", "conflicts", "notices", "degraded")
    checked = {"sentences": len(dumped["sentences"]), **{name: dumped[name] for name in names}}
    yield ChatEvent(kind="verification", data=checked)
    yield ChatEvent(kind="done", data={**ids, "answer": dumped})


def _query(ids: dict[str, str], question: str, query: str) -> ChatEvent:
    rewritten = query != " ".join(question.split())
    data = {**ids, "question": question, "query": query, "rewritten": rewritten}
    return ChatEvent(kind="query", data=data)


def _sources(sources: list[dict[str, Any]]) -> ChatEvent:
    return ChatEvent(kind="sources", data={"sources": sources})


def _read(found: Found) -> list[dict[str, Any]]:
    """Name the articles that were read, the best first."""
    articles = [item.candidate.article for item in found.readings[0]]
    return _named((article.id, article.version, article) for article in articles)


def _cited(answer: Answer) -> list[dict[str, Any]]:
    """Name the articles that an answer cites, or that came closest."""
    nearest = [item.article for item in answer.nearest]
    return _named(
        [(item.article_id, item.version, item) for item in answer.citations]
        or [(item.id, item.version, item) for item in nearest]
    )


def _named(articles: Iterable[tuple[str, int, Any]]) -> list[dict[str, Any]]:
    """Return each article once, as JSON has it."""
    found: dict[str, dict[str, Any]] = {}
    for name, version, item in articles:
        day = item.published_at
        found.setdefault(
            name,
            {
                "article_id": name,
                "version": version,
                "title": item.title,
                "title_from": item.title_from,
                "outlet": item.outlet,
                "published_at": day.isoformat() if day else None,
                "url": item.url,
            },
        )
    return list(found.values())[:SHOWN]
