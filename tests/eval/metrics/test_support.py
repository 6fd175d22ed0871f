from __future__ import annotations

import pytest

from eval.metrics.support import entails, support
from eval.record import Cited, Said
from tests.eval.judging import DECLINED, NO, YES, case, cited, judged, reply

QUOTE = "Ana Ruiz said the bridge will close for 14 days."


@pytest.mark.parametrize(
    ("text", "carried"),
    [
        ("The bridge will close for 14 days", True),
        ("The bridge will close for 14 days, Ana Ruiz said.", True),
        ("The bridge will close for 15 days.", False),
        ("The bridge will close for 14 days, Sam Ruiz said.", False),
        ("Ana Ruiz said the harbour and the tunnel will open for 14 days.", False),
    ],
)
def test_words_numbers_and_names_have_to_be_in_what_is_cited(text: str, carried: bool) -> None:
    assert entails([QUOTE], text) is carried
    assert not entails([], text)


def two(first: Cited, second: Cited, *sentences: Said) -> dict[str, float | None]:
    return support(judged(case(), reply(first, second, sentences=sentences)))


def test_a_citation_that_adds_nothing_costs_precision() -> None:
    both = Said(text=YES, citations=(1, 2))

    assert two(cited(YES), cited(NO, 2), both) == {"support recall": 1, "support precision": 0.5}


def test_citations_that_carry_a_sentence_only_together_all_count() -> None:
    both = Said(text="Alpha said yes. Beta said no.", citations=(1, 2))

    assert two(cited(YES), cited(NO, 2), both) == {"support recall": 1, "support precision": 1}


def test_a_sentence_without_support_counts_for_nothing() -> None:
    wrong = Said(text="Gamma resigned in May.", citations=(1,))
    bare = Said(text=YES, citations=())

    assert two(cited(YES), cited(NO, 2), wrong, bare) == {
        "support recall": 0, "support precision": 0
    }  # fmt: skip


def test_a_failure_scores_zero_and_an_abstention_nothing() -> None:
    assert support(judged(case(), None)) == {"support recall": 0, "support precision": 0}
    assert support(judged(case(), DECLINED))["support recall"] is None
