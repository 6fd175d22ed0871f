"""A suite of one's own: a folder with `cases.jsonl` and `articles.jsonl`.

`dateline eval feedback FOLDER` writes one of what people said of answers.
"""

from __future__ import annotations

from pathlib import Path

from eval.cases import load_cases
from eval.errors import CaseError, DataMissing
from eval.feedback import ARTICLES, CASES
from eval.suite import Suite
from rag.ingest.load import load as load_file
from rag.types import Source

MAX_BYTES = 20_000_000_000


def load(folder: Path) -> Suite:
    """Read it; raises DataMissing or CaseError."""
    path = folder / ARTICLES
    if not path.is_file():
        raise DataMissing(
            f"There is no {path}.", remedy="`dateline export` writes it, one article a line."
        )
    articles: list[Source] = []
    for item in load_file(path, MAX_BYTES):
        if not isinstance(item, Source):
            raise CaseError(f"{path}: {item}") from item
        articles.append(item)
    return Suite(
        name=f"own-{folder.name}",
        about="a suite of one's own",
        articles=tuple(articles),
        cases=load_cases(folder / CASES),
    )
