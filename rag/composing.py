"""Choose who writes an answer: the language model where there is one that replies, else nobody.

Without a model, and whenever it fails, the answer is the quotations that were chosen.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
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


class Composer(Protocol):
    """Writes drafts."""

    def __call__(self, task: Task) -> Composition:
        """Write one; raises LlmStopped."""
        ...


def quotations(task: Task) -> Composition:
    """Quote the evidence."""
    return Composition(draft=tuple(compose.compose(task.evidence, attribute.attribute)))


class Writing:
    """Lets a model write, and quotes where it fails.

    ``model`` is asked for when it is needed; None: there is none.
    """

    def __init__(
        self, model: Callable[[], LanguageModel | None], judge: Callable[[], Judge | None]
    ) -> None:
        self._model = model
        self._judge = judge

    def __call__(self, task: Task) -> Composition:
        """Write a draft; raises LlmStopped."""
        model = self._model()
        if model is None or not task.evidence:
            return quotations(task)
        models = {"llm": model.fingerprint}
        if task.trouble is not None:
            return _instead(task, models, task.trouble, degraded=True)
        try:
            written = write.write(
                task.question,
                task.evidence,
                attribute.attribute,
                lambda system, user, schema: model.write(
                    system, user, schema, task.stopped, task.spending
                ),
                self._judge(),
            )
        except LlmStopped:
            raise
        except LlmError as error:
            return _instead(task, models, error.message, degraded=True)
        if written.malformed:
            return _instead(task, models, "Two replies were not of the form asked for.", True)
        dropped = (*written.dropped, *_unverified(written, task))
        if written.not_stated:
            if task.confidence < MORE_LIKELY_THAN_NOT:
                return Composition(dropped=dropped, models=models)
            return _instead(task, models, "The language model found no answer in them.", False)
        draft = _completed(written.draft, task)
        return Composition(draft=draft, dropped=dropped, models=models)


def _instead(task: Task, models: Mapping[str, str], why: str, degraded: bool) -> Composition:
    """Quote, and say why nothing else was written."""
    quoted = quotations(task)
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


def _completed(draft: Sequence[DraftSentence], task: Task) -> tuple[DraftSentence, ...]:
    """Add what may not be missing: the sentence that decides, first, and each side."""
    quoted = {
        id(item): sentence
        for item, sentence in zip(task.evidence, quotations(task).draft, strict=True)
    }
    said = list(draft)
    if not said:
        return tuple(quoted.values())
    if task.verdict is not None:
        deciding = task.evidence[0]
        own = next((item for item in said if deciding in item.evidence), quoted[id(deciding)])
        said = [own, *(item for item in said if item is not own)]
    told = [item for sentence in said for item in sentence.evidence]
    said += [quoted[id(side)] for side in task.sides if side not in told and id(side) in quoted]
    return tuple(said)
