"""How far two ways of judging agree: a language model, and the string metrics."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from eval.llm_judge import Judgement
from eval.metrics.support import carried
from eval.scored import Scored


class Agreement(NamedTuple):
    """Of what both judged."""

    what: str
    n: int
    same: float | None
    """Share of it that both judge alike."""
    kappa: float | None
    """The same, corrected for chance (Cohen, 1960); None where chance alone agrees always."""
    judge: float | None
    """Share that the model finds right."""
    strings: float | None
    """Share that the string metric finds right."""


def agreement(scored: Sequence[Scored], judgements: Iterable[Judgement]) -> list[Agreement]:
    """Compare opinions with ``right`` by case, and with support by words by sentence."""
    by_case = {item.judged.case.id: item for item in scored}
    answers: list[tuple[bool, bool]] = []
    sentences: list[tuple[bool, bool]] = []
    for found in judgements:
        item = by_case.get(found.case)
        if item is None or found.correct is None:
            continue
        right = item.figures.get("right")
        if right is not None:
            answers.append((found.correct, right > 0))
        sentences += zip(found.supported, carried(item.judged), strict=False)
    return [_agreement("answer is right", answers), _agreement("sentence is supported", sentences)]


def kappa(pairs: Sequence[tuple[bool, bool]]) -> float | None:
    """Return Cohen's kappa; None where chance alone agrees always, or there is nothing."""
    n = len(pairs)
    if not n:
        return None
    first, second = (sum(pair[at] for pair in pairs) / n for at in (0, 1))
    chance = first * second + (1 - first) * (1 - second)
    if chance == 1:
        return None
    return (sum(a == b for a, b in pairs) / n - chance) / (1 - chance)


def _agreement(what: str, pairs: Sequence[tuple[bool, bool]]) -> Agreement:
    n = len(pairs)
    if not n:
        return Agreement(what, 0, None, None, None, None)
    return Agreement(
        what, n, sum(a == b for a, b in pairs) / n, kappa(pairs),
        sum(a for a, _ in pairs) / n, sum(b for _, b in pairs) / n,
    )  # fmt: skip
