"""Say who speaks in a sentence of an article, from the statements that the article reports."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.attribution import Statement, covering, statements
from rag.language import Span, terms
from rag.types import Attribution, QuoteType

ASIDE = 0.25
"""Of a sentence that has less of somebody's indirect words than this, nobody is the speaker: of 140
such sentences of newsdesk's and newsroom's answers, read one by one, it would be wrong of nearly
all ("The Chiefs posted an impressive record")."""
_SAYS = re.compile(
    r"(?:sa(?:y|id)|told|tell|add|according|wrote|write|not(?:e|ing)|explain|remark|report|confirm|"
    r"stress|emphasi[sz])",
    re.IGNORECASE,
)
_SHARED = 2
"""Words in which what is rejected is the same."""
_REJECTED = r"den(?:y|ies|ied|ying)|dismiss\w*|refut\w*|reject\w*|rebut\w*|disput\w*|debunk\w*"
_DENIES = re.compile(rf"\b(?:{_REJECTED})\b", re.IGNORECASE)
REJECTS = re.compile(
    rf"\b(?:{_REJECTED}|denials?|contradict\w*|not|never|n['’]t|no|false|untrue|reports?|rumou?rs?|"
    r"claims?|allegations?|alleged)\b",
    re.IGNORECASE,
)
"""Words that ask of a rejection, or of what was only reported."""


def attribute(text: str, start: int, end: int) -> Attribution:
    """Say who speaks in ``text[start:end]``, a sentence of the article ``text``.

    A pronoun or a role ("the spokesman") stands for a speaker named before where it is plain which,
    and so does a quotation without reporting words. Where it is not, the speaker is None. A
    sentence that reports a denial anywhere counts as denied. Raises ModelMissing and ModelDamaged
    when the parser cannot be loaded.
    """
    every = statements(text)
    here = [item for item in every if _touches(item, start, end)]
    main = _main(here, start, end)
    if main is None:
        # Only the reporting words were asked for.
        here = [item for item in every if _reports(item, start, end)]
        main = here[0] if here else None
    if main is None:
        return Attribution(speaker=None, quote_type="narration")
    denial = next((item for item in here if item.denied and _cued(item, start, end)), None)
    if denial is None and _aside(main, start, end):
        return Attribution(speaker=None, quote_type="narration")
    chosen = denial or main
    return Attribution(
        speaker=chosen.speaker,
        quote_type=_type(main, start, end),
        cue=chosen.cue if _cued(chosen, start, end) else None,
        denied=denial is not None,
        medium=chosen.medium,
        when=chosen.when,
    )


def denied(text: str, start: int, end: int) -> list[Span]:
    """Return what ``text[start:end]`` tells only to say that somebody rejects it."""
    return [
        (max(a, start), min(b, end))
        for item in statements(text)
        if item.denied
        for a, b in item.content
        if a < end and start < b
    ]


def denies(words: str, text: str, start: int, end: int) -> bool:
    """Whether a sentence tells what ``words`` say only to reject it.

    It does where it has at least as many of the words in what is rejected as beside that, and the
    words do not speak of a rejection themselves.
    """
    asked = set(terms(words))
    if REJECTS.search(words):
        return False
    spans = denied(text, start, end)
    inside = {term for a, b in spans for term in terms(text[a:b])}
    rest = "".join(text[at] for at in range(start, end) if not any(a <= at < b for a, b in spans))
    shared = len(asked & inside)
    return shared > 0 and shared >= len(asked & set(terms(rest)))


def rejects_too(words: str, text: str, start: int, end: int) -> bool:
    """Whether ``words`` speak of a rejection, and a sentence tells one of the same."""
    if not _DENIES.search(words):
        return False
    inside = {term for a, b in denied(text, start, end) for term in terms(text[a:b])}
    return len(inside & set(terms(words))) >= _SHARED


def _main(here: Sequence[Statement], start: int, end: int) -> Statement | None:
    """Choose the statement that a sentence is about: the one that covers most of it.

    Unless that is not all: the words that somebody is quoted with come before what the sentence
    reports beside them ("..., said Ruiz, adding that") or whoever passes them on ("according to
    Reuters"), and somebody with a name before somebody without.
    """
    main = covering(here, start, end)
    if main is None:
        return None
    if main.speaker is None:
        named = [item for item in here if item.speaker is not None and _cued(item, start, end)]
        main = covering(named, start, end) or main
    quoted = [
        item
        for item in here
        if _cued(item, start, end)
        and item.asserted
        and (item.speaker == main.speaker or (item.speaker and _within(item, main)))
    ]
    inner = [
        item
        for item in quoted
        if item is not main and item.spoken and _named(item) and _within(item, main)
    ]
    if _type(main, start, end) != "direct" and (
        told := covering(
            [item for item in inner if _type(item, start, end) != "indirect"], start, end
        )
    ):
        return told
    for kind in ("direct", "mixed"):
        if _type(main, start, end) == kind:
            return main
        if fitting := [item for item in quoted if _type(item, start, end) == kind]:
            return covering(fitting, start, end) or main
    return main


def _within(inner: Statement, outer: Statement) -> bool:
    """Whether one statement is told inside of another, reporting words and all."""
    return inner.cue_span is not None and any(
        start <= inner.cue_span[0] < end for start, end in outer.content
    )


def _named(item: Statement) -> bool:
    """Whether whoever speaks has a name, not "the resolution", and is not only who passes it on."""
    passed_on = item.cue is not None and item.cue.lower().startswith("according")
    return (
        not passed_on
        and item.speaker is not None
        and item.speaker[0].isupper()
        and item.speaker[:4] != "The "
    )


def _touches(item: Statement, start: int, end: int) -> bool:
    return any(a < end and start < b for a, b in item.content)


def _cued(item: Statement, start: int, end: int) -> bool:
    return item.cue_span is not None and start <= item.cue_span[0] < end


def _reports(item: Statement, start: int, end: int) -> bool:
    """Whether the stretch lies in the sentence and holds the speaker's mention or the cue."""
    if not item.sentence[0] <= start < end <= item.sentence[1]:
        return False
    named = item.mention is not None and start <= item.mention[0] < end
    return named or _cued(item, start, end)


def _aside(item: Statement, start: int, end: int) -> bool:
    """Whether a sentence only touches on what somebody says: "disapprove of its decision to stay".

    What is reported with a plain word of saying, in parentheses as it may be, is no aside.
    """
    if _type(item, start, end) != "indirect" or _SAYS.match(item.cue or ""):
        return False
    first, last = item.sentence
    if first <= start and end <= last:
        # Only a part of the sentence is asked for, perhaps the reporting words alone.
        start, end = first, last
    told = sum(min(b, end) - max(a, start) for a, b in item.content if a < end and start < b)
    return told < ASIDE * (end - start)


def _type(item: Statement, start: int, end: int) -> QuoteType:
    kinds = {
        kind for (a, b), kind in zip(item.content, item.types, strict=True) if a < end and start < b
    }
    kinds = kinds or set(item.types)
    return "direct" if "direct" in kinds else "mixed" if "mixed" in kinds else "indirect"
