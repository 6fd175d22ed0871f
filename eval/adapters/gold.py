"""Our own cases on the five articles in ``seeds/``, written by hand from them."""

from __future__ import annotations

from pathlib import Path

from eval.cases import load_cases
from eval.errors import DataMissing
from eval.suite import Suite
from rag.ingest.load import load as load_file
from rag.types import Source

CASES = Path(__file__).parent.parent / "cases" / "gold.jsonl"
PLAIN = CASES.with_name("plain.jsonl")
CHATS = CASES.with_name("chats.jsonl")
SEEDS = Path(__file__).parent.parent.parent / "seeds"
MAX_BYTES = 1_000_000


def load(_data: Path, seeds: Path = SEEDS) -> Suite:
    """Read the cases and the articles; the data folder is not needed."""
    about = "our own questions on the five articles the service ships with"
    return _suite("gold", about, CASES, seeds)


def plain(_data: Path, seeds: Path = SEEDS) -> Suite:
    """Read easier cases on the same articles, asked as someone does who has just read them."""
    return _suite("gold-plain", "easier questions on the same articles", PLAIN, seeds)


def chats(_data: Path, seeds: Path = SEEDS) -> Suite:
    """Read conversations on the same articles; rules that complete follow-ups are made on these."""
    return _suite("gold-chats", "follow-ups on the same articles", CHATS, seeds)


def _suite(name: str, about: str, cases: Path, seeds: Path) -> Suite:
    if not seeds.is_dir():
        raise DataMissing(f"There is no {seeds}.", remedy="Run from a checkout of Dateline.")
    articles = []
    for path in sorted(seeds.glob("*.txt")):
        for item in load_file(path, MAX_BYTES):
            if not isinstance(item, Source):
                raise item
            articles.append(item)
    return Suite(
        name=name,
        about=about,
        articles=tuple(articles),
        cases=load_cases(cases),
    )
