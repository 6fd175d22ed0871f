"""Read the candidates: a score for each of their sentences."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from rag.ask.coverage import Wanted, around
from rag.ask.odds import log_odds, probability
from rag.language import Span, sentences, terms
from rag.models.reader import Reader, Vector
from rag.types import Candidate, Evidence, Reading, Sentence

# How a sentence is weighed: the log-odds of the reader, how early retrieval proposed its passage
# (1 / rank), and how much of the question it and its neighbourhood have. A conditional logit over
# the sentences read for questions about articles that the reader never saw gives RANK 1.01, WORDS
# 0.17 and NEAR 0.29, and 0.58 for holding the short answer
# (`python -m rag.models.training.blend --data FOLDER`). Those are questions of large collections;
# with half the rank and nothing for the short answer the unseen ones of newsdesk come out the same
# and those of the five seeds better.
RANK, WORDS, NEAR = 0.5, 0.2, 0.3
SCALE, BIAS = 0.88, -1.2
"""Make a probability of it; fitted on the same sentences."""
ECHO = 0.7
"""A sentence that asks, and has this share of its words from the question, asks the same and
answers nothing. Quizzes and headings of lists of questions do; the reader takes them for the
surest evidence there is. Of 196 answers to realtimeqa's questions 12 began with one."""

_COMING = re.compile(
    r"\b(?:will|going to|about to|upcoming|next|coming|due to|scheduled|planned)\b", re.IGNORECASE
)
_FORMER = re.compile(
    r"\b(?:previous|previously|the last|last (?:met|spoke|talked|visited|saw|held)|earlier (?:call|"
    r"talks?|meeting|visit|conversation|round|summit))\b",
    re.IGNORECASE,
)
_DONE = re.compile(r"^\W*(?:and |so |but )?(?:did|was|were|has|have|had)\b", re.IGNORECASE)
_WILL = re.compile(r"\b(?:will|would) (?:also |soon |then )?(\w+)", re.IGNORECASE)
FORMER = 4.0
"""Log-odds that a sentence about the time before loses where the coming one is asked for: it has
the question's words ("The previous conversation took place on March 18.") and another's day. What
is still to come loses them where it is asked whether something was done ("Did they meet?")."""


def read(
    question: str,
    candidates: Sequence[Candidate],
    reader: Reader,
    vector: Vector | None = None,
) -> list[Evidence]:
    """Return every sentence read, best first; each sentence of an article once.

    The score of a sentence is the probability in (0, 1) that it is evidence. One that only asks the
    same question is left out. ``vector`` is the question's embedding where it is known already.
    """
    spans = [passage_sentences(candidate) for candidate in candidates]
    best: dict[tuple[str, int], Evidence] = {}
    asked = set(terms(question))
    coming = bool(_COMING.search(question)) and not _FORMER.search(question)
    done = bool(_DONE.match(question)) and not coming
    wanted = Wanted(question, sentence_texts(candidates, spans))
    readings = reader.read(question, candidates, spans, vector)
    for rank, (candidate, reading) in enumerate(zip(candidates, readings, strict=True), start=1):
        said, answerable = _without_echoes(candidate, reading, asked)
        for sentence in said:
            text = candidate.article.text[sentence.start : sentence.end]
            former = (coming and _former(text)) or (done and _ahead(text, asked))
            evidence = Evidence(
                candidate=candidate,
                sentence=sentence,
                answer=None if former else _inside(reading.answer, sentence.start, sentence.end),
                answerable=answerable,
            )
            score = _weighed(evidence, rank, wanted, FORMER if former else 0.0)
            evidence = replace(evidence, sentence=replace(sentence, score=score))
            key = (candidate.article.id, sentence.start)
            if key not in best or best[key].sentence.score < evidence.sentence.score:
                best[key] = evidence
    return sorted(
        best.values(),
        key=lambda item: (
            -item.sentence.score,
            -item.candidate.score,
            item.candidate.article.id,
            item.sentence.start,
        ),
    )


def _without_echoes(
    candidate: Candidate, reading: Reading, asked: set[str]
) -> tuple[list[Sentence], float]:
    """Return the sentences that do not ask the same, and how sure it is that one of them answers.

    What made the passage sure was the echo, where that is its best sentence.
    """
    text = candidate.article.text
    said = [one for one in reading.sentences if not _echoes(text[one.start : one.end], asked)]
    best = max((one.score for one in said), default=0.0)
    if any(one.score > best for one in reading.sentences):
        return said, min(reading.answerable, best)
    return said, reading.answerable


def _echoes(said: str, asked: set[str]) -> bool:
    # A question that is quoted ends with a quotation mark, and may be what somebody is asked about.
    if not said.rstrip().endswith("?"):
        return False
    words = set(terms(said))
    return len(words & asked) >= ECHO * len(words)


def _weighed(item: Evidence, rank: int, wanted: Wanted, less: float) -> float:
    said = item.candidate.article.text[item.sentence.start : item.sentence.end]
    total = (
        log_odds(item.sentence.score)
        + RANK / rank
        + WORDS * wanted.share(said)
        + NEAR * wanted.share(around(item))
        - less
    )
    return probability(SCALE * total + BIAS)


def _former(said: str) -> bool:
    return bool(_FORMER.search(said)) and not _COMING.search(said)


def _ahead(said: str, asked: set[str]) -> bool:
    """Whether a sentence tells of what is asked about as still to come: "will meet"."""
    return any(set(terms(verb)) & asked for verb in _WILL.findall(said))


def sentence_texts(candidates: Sequence[Candidate], spans: Sequence[Sequence[Span]]) -> list[str]:
    """Return each sentence once, though passages overlap."""
    places = {
        (candidate.article.id, *span): candidate.article.text[slice(*span)]
        for candidate, given in zip(candidates, spans, strict=True)
        for span in given
    }
    return list(places.values())


def passage_sentences(candidate: Candidate) -> list[Span]:
    """Return the sentences of the article that lie wholly in the passage, or the passage itself.

    Sentences are those of the article, so that overlapping passages agree on them.
    """
    passage = candidate.passage
    whole = [(start, end) for start, end in sentences(passage.text) if start < end]
    return [(passage.start + start, passage.start + end) for start, end in whole] or [
        (passage.start, passage.end)
    ]


def _inside(answer: Span | None, start: int, end: int) -> Span | None:
    return answer if answer is not None and start <= answer[0] and answer[1] <= end else None
