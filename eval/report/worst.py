"""One case on the page: question, answer, gold, passages, and what went wrong."""

from __future__ import annotations

from html import escape

from eval.diagnose import MEANING
from eval.judge import CURRENT, Judged, holds
from eval.record import Attributed, Ranked, Verdict
from eval.scored import Scored

PASSAGES = 5
LONG = 600
"""Code points of a passage that are shown."""


def show_case(item: Scored) -> str:
    """Write one case as a block that opens; everything is escaped."""
    judged, diagnosis = item.judged, item.diagnosis or "failed"
    case = judged.case
    return (
        f'<details><summary><span class="tag">{escape(diagnosis)}</span> '
        f"{escape(case.question)}</summary>"
        f"<p class='why'>{escape(case.id)}: {escape(MEANING[diagnosis])}.</p>"
        f"<dl>{_asked(judged)}{_said(judged)}{_gold(judged)}</dl>{_passages(judged)}</details>"
    )


def _entry(name: str, text: str) -> str:
    return f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>" if text else ""


def _asked(judged: Judged) -> str:
    case, reply = judged.case, judged.reply
    earlier = " / ".join(turn.content for turn in case.history if turn.role == "user")
    searched = reply.query if reply is not None and reply.query != case.question else ""
    as_of = case.as_of.date().isoformat() if case.as_of else ""
    return _entry("before", earlier) + _entry("searched", searched) + _entry("as of", as_of)


def _said(judged: Judged) -> str:
    reply, record = judged.reply, judged.record
    if record.verdict is not None:
        return _entry("verdict", _verdict(record.verdict))
    if record.attributed is not None:
        return "".join(_entry("said by", _speaker(judged, item)) for item in record.attributed[:1])
    if reply is None:
        return _entry("error", record.error or "")
    dropped = "; ".join(f"{text} ({reason})" for text, reason in reply.dropped)
    short = reply.short_answer or ""
    return (
        _entry("answer", reply.text)
        + _entry("short", short)
        + _entry("confidence", f"{reply.confidence:.3f}")
        + _entry("dropped", dropped)
    )


def _verdict(verdict: Verdict) -> str:
    kept = "supported" if verdict.supported else f"not supported ({verdict.reason or 'no reason'})"
    return f"{kept}, {verdict.probability:.3f}"


def _speaker(judged: Judged, said: Attributed) -> str:
    text = judged.texts.get((judged.case.within[0], CURRENT), "")
    content = " … ".join(text[start:end] for start, end in said.content)
    return f"{said.speaker or 'nobody'}: {content or 'no statement'}"


def _gold(judged: Judged) -> str:
    case = judged.case
    if case.spoken is not None:
        return _entry("right", case.speaker or "")
    if case.answerable is False:
        return _entry("right", "to decline")
    quotes = " / ".join(
        gold.quote or f"article {gold.article}" for group in case.evidence for gold in group
    )
    must = " and ".join(" or ".join(group) for group in case.must)
    label = case.claim.label if case.claim is not None else " / ".join(case.answers)
    return _entry("right", label) + _entry("has to say", must) + _entry("evidence", quotes)


def _passages(judged: Judged) -> str:
    ranked = judged.reply.ranked if judged.reply is not None else ()
    shown = "".join(_passage(judged, passage) for passage in ranked[:PASSAGES])
    if not shown:
        return ""
    deeper = [
        rank for rank, passage in enumerate(ranked, start=1)
        if any(holds(passage, group) for group in judged.groups)
    ]  # fmt: skip
    at = f"<p>The evidence is at rank {deeper[0]}.</p>" if deeper else ""
    return f"{at}<ol>{shown}</ol>"


def _passage(judged: Judged, passage: Ranked) -> str:
    text = judged.texts.get((passage.article, passage.version), "")[passage.start : passage.end]
    mark = ' class="gold"' if any(holds(passage, group) for group in judged.groups) else ""
    shown = text if len(text) <= LONG else f"{text[:LONG]}…"
    return f"<li{mark}><code>{escape(passage.id)}</code> {escape(shown)}</li>"
