"""TREC's formats, so that others' tools read our runs and ours read theirs.

Runs and qrels are lines of fields between spaces (trec_eval). The output of TREC RAG's track is one
JSON object a line: the topic, the documents referred to, and sentences with their citations.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import ir_measures
from ir_measures import Qrel, ScoredDoc

from eval.judge import Judged, holds


def read_run(path: Path) -> list[ScoredDoc]:
    """Read a run: ``query Q0 document rank score tag``."""
    return list(ir_measures.read_trec_run(str(path)))  # type: ignore[no-untyped-call]


def read_qrels(path: Path) -> list[Qrel]:
    """Read judgements: ``query 0 document relevance``."""
    return list(ir_measures.read_trec_qrels(str(path)))  # type: ignore[no-untyped-call]


def write_run(path: Path, judged: Iterable[Judged], tag: str) -> None:
    """Write what was retrieved, passage by passage."""
    lines = []
    for item in judged:
        ranked = item.reply.ranked if item.reply is not None else ()
        lines += [
            # By rank, because tools sort by the score and break ties each in its own way.
            f"{field(item.case.id)} Q0 {field(passage.id)} {rank} {1 / rank:.8f} {field(tag)}"
            for rank, passage in enumerate(ranked, start=1)
        ]
    _write(path, lines)


def write_qrels(path: Path, judged: Iterable[Judged]) -> None:
    """Write which of the retrieved passages hold a gold sentence, or are of a gold article."""
    lines = []
    for item in judged:
        for passage in item.reply.ranked if item.reply is not None else ():
            if item.quoted:
                relevant = any(holds(passage, group) for group in item.groups)
            else:
                named = {gold.article for group in item.case.evidence for gold in group}
                relevant = passage.article in named
            if relevant:
                lines.append(f"{field(item.case.id)} 0 {field(passage.id)} 1")
    _write(path, lines)


def write_rag(path: Path, judged: Iterable[Judged], tag: str) -> None:
    """Write the answers as the TREC 2024 RAG track takes them; citations count from 0."""
    _write(path, (json.dumps(row, ensure_ascii=False) for row in _answers(judged, tag)))


def _answers(judged: Iterable[Judged], tag: str) -> Iterator[dict[str, object]]:
    for item in judged:
        said = item.reply.sentences if item.reply is not None else ()
        references = list(dict.fromkeys(cited.passage for cited in item.citations))
        place = {cited.number: references.index(cited.passage) for cited in item.citations}
        yield {
            "run_id": tag,
            "topic_id": item.case.id,
            "topic": item.case.question,
            "references": references,
            "response_length": sum(len(sentence.text.split()) for sentence in said),
            "answer": [
                {"text": sentence.text, "citations": _known(sentence.citations, place)}
                for sentence in said
            ],
        }


def _known(numbers: Sequence[int], place: dict[int, int]) -> list[int]:
    return [place[number] for number in numbers if number in place]


def field(text: str) -> str:
    """Write spaces as underlines: in TREC's formats a field ends at a space."""
    return "_".join(text.split()) or "_"


def _write(path: Path, lines: Iterable[str]) -> None:
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
