"""Do two stores find the same: Dateline's searches on FAISS and on Milvus, question by question.

python -m eval.stores gold realtimeqa --limit 200 --vectors milvus://127.0.0.1:19530

Without ``--vectors`` a Milvus Lite server is started in a temporary folder.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import numpy as np
from llama_index.core.vector_stores.types import VectorStoreQuery

from eval.cases import Case
from eval.cli import DATA
from eval.collection import open_collection
from eval.judge import CURRENT, Judged, places
from eval.lite import served
from eval.measure import prepared
from eval.metrics import interval
from eval.metrics.retrieval import retrieval
from eval.record import Ranked, Record, Reply
from eval.systems.ranking import ranked
from rag.ask.retrieve import fuse, metadata_filters
from rag.dateline import Dateline
from rag.errors import ArticleNotFound

SEARCHES = ("words", "vectors", "both")
DEPTH = 100
METRICS = ("nDCG@10", "R@10", "article nDCG@10", "article Success@1")


@click.command()
@click.argument("suites", nargs=-1, required=True)
@click.option("--data", type=click.Path(path_type=Path), default=DATA, show_default=True)
@click.option("--limit", type=click.IntRange(1), help="Ask so many cases, the same every time.")
@click.option("--vectors", help="URL of a Milvus server; default: Milvus Lite, for this once.")
def main(suites: tuple[str, ...], data: Path, limit: int | None, vectors: str | None) -> None:
    """Print JSON: for each suite and search how alike the two stores are, and how good."""
    with ExitStack() as stack:
        if vectors is None:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            vectors = stack.enter_context(served(folder / "lite")).url
        for name in suites:
            click.echo(json.dumps({name: compared(name, data, limit, vectors)}, indent=1))


def compared(name: str, data: Path, limit: int | None, vectors: str) -> dict[str, Any]:
    """Compare the two stores on one suite's questions."""
    suite = prepared(name, data, limit=limit, dev=False)
    cases = [case for case in suite.cases if case.evidence]
    own = open_collection(suite)
    other = open_collection(suite, {"vectors": vectors, "vectors_seconds": 60.0})
    try:
        texts = _texts(own, cases)
        found: dict[str, Any] = {"questions": len(cases), **own.catalogue.counts()}
        questions = [case.standalone or case.question for case in cases]
        embedded = own.embedder.embed(questions).tolist()
        asked = list(zip(cases, questions, embedded, strict=True))
        one, two = (_ranked(opened, asked) for opened in (own, other))
        for search in SEARCHES:
            mine, theirs = one[search], two[search]
            found[search] = {
                "the same first": _share(mine, theirs, 1),
                "of the first ten, the same": _share(mine, theirs, 10),
                "of the first hundred, the same": _share(mine, theirs, DEPTH),
                **_figures(cases, texts, mine, theirs),
            }
    finally:
        other.close()
        own.close()
    return found


def _ranked(
    dateline: Dateline, asked: Sequence[tuple[Case, str, list[float]]]
) -> dict[str, list[list[Ranked]]]:
    """Return what each search finds for each question, best first."""
    found: dict[str, list[list[Ranked]]] = {search: [] for search in SEARCHES}
    for case, question, vector in asked:
        said = dateline.index.words.search(question, case.filters, DEPTH)
        query = VectorStoreQuery(
            query_embedding=vector,
            similarity_top_k=DEPTH,
            filters=metadata_filters(case.filters),
        )
        near = dateline.index.vectors.query(query).ids or []
        words = [name for name, _ in said]
        fused = [name for name, _ in fuse([words, near])][:DEPTH]
        passages = dateline.catalogue.passages(list({*words, *near}))
        for search, names in zip(SEARCHES, (words, near, fused), strict=True):
            found[search].append(
                [
                    ranked(passages[name][0], -at)
                    for at, name in enumerate(names)
                    if name in passages
                ]
            )
    return found


def _share(mine: Sequence[list[Ranked]], theirs: Sequence[list[Ranked]], depth: int) -> float:
    """Return what part of one's first passages the other has among its first, on average."""
    shares = [
        len({item.id for item in one[:depth]} & {item.id for item in two[:depth]})
        / len(one[:depth])
        for one, two in zip(mine, theirs, strict=True)
        if one
    ]
    return round(float(np.mean(shares)), 4)


def _figures(
    cases: Sequence[Case],
    texts: dict[tuple[str, int], str],
    mine: Sequence[list[Ranked]],
    theirs: Sequence[list[Ranked]],
) -> dict[str, Any]:
    """Return each metric of both, and their difference with its 95% interval."""
    one, two = (retrieval(_judged(cases, texts, ranked)) for ranked in (mine, theirs))
    figures: dict[str, Any] = {}
    for metric in METRICS:
        pairs = [(one[case.id][metric], two[case.id][metric]) for case in cases]
        both = np.array([pair for pair in pairs if None not in pair], dtype=np.float64)
        if not len(both):
            continue
        change = interval.estimate(metric, np.mean, (both[:, 1] - both[:, 0],))
        figures[metric] = {
            "faiss": round(float(both[:, 0].mean()), 4),
            "milvus": round(float(both[:, 1].mean()), 4),
            # None where no case differs.
            "difference": change._asdict(),
        }
    return figures


def _judged(
    cases: Sequence[Case], texts: dict[tuple[str, int], str], ranked: Sequence[list[Ranked]]
) -> list[Judged]:
    return [
        Judged(
            case=case,
            record=Record(case=case.id, reply=replace(Reply(text=""), ranked=tuple(found))),
            groups=places(case, texts),
            texts=texts,
        )
        for case, found in zip(cases, ranked, strict=True)
    ]


def _texts(dateline: Dateline, cases: Sequence[Case]) -> dict[tuple[str, int], str]:
    names = {gold.article for case in cases for group in case.evidence for gold in group}
    texts = {}
    for name in sorted(names):
        try:
            texts[name, CURRENT] = dateline.article(name).text
        except ArticleNotFound:
            continue  # scored as what it is: evidence that is not in the collection
    return texts


if __name__ == "__main__":
    main()
