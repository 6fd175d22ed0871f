"""The order in which examples are learnt from, and a batch with its labels."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

import torch
from torch import Tensor

from rag.models.reader_input import Row
from rag.models.reader_network import Batch, collate
from rag.models.training.examples import NEWSROOM, NO_STRING, STORIES, UNLABELLED, Example, Unit
from rag.models.training.sources import Extractive, News, Source, clapnq, ramdocs
from rag.models.training.stories import Stories

ROWS = 16
POOL = 1_024
IGNORED = -100
# The share of each source that takes part in a pass over the data; afresh in each.
SHARES: dict[str, float] = {
    "newsroom": 1.0, "stories": 1.0, "newsdesk": 0.4, "claims": 0.4, "altered": 0.3, "answers": 0.2,
    "squad2": 0.4, "general": 0.1,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Labels:
    """What a batch should come out as."""

    answerable: Tensor
    unit: Tensor
    """Number of the unit each row belongs to."""
    sentences: Tensor
    """1 evidence, 0 not, -1 unknown or absent."""
    start: Tensor
    end: Tensor
    """Column of the span's first and last token; 0 for no span; IGNORED for not labelled."""
    verdict: Tensor
    """SUPPORTED, CONTRADICTED or NOT_STATED; IGNORED for not labelled."""


def sources(
    data: Path, newsroom: Path = NEWSROOM, newsroom_stories: Path = STORIES
) -> dict[str, list[Source]]:
    """Read every data set; the other two are our annotations of news26k's articles."""
    news = News.newsdesk(data / "newsdesk")
    articles = data / "news26k" / "articles.jsonl.gz"
    ours = News.newsroom(articles, newsroom)
    return {
        "newsroom": [ours.ask, ours.claim],
        "stories": [
            Stories.newsdesk(data / "newsdesk").ask,
            Stories.newsroom(articles, newsroom_stories).ask,
        ],
        "newsdesk": [news.ask],
        "claims": [news.claim],
        "altered": [news.altered],
        "answers": [news.answered],
        "squad2": [Extractive(data / "squad2_dev_half", "squad2").ask],
        "general": [
            Extractive(data / "covidqa").ask,
            Extractive(data / "timeqa_human").ask,
            clapnq(data / "clapnq_dev"),
            ramdocs(data / "ramdocs"),
        ],
    }


def plan(every: dict[str, list[Source]], seed: int) -> Iterator[list[Unit]]:
    """Yield batches without end, always the same ones in the same order."""
    for number in itertools.count():
        chance = Random(f"{seed}:{number}")  # noqa: S311 - not for secrets
        units: list[Unit] = []
        for name, group in every.items():
            share = SHARES.get(name, 0.0)
            for source in group:
                made = [unit for unit in source(chance) if unit]
                units += made if share >= 1 else chance.sample(made, int(share * len(made)))
        if not units:
            return
        chance.shuffle(units)
        for pool in _pools(units):
            made_batches = list(_batches(pool))
            chance.shuffle(made_batches)
            yield from made_batches


def _pools(units: Sequence[Unit]) -> Iterator[list[Unit]]:
    pool: list[Unit] = []
    for unit in units:
        pool.append(unit)
        if sum(map(len, pool)) >= POOL:
            yield pool
            pool = []
    if pool:
        yield pool


def _batches(pool: list[Unit]) -> Iterator[list[Unit]]:
    batch: list[Unit] = []
    for unit in sorted(pool, key=lambda unit: max(len(example.window.text) for example in unit)):
        if batch and sum(map(len, batch)) + len(unit) > ROWS:
            yield batch
            batch = []
        batch.append(unit)
    if batch:
        yield batch


def tensors(units: Sequence[Unit], chance: Random | None = None) -> tuple[Batch, Labels]:
    """Encode a batch."""
    examples = [example for unit in units for example in unit]
    rows = [example.row(chance) for example in examples]
    counts = [len(example.sentences) for example in examples]
    batch = collate(rows, counts)
    sentences = torch.full(batch.present.shape, -1.0)
    for number, example in enumerate(examples):
        sentences[number, : counts[number]] = torch.tensor(example.sentences, dtype=torch.float)
    sentences = sentences.masked_fill(~batch.present, -1.0)
    places = [_place(example, row) for example, row in zip(examples, rows, strict=True)]
    return batch, Labels(
        torch.tensor([float(example.answerable) for example in examples]),
        torch.tensor([number for number, unit in enumerate(units) for _ in unit]),
        sentences,
        torch.tensor([start for start, _ in places]),
        torch.tensor([end for _, end in places]),
        torch.tensor([IGNORED if e.verdict == UNLABELLED else e.verdict for e in examples]),
    )


def _place(example: Example, row: Row) -> tuple[int, int]:
    """Return the columns of the answer's first and last token."""
    if not example.answerable or example.answer == NO_STRING:
        return 0, 0
    if example.answer is None:
        return IGNORED, IGNORED
    start, end = example.answer
    inside = [n for n, (s, e) in enumerate(row.offsets) if s < end and e > start]
    if not inside or row.offsets[-1][1] < end:
        return IGNORED, IGNORED
    return row.first + inside[0], row.first + inside[-1]
