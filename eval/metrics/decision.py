"""Was it right to answer, and was the answer right: what abstention is judged by."""

from __future__ import annotations

from eval.judge import Judged


def decision(item: Judged) -> dict[str, float | None]:
    """Return whether the case was rightly answered or declined; a failure is wrong either way."""
    wanted = item.case.answerable
    if wanted is None:
        return {"decision": None}
    return {"decision": float(item.reply is not None and item.answered == wanted)}


def right(item: Judged, figures: dict[str, float | None]) -> float | None:
    """Return 1 for a right answer, 0 for a wrong one or none; None where nothing can tell.

    By ``must`` where the case has it, else by ``contains``, else by whether any gold sentence is
    cited. Of an unanswerable case, only declining is right.
    """
    if item.case.answerable is False:
        return float(item.reply is not None and item.reply.abstained)
    for name in ("must", "contains", "citation recall"):
        value = figures.get(name)
        if value is not None:
            return float(value > 0)
    return None
