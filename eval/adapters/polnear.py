"""PolNeAR: who said what in political news (Newell et al., 2018)."""

from __future__ import annotations

from pathlib import Path

from eval import jsonl
from eval.adapters.documents import each, source
from eval.cases import Case, Gold
from eval.suite import Suite


def load(data: Path) -> Suite:
    """Read the development part: one case for each attribution that names its source."""
    articles = []
    cases = []
    left_out = 0
    for row in jsonl.values(data / "polnear" / "dev.jsonl.gz"):
        articles.append(source(row))
        text = row["text"]
        for number, found in enumerate(row["attributions"]):
            if not found.get("source") or not found.get("content"):
                left_out += 1
                continue
            said = [text[start:end] for start, end in found["content"]]
            cases.append(
                Case(
                    id=f"{row['id']}-{number}",
                    kind=row["outlet"],
                    question=f"Who said this: {said[0]}",
                    evidence=each(*(Gold(article=row["id"], quote=quote) for quote in said)),
                    speaker=" ".join(text[start:end] for start, end in found["source"]),
                    within=(row["id"],),
                )
            )
    return Suite(
        name="polnear",
        about="attributions in political news: who said what",
        articles=tuple(articles),
        cases=tuple(cases),
        needs="attribution of a given stretch of text",
        notes=(f"{left_out} attributions without a source are left out",),
    )
