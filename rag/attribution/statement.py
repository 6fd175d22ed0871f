"""What a statement is: who says what in an article, with exact spans."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from rag.language import Span

StatementType = Literal["direct", "indirect", "mixed"]

RULES = "7"
"""Of the rules that find statements. Raise it when they find others than before: what is stored is
then made anew. A test compares what they find in the seeds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One thing that somebody says, as one article reports it.

    Spans count code points of the article's text, end exclusive.
    """

    speaker: str | None
    """Who speaks, by the fullest name the article gives; None where it is not plain."""
    speaker_span: Span | None
    """Where that name stands: in the sentence, or where a pronoun or role takes it from."""
    mention: Span | None
    """The words that name the speaker in the sentence itself: "he", "the envoy", a name."""
    cue: str | None
    """The reporting word as written, such as `said`; None for a quotation that goes on without."""
    cue_span: Span | None
    content: tuple[Span, ...]
    """What is said, quotation marks included; several spans where the reporting words split it."""
    types: tuple[StatementType, ...]
    """How each span of the content is said."""
    spoken: bool = True
    """Whether it was said or written; False for what somebody thinks, wants, shows or feels."""
    denied: bool = False
    """Whether the speaker rejects what the content says."""
    negated: bool = False
    """Whether the speaker is reported not to have said it: "did not say", "declined to confirm"."""
    hedged: bool = False
    """Whether the saying itself is uncertain: "may say", "is said to", "reportedly"."""
    medium: str | None = None
    """Where it was said, as written: "Bloomberg TV" in "told Bloomberg TV"."""
    when: str | None = None
    """The day of the saying, as written: "on Friday"."""
    sentence: Span
    """The sentence with the reporting words, or of the quotation where there are none."""

    @property
    def quote_type(self) -> StatementType:
        """`direct` when all of it is quoted sentences, `indirect` when nothing is, else `mixed`."""
        kinds = set(self.types)
        return self.types[0] if len(kinds) == 1 else "mixed"

    def type_at(self, start: int, end: int) -> StatementType:
        """How the part of the content that a stretch of the article touches is said."""
        shared = [max(0, min(b, end) - max(a, start)) for a, b in self.content]
        return self.types[shared.index(max(shared))]

    @property
    def asserted(self) -> bool:
        """Whether the speaker stands behind the content without reserve."""
        return not (self.denied or self.negated or self.hedged)


def covering(found: Sequence[Statement], start: int, end: int) -> Statement | None:
    """Return the statement that reports the stretch ``start`` to ``end``, None where none does.

    Of several, the one that covers more of it; then words before thoughts, since "said he thinks"
    is said; then the innermost.
    """
    best: Statement | None = None
    rank: tuple[float, bool, int] = (0.0, False, 0)
    for item in found:
        shared = sum(max(0, min(b, end) - max(a, start)) for a, b in item.content)
        if not shared:
            continue
        size = sum(b - a for a, b in item.content)
        named = item.spoken and item.mention is not None
        candidate = (round(shared / max(1, end - start), 1), named, -size)
        if best is None or candidate > rank:
            best, rank = item, candidate
    return best
