"""What a case is, and how a file of cases is read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from pydantic import ConfigDict, TypeAdapter, ValidationError

from eval import jsonl
from eval.errors import CaseError
from rag.language import Span
from rag.types import ConflictType, Filters, QuoteType, Turn

STRICT = ConfigDict(extra="forbid")


@dataclass(frozen=True, slots=True, kw_only=True)
class Gold:
    """A stretch of an article that carries the answer."""

    __pydantic_config__ = STRICT

    article: str
    quote: str = ""
    """Verbatim; empty where a set names the article only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What a person said of the claim that the case's question is."""

    __pydantic_config__ = STRICT

    supported: bool
    """Whether the articles carry all of it."""
    label: str
    """As the set has it, such as `contradicted`; figures are sliced by it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """What somebody says in the article, in code points of its text as the suite has it."""

    __pydantic_config__ = STRICT

    asked: tuple[Span, ...]
    """The stretch whose speaker is asked for; empty: every statement of the article is."""
    source: tuple[Span, ...] = ()
    """The words that name the speaker, where a set marks them."""
    content: tuple[Span, ...] = ()
    """The whole of what is said, where a set marks it."""
    statements: tuple[tuple[Span, ...], ...] = ()
    """The contents of all statements, where every one is asked for."""
    named_by: str | None = None
    """`name`, `pronoun` or `description`; figures are sliced by it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A question and what a good answer to it is; what is None or empty cannot be scored."""

    __pydantic_config__ = STRICT

    id: str
    kind: str
    """Figures are sliced by it."""
    question: str
    history: tuple[Turn, ...] = ()
    standalone: str | None = None
    """A follow-up written out by a person."""
    answerable: bool | None = None
    """Whether the articles state the answer; None where nobody labelled it."""
    answers: tuple[str, ...] = ()
    """Any of them is right."""
    must: tuple[tuple[str, ...], ...] = ()
    """Of each group, one string has to be in a right answer."""
    evidence: tuple[tuple[Gold, ...], ...] = ()
    """Each group is one thing to find; within a group, any alternative will do."""
    speaker: str | None = None
    quote_type: QuoteType | None = None
    polarity: str | None = None
    """For yes-or-no questions: what the articles say."""
    conflict: ConflictType | Literal["none"] | None = None
    """How the articles disagree; "none" where somebody made sure that they agree."""
    note: str | None = None
    as_of: datetime | None = None
    within: tuple[str, ...] = ()
    """The articles that may be used; empty: all."""
    origin: str | None = None
    """The article or running story it was written from: decides what is held out."""
    claim: Claim | None = None
    """Of a case that asks for verification: the question is the claim."""
    spoken: Spoken | None = None
    """Of a case that asks for attribution."""

    @property
    def filters(self) -> Filters:
        """What part of the collection the question is asked of."""
        return Filters(as_of=self.as_of, articles=self.within)

    @property
    def articles(self) -> frozenset[str]:
        """Every article that the case names."""
        named = {gold.article for group in self.evidence for gold in group} | set(self.within)
        return frozenset(named | ({self.origin} if self.origin else set()))


_CASE: TypeAdapter[Case] = TypeAdapter(Case)


def case_from_row(row: dict[str, Any], place: str) -> Case:
    """Check one row; raises CaseError with ``place`` and the reason."""
    try:
        case = _CASE.validate_python(row)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise CaseError(f"{place}: {where}: {first['msg']}.") from error
    if reason := _objection(case):
        raise CaseError(f"{place}: {reason}.")
    return case


def case_to_row(case: Case) -> dict[str, Any]:
    """Write a case as JSON has it."""
    row: dict[str, Any] = _CASE.dump_python(case, mode="json")
    for task in ("claim", "spoken"):
        # Left out where they are not, so that what was asked before them has the same checksum.
        if row[task] is None:
            del row[task]
    return row


def load_cases(path: Path) -> tuple[Case, ...]:
    """Read a file of cases; raises CaseError for the first bad row, with file, line and reason."""
    cases: dict[str, Case] = {}
    for number, row in jsonl.rows(path):
        case = case_from_row(row, f"{path}, line {number}")
        if case.id in cases:
            raise CaseError(f"{path}, line {number}: the id {case.id!r} is there already.")
        cases[case.id] = case
    if not cases:
        raise CaseError(f"{path} holds no cases.")
    return tuple(cases.values())


def _objection(case: Case) -> str | None:
    if not case.id or not case.question.strip():
        return "id and question must not be empty"
    if case.answerable is False and (case.evidence or case.answers or case.must):
        return "an unanswerable case has no answers and no evidence"
    if any(not group for group in (*case.evidence, *case.must)):
        return "a group of evidence or of must is empty"
    if case.as_of is not None and case.as_of.tzinfo is None:
        return "as_of has no time zone"
    return None
