"""PolNeAR: who said what in political news (Newell et al., 2018)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from eval import jsonl
from eval.adapters.documents import source
from eval.cases import Case, Spoken
from eval.suite import Suite
from rag.language import Span, quoted

DIRECT = 0.8
"""Share of the letters inside quotation marks from which on what is said counts as direct."""
_REPORTING = frozenset({"said", "asked"})
_PRONOUNS = frozenset("he she they it who we i you this that these those".split())


def development(data: Path) -> Suite:
    """Read the development part, 84 articles: nothing is fitted to it."""
    return _read(data, "dev", "polnear")


def training(data: Path) -> Suite:
    """Read the training part, 840 articles: rules are written by looking at it."""
    return _read(data, "train", "polnear-train")


def _read(data: Path, part: str, name: str) -> Suite:
    """Make one case for each attribution that names its source, and one for each article."""
    articles = []
    cases: list[Case] = []
    left_out = 0
    for row in jsonl.values(data / "polnear" / f"{part}.jsonl.gz"):
        articles.append(source(row))
        found = [item for item in row["attributions"] if item.get("content")]
        named = [item for item in found if item.get("source")]
        left_out += len(row["attributions"]) - len(named)
        cases += _attributions(row, named)
        every = tuple(_spans(item["content"]) for item in found)
        if every:
            cases.append(
                Case(
                    id=f"{row['id']}-all",
                    kind="whole article",
                    question=f"Who says what in: {row['title']}",
                    within=(row["id"],),
                    spoken=Spoken(asked=(), statements=every),
                )
            )
    return Suite(
        name=name,
        about="attributions in political news: who said what, and where it begins and ends",
        articles=tuple(articles),
        cases=tuple(cases),
        task="attribute",
        notes=(f"{left_out} attributions without a source or content are not asked one by one",),
    )


def _attributions(row: Mapping[str, Any], named: list[dict[str, Any]]) -> Iterator[Case]:
    text = row["text"]
    quotations = quoted(text)
    for number, item in enumerate(named):
        content, words = _spans(item["content"]), _spans(_source(text, item))
        speaker = " ".join(text[start:end] for start, end in words)
        yield Case(
            id=f"{row['id']}-{number}",
            kind=_form(text, content, quotations),
            question=f"Who says this: {text[slice(*content[0])]}",
            speaker=speaker,
            within=(row["id"],),
            spoken=Spoken(
                asked=content, source=words, content=content, named_by=_named_by(speaker)
            ),
        )


def _source(text: str, item: Mapping[str, Any]) -> list[list[int]]:
    """Return who says it: in 16 attributions source and cue are marked the wrong way round."""
    words = " ".join(text[start:end] for start, end in item["source"])
    swapped = words in _REPORTING and item.get("cue")
    found: list[list[int]] = item["cue"] if swapped else item["source"]
    return found


def _spans(spans: list[list[int]]) -> tuple[Span, ...]:
    return tuple((start, end) for start, end in sorted(spans))


def _form(text: str, content: tuple[Span, ...], quotations: list[Span]) -> str:
    """Tell direct from indirect speech by the share of it that is inside quotation marks."""
    inside = {at for start, end in quotations for at in range(start, end)}
    letters = [at for start, end in content for at in range(start, end) if text[at].isalnum()]
    share = sum(at in inside for at in letters) / max(1, len(letters))
    if share >= DIRECT:
        return "direct"
    return "mixed" if share else "indirect"


def _named_by(speaker: str) -> str:
    """Tell a name from a description by whether its last word before any comma has a capital."""
    words = re.findall(r"[\w'’.-]+", speaker.split(",")[0])
    if len(words) == 1 and words[0].lower() in _PRONOUNS:
        return "pronoun"
    return "name" if words and words[-1][0].isupper() else "description"
