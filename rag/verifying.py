"""Check any text against articles: sentence by sentence, with the passages that decide.

Of the likeliest passages the one that the judge finds to support the sentence most is taken, and
the rules of `rag/ask/consistency.py` may object, as `eval/systems/verifiers.py` measures it. Beyond
that, every quotation in the sentence must stand in the article letter by letter, and a sentence of
which nearly all words stand in one sentence of the article needs no judge where no rule objects:
the judge knows well what a passage is about, and less well whether it agrees.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from rag.answering import NO_FILTERS, Answering, check_utf8
from rag.ask.attribute import attribute, denies, rejects_too
from rag.ask.consistency import NEGATES, check, denies_the_same
from rag.attribution.roles import is_role
from rag.attribution.speakers import namesake
from rag.errors import QuestionError
from rag.language import Span, nearest, normalise, quoted, sentences, terms
from rag.models.reader import Claim, Support
from rag.types import Filters
from rag.verify_types import CheckedPassage, CheckedSentence, Given, Verdict, Verification

MAX_CHARS = 20_000
"""Code points of a text that is checked at once."""
MAX_SENTENCES = 100
PASSAGES = 4
"""Passages that each sentence is held against."""
STRETCH = 6
"""Sentences of a given article that are read as one passage: most fit what the network reads."""
ENOUGH = 0.35
"""The judge's support from here on is enough: .85 of the supported claims of newsdesk have it
(`python -m rag.models.training.claims`)."""
ENOUGH_ELSEWHERE = 0.5
"""And from here on in another passage than the likeliest, in which somebody else says it."""
ABOUT = 0.5
"""A passage is about a claim below this probability that it states nothing of it."""
REVERSED = 0.45
"""A claim in the words of a passage that the judge does not support, and contradicts from here on,
is no copy of it: "was on the list" of "was not included in the list"."""
DENIED_ALIKE = 0.5
"""From here on the judge's support counts more than that the negations stand in other places."""
CERTAIN = 0.75
"""The judge alone contradicts from here on; below, a rule must have objected."""
COPY = 0.75
"""Share of a sentence's words in one sentence of a passage from which it is a copy, to which every
rule of consistency applies strictly: the same as there."""


@dataclass(frozen=True, slots=True)
class Place:
    """A passage with all that a sentence is held against."""

    shown: CheckedPassage
    context: str
    """Its whole article."""


