"""Name the stage at which a case went wrong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

from eval.judge import Judged, holds
from rag.language import normalise

Diagnosis = Literal[
    "failed",
    "wrong_offsets",
    "misquoted",
    "answered_unanswerable",
    "not_retrieved",
    "wrongly_verified",
    "abstained_wrongly",
    "not_read",
    "not_composed",
    "kept_unsupported",
    "rejected_supported",
    "wrong_speaker",
    "no_statement",
]
DIAGNOSES: tuple[Diagnosis, ...] = get_args(Diagnosis)
MEANING: dict[str, str] = {
    "failed": "the system gave an error",
    "wrong_offsets": "the article has the quote, but not at the offsets",
    "misquoted": "the article does not have the quote",
    "answered_unanswerable": "the articles do not say, yet it was answered",
    "not_retrieved": "no passage that was read holds the evidence",
    "wrongly_verified": "the evidence was chosen and then dropped by verification",
    "abstained_wrongly": "the evidence was found, yet it was declined",
    "not_read": "the evidence was found, but another sentence was chosen",
    "not_composed": "the evidence is cited, but the answer does not say it",
    "kept_unsupported": "the articles do not support the claim, yet it was kept",
    "rejected_supported": "the articles support the claim, yet it was rejected",
    "wrong_speaker": "what is said is given to another, or to nobody",
    "no_statement": "no statement was found where there is one",
}


def diagnose(item: Judged, right: float | None, depth: int) -> Diagnosis | None:
    """Return what went wrong first, None where nothing did or nobody can tell.

    ``depth`` is how many passages were read. A right answer with an inexact quote is still wrong.
    """
    reply = item.reply
    if item.failed:
        return "failed"
    if reply is None:
        return None
    for cited in item.citations:
        if not item.exact(cited):
            text = item.texts.get((cited.article, cited.version), "")
            return "wrong_offsets" if cited.quote and cited.quote in text else "misquoted"
    if item.case.answerable is False:
        return None if reply.abstained else "answered_unanswerable"
    if right or (right is None and not reply.abstained):
        return None
    missing = [at for at in range(len(item.groups)) if not _covered(item, at)]
    if any(not _retrieved(item, at, depth) for at in missing):
        return "not_retrieved"
    if any(_dropped(item, at) for at in missing):
        return "wrongly_verified"
    if reply.abstained:
        return "wrongly_verified" if reply.dropped else "abstained_wrongly"
    return "not_read" if missing else "not_composed"


def diagnose_claim(item: Judged) -> Diagnosis | None:
    """Return what is wrong with the verdict on a claim."""
    claim, verdict = item.case.claim, item.record.verdict
    if verdict is None or claim is None:
        return "failed"
    if verdict.supported == claim.supported:
        return None
    return "kept_unsupported" if verdict.supported else "rejected_supported"


def diagnose_spoken(item: Judged, figures: Mapping[str, float | None]) -> Diagnosis | None:
    """Return what is wrong with who is said to say it; of whole articles, nothing is named."""
    if item.failed:
        return "failed"
    if figures.get("found") == 0:
        return "no_statement"
    return "wrong_speaker" if figures.get("speaker") == 0 else None


def _covered(item: Judged, at: int) -> bool:
    if item.quoted:
        return any(item.supports(cited, item.groups[at]) for cited in item.citations)
    named = {gold.article for gold in item.case.evidence[at]}
    return any(cited.article in named for cited in item.citations)


def _retrieved(item: Judged, at: int, depth: int) -> bool:
    ranked = item.reply.ranked[:depth] if item.reply is not None else ()
    if item.quoted:
        return any(holds(passage, item.groups[at]) for passage in ranked)
    named = {gold.article for gold in item.case.evidence[at]}
    return any(passage.article in named for passage in ranked)


def _dropped(item: Judged, at: int) -> bool:
    """Whether a dropped sentence has the words of the group's evidence."""
    dropped = item.reply.dropped if item.reply is not None else ()
    quotes = [normalise(gold.quote) for gold in item.case.evidence[at] if gold.quote]
    return any(
        quote in normalise(text) or normalise(text) in quote for text, _ in dropped
        for quote in quotes
    )  # fmt: skip
