"""Choose who writes an answer: the language model where there is one that replies, else nobody.

Without a model, and whenever it fails, the answer is the quotations that were chosen.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Event
from typing import Protocol

from rag.ask import attribute, compose, write
from rag.ask.kinds import Kind
from rag.ask.polarity import Verdict
from rag.errors import LlmError, LlmStopped
from rag.models.llm import LanguageModel
from rag.models.reader import Judge
from rag.spending import Spending
from rag.types import DraftSentence, Dropped, Evidence, Notice

MORE_LIKELY_THAN_NOT = 0.5
"""The articles answer, by the reader, whatever the model says: quotations are given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What is to be written."""

    question: str
    kind: Kind
    evidence: tuple[Evidence, ...]
    """The chosen sentences, in reading order; empty: there is nothing to say."""
    verdict: Verdict | None = None
    """What the first of them says to a yes-or-no question."""
    sides: tuple[Evidence, ...] = ()
    """Those that disagree, of which none may be left out."""
    confidence: float = 0.0
    stopped: Event | None = None
    """Set when nobody waits any more."""
    trouble: str | None = None
    """Why the model did not reply when it was to complete the question: it is not asked again."""
    spending: Spending = field(default_factory=Spending)
    """What the question has taken of a language model so far."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Composition:
    """A draft, still to be verified, and how it came about."""

    draft: tuple[DraftSentence, ...] = ()
    dropped: tuple[Dropped, ...] = ()
    notices: tuple[Notice, ...] = ()
    models: Mapping[str, str] = field(default_factory=dict)
    degraded: bool = False
    """The model that should have written it did not."""


Composing = Generator[DraftSentence, None, Composition]
"""Yields the sentences of a draft as they come, and returns the whole."""


class Composer(Protocol):
    """Writes drafts."""

    def __call__(self, task: Task) -> Composing:
        """Write one; raises LlmStopped."""
        ...


def quotations(task: Task) -> Composing:
    """Quote the evidence."""
    draft: list[DraftSentence] = []
    for item in task.evidence:
        draft += _quoted([item])
        yield draft[-1]
    return Composition(draft=tuple(draft))


class Writing:
    """Lets a model write, and quotes where it fails.

    ``model`` is asked for when it is needed; None: there is none.
    """

    def __init__(
        self, model: Callable[[], LanguageModel | None], judge: Callable[[], Judge | None]
    ) -> None:
        self._model = model
        self._judge = judge

    def __call__(self, task: Task) -> Composing:
        """Write a draft; raises LlmStopped."""
        model = self._model()
        if model is None or not task.evidence:
            return (yield from quotations(task))
        models = {"llm": model.fingerprint}
        if task.trouble is not None:
            return (yield from _instead(task, models, task.trouble, degraded=True))
        writing = write.write(
            task.question,
            task.evidence,
            attribute.attribute,
            lambda system, user, schema: model.write(
                system, user, schema, task.stopped, task.spending
            ),
            self._judge(),
        )
        try:
            written, draft = yield from _completed(writing, task)
        except LlmStopped:
            raise
        except LlmError as error:
            return (yield from _instead(task, models, error.message, degraded=True))
        if written.malformed:
            why = "Two replies were not of the form asked for."
            return (yield from _instead(task, models, why, degraded=True))
        dropped = (*written.dropped, *_unverified(written, task))
        if written.not_stated and task.confidence < MORE_LIKELY_THAN_NOT:
            return Composition(dropped=dropped, models=models)
        if written.not_stated:
            why = "The language model found no answer in them."
            return (yield from _instead(task, models, why, degraded=False))
        if not draft:
            draft = (yield from quotations(task)).draft
        return Composition(draft=draft, dropped=dropped, models=models)


def _instead(task: Task, models: Mapping[str, str], why: str, *, degraded: bool) -> Composing:
    """Quote, and say why nothing else was written."""
    quoted = yield from quotations(task)
    notice = Notice(
        code="degraded" if degraded else "quoted_instead",
        message=f"The answer is quotations alone. {why}",
    )
    return Composition(draft=quoted.draft, notices=(notice,), models=models, degraded=degraded)


def _unverified(written: write.Written, task: Task) -> Sequence[Dropped]:
    """List a yes or no that our own check of the deciding sentence does not bear out."""
    if written.polarity is None or written.polarity == task.verdict:
        return ()
    return (Dropped(text=f"{written.polarity}.", reason="polarity_not_verified"),)


def _completed(
    writing: Generator[DraftSentence, None, write.Written], task: Task
) -> Generator[DraftSentence, None, tuple[write.Written, tuple[DraftSentence, ...]]]:
    """Add what may not be missing: the sentence that decides, first, and each side.

    What comes before the one that decides is held back. Where nothing is written, nothing is added.
    """
    said: list[DraftSentence] = []
    held: list[DraftSentence] = []
    deciding = task.evidence[0] if task.verdict is not None else None
    while True:
        try:
            sentence = next(writing)
        except StopIteration as end:
            written: write.Written = end.value
            break
        if deciding is not None and deciding not in sentence.evidence:
            held.append(sentence)
            continue
        deciding = None
        for item in (sentence, *held):
            said.append(item)
            yield item
        held.clear()
    if not said and not held:
        return written, ()
    more: list[DraftSentence] = [] if deciding is None else _quoted([deciding])
    more += held
    told = [item for sentence in (*said, *more) for item in sentence.evidence]
    more += _quoted([side for side in task.sides if side not in told and side in task.evidence])
    yield from more
    return written, (*said, *more)


def _quoted(evidence: Sequence[Evidence]) -> list[DraftSentence]:
    return compose.compose(evidence, attribute.attribute)