class Verifying:
    """Checks texts against the collection, or against articles that come with them."""

    def __init__(self, answering: Answering) -> None:
        self._answering = answering

    def verify(
        self, text: str, given: Sequence[Given] = (), filters: Filters = NO_FILTERS
    ) -> Verification:
        """Return a verdict for each sentence of a text of 1 to MAX_CHARS code points.

        With ``given`` articles only these are looked at and ``filters`` mean nothing. Raises
        QuestionError or FilterError.
        """
        spans = self._spans(text, filters)
        stretches = [place for article in given for place in _stretches(article)]
        found = []
        for start, end in spans:
            claim = text[start:end]
            places = _likeliest(claim, stretches) if given else self._retrieved(claim, filters)
            found.append(self._decide(start, end, claim, places))
        judge = self._answering.judge()
        verdicts = [item.verdict for item in found]
        return Verification(
            sentences=tuple(found),
            supported=verdicts.count("supported"),
            contradicted=verdicts.count("contradicted"),
            not_found=verdicts.count("not_found"),
            models={} if judge is None else {"judge": judge.fingerprint},
            notices=() if given else self._answering.notices(filters),
        )

    def _spans(self, text: str, filters: Filters) -> list[Span]:
        self._answering.check("any", filters)
        if not any(char.isalnum() for char in text):
            raise QuestionError("The text is empty.", remedy="Send a text with words.")
        if len(text) > MAX_CHARS:
            raise QuestionError(
                f"The text has {len(text):,} code points; the most is {MAX_CHARS:,}.",
                remedy="Send it in parts.",
            )
        check_utf8(text, "text")
        spans = list(sentences(text))
        if len(spans) > MAX_SENTENCES:
            raise QuestionError(
                f"The text has {len(spans):,} sentences; the most is {MAX_SENTENCES}.",
                remedy="Send it in parts.",
            )
        return spans

    def _retrieved(self, claim: str, filters: Filters) -> list[Place]:
        longest = self._answering.settings.max_question_chars
        found = self._answering.candidates(claim[:longest], filters, PASSAGES)
        self._answering.recall(found)
        return [
            Place(
                CheckedPassage(
                    article_id=item.article.id,
                    version=item.article.version,
                    start=item.passage.start,
                    end=item.passage.end,
                    text=item.passage.text,
                    title=item.article.title,
                    outlet=item.article.outlet,
                    published_at=item.article.published_at,
                    url=item.article.url,
                    supported=None,
                    contradicted=None,
                    reason=None,
                ),
                item.article.text,
            )
            for item in found
        ]

    def _decide(self, start: int, end: int, claim: str, places: Sequence[Place]) -> CheckedSentence:
        def verdict(
            kind: Verdict, reason: str | None, passages: Sequence[CheckedPassage] = ()
        ) -> CheckedSentence:
            return CheckedSentence(
                start=start, end=end, text=claim, verdict=kind, reason=reason,
                passages=tuple(passages),
            )  # fmt: skip

        if not terms(normalise(claim)):
            return verdict("not_found", "no_claim")
        if not places:
            return verdict("not_found", "no_passage")
        judged = self._judged(claim, places)
        order = sorted(
            range(len(places)), key=lambda at: (-_support(judged[at], claim, places[at]), at)
        )
        reasons = [objection(claim, place) for place in places]
        if reasons[order[0]] == "speaker_differs":
            # Who is named may say so in another passage.
            order.sort(
                key=lambda at: (
                    reasons[at] is not None
                    or _support(judged[at], claim, places[at]) < ENOUGH_ELSEWHERE
                )
            )
        shown = [
            replace(
                places[at].shown,
                supported=None if (found := judged[at]) is None else round(found.supported, 4),
                contradicted=None if found is None else round(found.contradicted, 4),
                reason=reasons[at],
            )
            for at in order
        ]
        best, found = shown[0], judged[order[0]]
        place = places[order[0]]
        if best.reason in HEDGED and _holds(rejects_too, claim, place):
            best = shown[0] = replace(best, reason=None)
        if best.reason in NEGATED and _denied_alike(claim, place, found):
            best = shown[0] = replace(best, reason=None)
            return verdict("supported", None, shown)
        copied = copied_share(claim, best.text) >= COPY
        if best.reason is None and (copied or (found is not None and found.supported >= ENOUGH)):
            if _holds(denies, claim, place):
                denial = replace(best, reason="denial_as_assertion")
                return verdict("contradicted", "denial_as_assertion", [denial, *shown[1:]])
            alike = _holds(rejects_too, claim, place) or denies_the_same(claim, best.text)
            if not alike and _against(claim, best.text, found):
                return verdict("contradicted", "contradicted", shown)
            return verdict("supported", None, shown)
        about = copied or (found is not None and found.not_stated < ABOUT)
        if best.reason is not None and best.reason not in MISSING and about:
            return verdict("contradicted", best.reason, shown)
        against = next((item for item in shown if (item.contradicted or 0.0) >= CERTAIN), None)
        if against is not None and best.reason not in MISSING:
            rest = [item for item in shown if item is not against]
            return verdict("contradicted", against.reason or "contradicted", [against, *rest])
        return verdict("not_found", best.reason or "not_stated", shown)

    def _judged(self, claim: str, places: Sequence[Place]) -> Sequence[Support | None]:
        judge = self._answering.judge()
        if judge is None:
            return [None] * len(places)
        claims = [
            Claim(claim, place.shown.text, place.shown.title, place.shown.published_at)
            for place in places
        ]
        return judge.support(claims)


def _against(claim: str, passage: str, found: Support | None) -> bool:
    """Whether the judge takes a claim in the article's words, not a copy, for its opposite."""
    if found is None or claim.rstrip(" .") in passage:
        return False
    return found.contradicted >= REVERSED and found.supported < ENOUGH


def _denied_alike(claim: str, place: Place, found: Support | None) -> bool:
    """Whether a claim and what it is held against deny the same.

    "Kellogg was not suspended", where the article tells that such reports are refuted; and "was not
    on the list" of "was not included in the list", if the judge supports it.
    """
    if not NEGATES.search(claim) or _TWICE.search(claim):
        return False
    if _holds(denies, NEGATES.sub(" ", claim), place):
        return True
    span = _nearest(claim, place)
    if span is None or found is None or not NEGATES.search(place.context[slice(*span)]):
        return False
    return found.supported >= DENIED_ALIKE and found.supported > found.contradicted


