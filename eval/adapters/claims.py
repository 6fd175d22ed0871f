"""Claims with people's labels: QAGS (Wang et al., 2020) and WiCE (Kamoi et al., 2023)."""

from __future__ import annotations

from pathlib import Path

from eval import jsonl
from eval.adapters.documents import each, source
from eval.cases import Case, Claim, Gold
from eval.suite import Suite
from rag.types import Source


def qags(data: Path) -> Suite:
    """Read QAGS: sentences of summaries, supported by their article or not."""
    articles: dict[str, Source] = {}
    cases = []
    for part in ("cnndm", "xsum"):
        for row in jsonl.values(data / "qags" / f"{part}.jsonl"):
            name = row["source_ref"]
            if row["source"] is not None:
                articles[name] = source({"id": name, "text": row["source"]})
            supported = bool(row["supported"])
            label = "supported" if supported else "not_supported"
            cases.append(
                Case(
                    id=row["id"],
                    kind=part,
                    question=row["claim"],
                    within=(name,),
                    claim=Claim(supported=supported, label=label),
                )
            )
    return Suite(
        name="qags",
        about="sentences of summaries, with people's votes on whether the article supports them",
        articles=tuple(articles.values()),
        cases=tuple(cases),
        task="verify",
    )


def wice(data: Path) -> Suite:
    """Read WiCE: Wikipedia's claims and the pages they cite, with supporting sentences.

    A claim that is supported in part only is not supported.
    """
    articles = []
    cases = []
    for row in jsonl.values(data / "wice" / "dev.jsonl.gz"):
        articles.append(source({"id": row["id"], "text": "\n".join(row["evidence"])}))
        chosen: list[int] = next((found for found in row["supporting_sentences"] if found), [])
        golds = (Gold(article=row["id"], quote=row["evidence"][at]) for at in chosen)
        cases.append(
            Case(
                id=row["id"],
                kind="wice",
                question=row["claim"],
                evidence=each(*golds),
                within=(row["id"],),
                claim=Claim(supported=row["label"] == "supported", label=row["label"]),
            )
        )
    return Suite(
        name="wice",
        about="claims of Wikipedia against the pages they cite",
        articles=tuple(articles),
        cases=tuple(cases),
        task="verify",
    )
