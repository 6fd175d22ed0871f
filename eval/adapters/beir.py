"""The BEIR format: corpus.jsonl, queries.jsonl and qrels/*.tsv (Thakur et al., 2021).

Judgements may be in TREC's format too.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

from eval import jsonl
from eval.adapters.documents import articles, source
from eval.cases import Case
from eval.errors import CaseError, DataMissing
from eval.suite import Suite

SPLITS = ("test", "dev", "train")


def load(folder: Path) -> Suite:
    """Read a folder in BEIR's format; queries without a relevant document are left out, counted.

    Raises DataMissing or CaseError.
    """
    path = next((p for s in SPLITS if (p := folder / "qrels" / f"{s}.tsv").is_file()), None)
    if path is None:
        raise DataMissing(f"There is no qrels/test.tsv, dev.tsv or train.tsv in {folder}.")
    relevant = read_qrels(path)
    cases: list[Case] = []
    left_out = 0
    for row in jsonl.values(folder / "queries.jsonl"):
        if not (named := relevant.get(row["_id"])):
            left_out += 1
            continue
        # Every relevant document is one to find.
        evidence = tuple(group for name in named for group in articles([name]))
        cases.append(Case(id=row["_id"], kind="query", question=row["text"], evidence=evidence))
    rows = jsonl.values(folder / "corpus.jsonl")
    return Suite(
        name=f"beir-{folder.name}",
        about="a set in BEIR's format",
        articles=tuple(
            source({"id": row["_id"], "title": row.get("title"), "text": row["text"]})
            for row in rows
        ),
        cases=tuple(cases),
        notes=(f"{left_out} queries have no relevant document in {path.name}",) if left_out else (),
    )


def read_qrels(path: Path) -> dict[str, list[str]]:
    """Read query, document and score between tabs, after a line of headings.

    Or, as TREC has it, query, iteration, document and relevance between spaces. Raises CaseError.
    """
    relevant: dict[str, list[str]] = defaultdict(list)
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        cells = line.split("\t")
        if len(cells) == 1 and len(fields := line.split()) == 4:
            cells = [fields[0], *fields[2:]]
        if number == 1 and not cells[-1].lstrip("-").isdigit():
            continue
        if len(cells) != 3 or not cells[2].lstrip("-").isdigit():
            raise CaseError(f"{path}, line {number}: neither query, document, score nor TREC.")
        if int(cells[2]) > 0:
            relevant[cells[0]].append(cells[1])
    return relevant
