"""How sure it is that the articles answer a question."""

from __future__ import annotations

from collections.abc import Sequence

from rag.ask.coverage import names_known
from rag.ask.kinds import Kind
from rag.ask.odds import more
from rag.ask.plan import Plan
from rag.ask.select import quote
from rag.language import terms
from rag.types import Evidence

UNKNOWN_NAME = 2.0
"""Log-odds that a name costs which the best article lacks, times the share of such names. On 150
newsdesk questions 1 to 3 make .76 to .79 of the decisions to answer right, 0 makes .75; nothing
changes on the gold set."""
MANY = ("several", "compare", "change")
"""Kinds of question that several articles may answer together."""
MANY_MORE = 0.8
"""Log-odds that are added where several sentences are quoted, since any of them may be right. On
questions about unseen articles 1.15 fits best (`python -m rag.models.training.blend`), but then
less than half of the unanswerable ones about a story are declined."""
ALL_SAID, WORDED = 0.5, 3
"""The least confidence when the first sentence has every content word of a question that has at
least WORDED of them. The reader was taught on questions in words far from their articles' and is
too unsure of plain ones; of 22 unseen questions with such a sentence 17 are answerable."""


def confidence(planned: Plan, readings: Sequence[Sequence[Evidence]]) -> float:
    """Return how sure it is that the articles answer: of the whole, or of its parts on average."""
    whole, *parts = [
        _sure(text, evidence, planned.kind)
        for text, evidence in zip([planned.text, *planned.parts], readings, strict=True)
    ]
    return max(whole, sum(parts) / len(parts)) if parts else whole


def _sure(text: str, evidence: Sequence[Evidence], kind: Kind) -> float:
    """Return the reader's probability for the best sentence, less where its article lacks names."""
    if not evidence:
        return 0.0
    read_for = evidence if kind in MANY else evidence[:1]
    outlets = (item.candidate.article.outlet for item in evidence)
    known = names_known(text, [item.candidate.article for item in read_for], outlets)
    doubt = UNKNOWN_NAME * (1 - known) - (MANY_MORE if kind in MANY else 0.0)
    sure = more(evidence[0].answerable, -doubt)
    words = set(terms(text))
    if len(words) >= WORDED and not evidence[0].open and words <= set(terms(quote(evidence[0]))):
        return max(sure, ALL_SAID)
    return sure
