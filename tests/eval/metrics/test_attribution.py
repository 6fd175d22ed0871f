from __future__ import annotations

import pytest

from eval.cases import Spoken
from eval.judge import Judged
from eval.metrics.attribution import attribution
from eval.record import Attributed, Record
from eval.score import score_cases, summarise
from rag.language import Span
from tests.eval.judging import case

TEXT = '"Taxes will fall," Ana Ruiz of Dover said. He denied it. Sam Ruiz laughed.'
TEXTS = {("a", 0): TEXT}
SAID = (1, 16)
RUIZ, HE = (19, 36), (43, 45)
INFO = {"suite": "s", "task": "attribute", "seconds": 1.0}


def judged(said: tuple[Attributed, ...] | None, **fields: object) -> Judged:
    values: dict[str, object] = {
        "asked": (SAID,), "source": (RUIZ,), "content": (SAID,), "named_by": "name"
    }  # fmt: skip
    spoken = Spoken(**{**values, **fields})  # type: ignore[arg-type]
    of = case(id="1", within=("a",), speaker="Ana Ruiz of Dover", answerable=None, spoken=spoken)
    return Judged(case=of, record=Record(case="1", attributed=said), groups=(), texts=TEXTS)


def by(speaker: str | None, mention: Span | None = None, content: Span = SAID) -> Attributed:
    return Attributed(speaker=speaker, mention=mention, content=(content,), quote_type="direct")


@pytest.mark.parametrize(
    ("said", "right"),
    [
        (by("Ana Ruiz", (19, 27)), 1.0),
        (by("she", (19, 22)), 1.0),
        (by("Ana Ruiz of Dover"), 1.0),
        (by("Sam Ruiz", (57, 65)), 0.0),
        (by("Ana"), 0.0),
        (by(None), 0.0),
    ],
)
def test_a_speaker_is_right_by_the_words_that_name_him_or_by_the_name(
    said: Attributed, right: float
) -> None:
    assert attribution(judged((said,)))["speaker"] == right


def test_a_pronoun_is_judged_by_its_place_alone() -> None:
    marked = {"source": (HE,), "named_by": "pronoun"}

    assert attribution(judged((by("Ana Ruiz", HE),), **marked))["speaker"] == 1
    assert attribution(judged((by("Ana Ruiz", RUIZ),), **marked))["speaker"] == 0
    assert attribution(judged((by("Ana Ruiz"),), **marked))["speaker"] is None
    assert attribution(judged((by(None),), **marked))["speaker"] == 0


def test_content_is_scored_by_its_words() -> None:
    # "Taxes will fall" against "Taxes will fall, Ana Ruiz".
    figures = attribution(judged((by("Ana Ruiz", content=(0, 27)),)))

    assert figures["content F1"] == pytest.approx(2 * 3 / (3 + 5))
    assert figures["found"] == 1
    nothing = attribution(judged((Attributed(speaker=None),)))
    assert (nothing["found"], nothing["content F1"]) == (0, 0)


def test_where_no_words_are_marked_the_name_decides_and_content_is_unscored() -> None:
    figures = attribution(judged((by("Ruiz"),), source=(), content=()))

    assert figures["speaker"] == 1
    assert figures["content F1"] is None


def test_every_statement_of_an_article_is_looked_for() -> None:
    every = {"asked": (), "statements": ((SAID,), ((43, 55),))}
    said = (by("Ana Ruiz"), by("x", content=(57, 73)), by("x", content=(57, 65)))

    figures = attribution(judged(said, **every))

    assert figures["statement precision"] == pytest.approx(1 / 3)
    assert figures["statement recall"] == 0.5
    assert figures["speaker"] is None
    assert attribution(judged((), **every))["statement precision"] is None
    assert attribution(judged(None, **every))["statement precision"] == 0


def test_what_went_wrong_is_named_and_sliced() -> None:
    items = [
        judged((by("Sam Ruiz", (57, 65)),)),
        judged((Attributed(speaker=None),)),
        judged((by("Ana Ruiz"),)),
        judged(None),
    ]

    summary = summarise(score_cases(items, task="attribute"), INFO)

    assert summary.diagnoses == {"failed": 1, "wrong_speaker": 1, "no_statement": 1}
    assert set(summary.slices) == {"fact", "speaker by name"}
    assert summary.value("speaker") == 0.25
    assert summary.failed == 1
