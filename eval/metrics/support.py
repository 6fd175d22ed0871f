"""Do the citations of a sentence carry it: citation recall and precision after ALCE.

Gao and others (2023) ask a language model whether the cited text entails the sentence. Here words
decide, so that a stored run is scored without a model: every number and name of the sentence, and
``ENOUGH`` of its content words, have to stand in what it cites. `dateline eval judge` asks a model
the same and says how far the two agree.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from eval.judge import Judged
from eval.record import Said
from rag.language import normalise, terms

ENOUGH = 0.8
"""As lenient as an attributed quotation needs, which brings "said" and a date of its own."""
_FIXED = re.compile(r"\d[\d.,]*\d|\d|\b[A-Z][\w'-]+")


def support(item: Judged) -> dict[str, float | None]:
    """Return the figures of one case.

    ``support recall``: share of the sentences that their citations carry together. ``support
    precision``: share of the citations that carry something, of a sentence that is carried: alone,
    or because without them the others do not. A failure scores zero in both.
    """
    if item.reply is None:
        return {"support recall": 0.0, "support precision": 0.0}
    if not item.reply.sentences:
        return {"support recall": None, "support precision": None}
    whole = carried(item)
    precise = [
        held and _counts(mine, at, sentence)
        for held, sentence in zip(whole, item.reply.sentences, strict=True)
        for mine in [_quotes(item, sentence)]
        for at in range(len(mine))
    ]
    return {
        "support recall": sum(whole) / len(whole),
        "support precision": sum(precise) / len(precise) if precise else None,
    }


def carried(item: Judged) -> list[bool]:
    """Say of each sentence of the answer whether its citations carry it."""
    sentences = item.reply.sentences if item.reply is not None else ()
    return [entails(_quotes(item, sentence), sentence.text) for sentence in sentences]


def entails(quotes: Sequence[str], text: str) -> bool:
    """Say by words whether quotations carry a sentence."""
    premise, said = normalise(" ".join(quotes)), normalise(text)
    if not premise:
        return False
    if said.rstrip(".") in premise:
        return True
    fixed = {match.group() for match in _FIXED.finditer(said)}
    # The first word has a capital whether it is a name or not.
    first = said.split()[:1]
    held = {match.group() for match in _FIXED.finditer(premise)}
    if not (fixed - set(first)) <= held:
        return False
    wanted = set(terms(said))
    return len(wanted & set(terms(premise))) >= ENOUGH * len(wanted)


def _quotes(item: Judged, sentence: Said) -> list[str]:
    quotes = {cited.number: cited.quote for cited in item.citations}
    return [quotes[number] for number in sentence.citations if number in quotes]


def _counts(quotes: Sequence[str], at: int, sentence: Said) -> bool:
    others = [*quotes[:at], *quotes[at + 1 :]]
    return entails([quotes[at]], sentence.text) or not entails(others, sentence.text)
