"""Is what somebody says given to whoever says it, and from where to where."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from eval.judge import CURRENT, Judged
from eval.metrics.answers import words
from eval.metrics.citations import same_name
from eval.record import Attributed
from rag.language import Span

_WORD = re.compile(r"\w+")
_BESIDE = re.compile(r",| of | from | at ")
NAMES = (
    "found", "speaker", "quote type", "content F1", "statement precision", "statement recall",
)  # fmt: skip


def attribution(item: Judged) -> dict[str, float | None]:
    """Return the figures of one case.

    Of a stretch: ``found``, whether a statement shares half of its words; ``speaker``, whether the
    words that name the speaker are the marked ones or the name is the same, which cannot be judged
    where the article says "he" and a system gives a name without its place; ``quote type``; and
    ``content F1``, of the words that are said against those that are marked.
    Of a whole article: ``statement precision`` and ``statement recall``, where a statement and a
    marked one are the same when they share half of the words of both.
    """
    none: dict[str, float | None] = dict.fromkeys(NAMES)
    spoken, said = item.case.spoken, item.record.attributed
    if spoken is None:
        return none
    text = item.texts.get((item.case.within[0], CURRENT), "")
    if not spoken.asked:
        return {**none, **_whole(text, spoken.statements, said)}
    best = said[0] if said else Attributed(speaker=None)
    asked = _words(text, spoken.asked)
    mine = _words(text, best.content)
    return {
        **none,
        "found": float(2 * len(asked & mine) >= len(asked)),
        "speaker": _speaker(item, best),
        "quote type": _quote_type(item, best),
        "content F1": _f1(mine, _words(text, spoken.content)) if spoken.content else None,
    }


def _speaker(item: Judged, best: Attributed) -> float | None:
    spoken, wanted = item.case.spoken, item.case.speaker
    if spoken is None or wanted is None:
        return None
    if best.speaker is None and best.mention is None:
        return 0.0
    mention = best.mention
    if mention is not None and any(
        mention[0] < end and start < mention[1] for start, end in spoken.source
    ):
        return 1.0
    if spoken.named_by == "name":
        return float(_named(best.speaker, wanted, exact=bool(spoken.source)))
    return None if mention is None else 0.0


def _named(given: str | None, wanted: str, *, exact: bool) -> bool:
    """Whether two names are one; where the words are marked, the last one of the name decides.

    So "Trump" is not "Trump spokesman Jason Miller", and "Ana Ruiz" is "Ana Ruiz of Dover".
    """
    if not exact:
        return same_name(given, wanted)
    gold = words(_BESIDE.split(wanted)[0])
    return bool(gold) and gold[-1] in words(given or "") and same_name(given, wanted)


def _quote_type(item: Judged, best: Attributed) -> float | None:
    wanted = item.case.quote_type
    return None if wanted is None else float(best.quote_type == wanted)


def _whole(
    text: str, marked: Sequence[tuple[Span, ...]], said: Sequence[Attributed] | None
) -> dict[str, float | None]:
    if said is None:
        return {"statement precision": 0.0, "statement recall": 0.0}
    gold = [_words(text, spans) for spans in marked]
    mine = [found for item in said if (found := _words(text, item.content))]
    right = sum(any(_same(found, wanted) for wanted in gold) for found in mine)
    held = sum(any(_same(found, wanted) for found in mine) for wanted in gold)
    return {
        "statement precision": right / len(mine) if mine else None,
        "statement recall": held / len(gold) if gold else None,
    }


def _same(one: set[int], other: set[int]) -> bool:
    return 2 * len(one & other) >= max(len(one), len(other))


def _words(text: str, spans: Iterable[Span]) -> set[int]:
    """Return where the words of some spans begin."""
    return {match.start() for start, end in spans for match in _WORD.finditer(text, start, end)}


def _f1(mine: set[int], gold: set[int]) -> float:
    shared = len(mine & gold)
    return 2 * shared / (len(mine) + len(gold)) if shared else 0.0