def _nearest(claim: str, place: Place) -> Span | None:
    """Return the sentence of a passage that has most of a claim's words."""
    start, end = place.shown.start, place.shown.end
    spans = (span for span in sentences(place.context) if start <= span[0] and span[1] <= end)
    return nearest(claim, place.context, spans)


def _holds(rule: Callable[[str, str, int, int], bool], claim: str, place: Place) -> bool:
    """Whether something holds of that sentence."""
    span = _nearest(claim, place)
    return span is not None and rule(claim, place.context, *span)


HEDGED = ("modality_differs",)
"""What is rejected is told with a reserve ("was allegedly suspended") that a sentence about the
rejection need not repeat."""
_TWICE = re.compile(
    r"\b(?:not|never|\w+n['’]t) (?:\w+ )?(?:refuse|fail|reject|deny|decline|dismiss)", re.IGNORECASE
)
"""Denies a denial: "did not refuse"."""
NEGATED = ("negation_differs",)
MISSING = ("name_not_in_evidence", "speaker_differs")
"""Rules that say the passage tells of somebody else, not otherwise."""


def objection(claim: str, place: Place) -> str | None:
    """Return the first rule by which a sentence differs from a passage.

    `quote_not_verbatim` where it puts words into quotation marks that its article does not have,
    else as ``rag.ask.consistency.check``, else `speaker_differs`.
    """
    if any(claim[start:end] not in place.context for start, end in quoted(claim)):
        return "quote_not_verbatim"
    title, text = place.shown.title, place.shown.text
    differs = check(
        claim,
        [text[start:end] for start, end in sentences(text)],
        context=[place.context, *([title] if title else [])],
        published_at=place.shown.published_at,
    )
    return differs or ("speaker_differs" if _misattributed(claim, place) else None)


def _misattributed(claim: str, place: Place) -> bool:
    """Whether a claim has somebody say what the passage has another say."""
    who = _speaker(claim, 0, len(claim))
    span = _nearest(claim, place)
    if who is None or span is None:
        return False
    teller = _speaker(place.context, *span)
    if teller is None or teller == who:
        return False
    named = [namesake(word) for word in place.context[slice(*span)].split()]
    # "President Putin supported the idea," Peskov said: what somebody does is told of him first.
    before = named[: named.index(teller)] if teller in named else named
    return who not in before


def _speaker(text: str, start: int, end: int) -> str | None:
    """Return what the names of whoever speaks in a stretch of a text share, if it is a name."""
    speaker = attribute(text, start, end).speaker
    return None if speaker is None or is_role(speaker) else namesake(speaker)


def copied_share(claim: str, text: str) -> float:
    """Return the largest share of a claim's content words that stand in one sentence of a text."""
    return max((_share(claim, text[start:end]) for start, end in sentences(text)), default=0.0)


def _support(judged: Support | None, claim: str, place: Place) -> float:
    """Return how well a passage carries a sentence, to choose among passages."""
    copied = copied_share(claim, place.shown.text)
    if judged is None:
        return copied
    return max(judged.supported, copied if copied >= COPY else 0.0)


def _share(claim: str, text: str) -> float:
    wanted = set(terms(normalise(claim)))
    return len(wanted & set(terms(normalise(text)))) / max(1, len(wanted))


def _stretches(article: Given) -> list[Place]:
    """Cut an article into passages, each half over the next."""
    spans = sentences(article.text)
    step = STRETCH // 2
    return [
        Place(_given(article, (spans[at][0], spans[min(at + STRETCH, len(spans)) - 1][1])),
              article.text)
        for at in range(0, max(1, len(spans) - step), step)
        if spans
    ]  # fmt: skip


def _given(article: Given, span: Span) -> CheckedPassage:
    published: datetime | None = article.published_at
    return CheckedPassage(
        article_id=article.id,
        version=None,
        start=span[0],
        end=span[1],
        text=article.text[slice(*span)],
        title=article.title,
        outlet=article.outlet,
        published_at=published,
        url=article.url,
        supported=None,
        contradicted=None,
        reason=None,
    )


def _likeliest(claim: str, places: Sequence[Place]) -> list[Place]:
    """Return the passages with the most words of the claim, most first."""
    return sorted(places, key=lambda place: -_share(claim, place.shown.text))[:PASSAGES]
