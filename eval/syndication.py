"""Measure how reprints are found: ``python -m eval.syndication --data ../shared/data``.

Pairs are made from real articles of news26k, the same ones every time. Reprints: agency copy under
another headline, cut to its first paragraphs, with an outlet's own lines on top, with words edited.
Strangers: stories of the same days that share most words (the hardest there are), follow-ups that
one outlet prints of its own story, and series with a fixed form.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

from rich.console import Console
from rich.table import Table
from scipy.stats import binomtest

from rag.config import Settings
from rag.ingest import chunk, clean, shingles
from rag.models.embedder import Embedder
from rag.types import Source

DAYS = 30


@dataclass(frozen=True, slots=True)
class Pair:
    """Two texts and whether they are prints of one."""

    kind: str
    reprint: bool
    one: str
    other: str
    at_home: bool = False


def main(arguments: Sequence[str] | None = None) -> None:
    """Make the pairs, judge them and print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of the public sets")
    parser.add_argument("--articles", type=int, default=8_000, help="taken of the archive")
    parser.add_argument("--each", type=int, default=60, help="pairs of each kind")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    rows = _archive(options.data / "news26k" / "articles.jsonl.gz", options.articles)
    pairs = [*_reprints(rows, options.each), *_strangers(rows, options.each)]
    report = _judge(pairs)
    if options.json:
        json.dump(report, sys.stdout, indent=2)
        return
    table = Table("kind", "pairs", "called reprints", "95% interval", "proposed by bands")
    for line in report["kinds"]:
        table.add_row(*(str(value) for value in line.values()))
    console = Console()
    console.print(table)
    console.print(f"precision {report['precision']}, recall {report['recall']}")


def _archive(path: Path, count: int) -> list[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for _, line in zip(range(count), file, strict=False)]
    seen: dict[str, int] = {}
    for row in rows:
        seen[row["text"]] = seen.get(row["text"], 0) + 1
    # A text under many titles is a notice of the site, not an article.
    return [row for row in rows if seen[row["text"]] == 1 and len(row["text"]) > 1_500]


def _reprints(rows: Sequence[dict[str, Any]], each: int) -> Iterator[Pair]:
    chance = Random(7)  # noqa: S311 - not for secrets
    taken = iter(chance.sample(list(rows), 6 * each))
    for _ in range(each):
        text = next(taken)["text"]
        yield Pair("re-headlined", True, text, f"Our headline\n\nBy a staff reporter\n\n{text}")
    for share, kind in ((0.7, "cut to 70%"), (0.4, "cut to 40%"), (0.25, "cut to a quarter")):
        for _ in range(each):
            text = next(taken)["text"]
            yield Pair(kind, True, text, _cut(text, share))
    for _ in range(each):
        text = next(taken)["text"]
        own = next(iter(rows[chance.randrange(len(rows))]["text"].split("\n\n")))
        yield Pair("own lines on top, cut to 70%", True, text, f"{own}\n\n{_cut(text, 0.7)}")
    for _ in range(each):
        text = next(taken)["text"]
        yield Pair("one word in 15 edited", True, text, _edited(text, chance))


def _cut(text: str, share: float) -> str:
    return text[: max(400, int(share * len(text)))].rsplit(". ", 1)[0] + "."


def _edited(text: str, chance: Random) -> str:
    words = text.split(" ")
    return " ".join(w for w in words if chance.random() > 1 / 15)


def _strangers(rows: Sequence[dict[str, Any]], each: int) -> Iterator[Pair]:
    """Pairs of different stories that share most; within DAYS of one another."""
    by_shingle: dict[int, list[int]] = {}
    sets = [shingles.shingles(row["text"]) for row in rows]
    for number, words in enumerate(sets):
        # The same shingles in every article, whatever else it holds: those whose hash is round.
        for shingle in words:
            if (key := hash_of(shingle)) % 8 == 0:
                by_shingle.setdefault(key, []).append(number)
    found: dict[tuple[int, int], float] = {}
    for members in by_shingle.values():
        for i, one in enumerate(members[:40]):
            for other in members[i + 1 : 40]:
                if (one, other) not in found and _near(rows[one], rows[other]):
                    common = len(sets[one] & sets[other])
                    found[one, other] = common / min(len(sets[one]), len(sets[other]))
    ranked = sorted(found, key=lambda pair: (-found[pair], pair))
    across = [p for p in ranked if rows[p[0]]["source"] != rows[p[1]]["source"]]
    home = [p for p in ranked if rows[p[0]]["source"] == rows[p[1]]["source"]]
    # Above this an outlet printed one text twice, which is a reprint.
    updates = [p for p in home if found[p] < shingles.SHARED_AT_HOME]
    other_stories = [p for p in home if found[p] < 0.3]
    for kind, pairs, at_home in (
        ("other outlet, same days, most words shared", across, False),
        ("update by the same outlet", updates, True),
        ("other story, as if of another outlet", other_stories, False),
    ):
        for one, other in pairs[:each]:
            yield Pair(kind, False, rows[one]["text"], rows[other]["text"], at_home)


def hash_of(shingle: Sequence[str]) -> int:
    """Number a shingle, the same in every process."""
    return zlib.crc32(" ".join(shingle).encode())


def _near(one: dict[str, Any], other: dict[str, Any]) -> bool:
    days = [date.fromisoformat(row["published_at"][:10]) for row in (one, other)]
    return abs((days[0] - days[1]).days) <= DAYS


def _judge(pairs: Sequence[Pair]) -> dict[str, Any]:
    settings = Settings()
    embedder = Embedder(settings.embedder, settings.precision, settings.threads)
    counts: dict[str, list[int]] = {}
    right = called = reprints = 0
    for pair in pairs:
        said, proposed = _said(pair, embedder)
        line = counts.setdefault(pair.kind, [0, 0, 0])
        for place, value in enumerate((1, said, proposed)):
            line[place] += value
        called += said
        reprints += pair.reprint
        right += said and pair.reprint
    kinds = [
        {
            "kind": kind,
            "pairs": n,
            "called reprints": yes,
            "interval": _interval(yes, n),
            "proposed": proposed,
        }
        for kind, (n, yes, proposed) in counts.items()
    ]
    return {
        "kinds": kinds,
        "precision": round(right / called, 4) if called else None,
        "recall": round(right / reprints, 4),
    }


def _interval(yes: int, n: int) -> str:
    bounds = binomtest(yes, n).proportion_ci(method="wilson")
    return f"{bounds.low:.2f} to {bounds.high:.2f}"


def _said(pair: Pair, embedder: Embedder) -> tuple[bool, bool]:
    """Say what ingest would: the bands propose, shingles and vectors decide."""
    sides = []
    for text in (pair.one, pair.other):
        article, spans = clean.clean(Source(text=text, origin="pair"), max_chars=10**7)
        sides.append((article.text, spans, shingles.news(article.text, spans)))
    bands = [set(enumerate(shingles.bands(news))) for _, _, news in sides]
    proposed = bool(bands[0] & bands[1])
    same = shingles.is_reprint(
        *(shingles.shingles(news) for _, _, news in sides), at_home=pair.at_home
    )
    if not proposed or not same:
        return False, proposed
    vectors = [
        embedder.embed([t[slice(*span)] for span in chunk.chunk(t, spans, embedder.tokenise)])
        for t, spans, _ in sides
    ]
    return shingles.alike(*vectors), proposed


if __name__ == "__main__":
    main()
