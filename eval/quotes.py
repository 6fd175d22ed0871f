"""Look up quotations drawn from news26k: exact, damaged, and from articles that are not indexed.

    python -m eval.quotes --data FOLDER [--quotes 1000] [--seed 0] [--show]

A tenth of the articles is held out by a hash of their id and not indexed. A quotation of these of
which an indexed article has much as well (a reprint, another edit) is not drawn. A third of the
quotations is as printed; a third is damaged in one of three ways; a third is from held-out
articles and must not be found. Right means: the best match is an article that holds the undamaged
words, and its span covers them.
"""

from __future__ import annotations

import hashlib
import random
import re
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import click
import numpy as np

from eval import jsonl
from rag.attribution.quotes import Match, find
from rag.language import normalise, quoted
from rag.store.lexical import LexicalIndex
from rag.store.rows import IndexRow
from rag.types import Filters

HELD_OUT = 10
"""One article in so many is not indexed."""
WORDS = range(8, 61)
"""How many words a drawn quotation has."""
PASSAGE = 1_200
"""About so many code points are indexed as one passage, as in a collection."""
SHINGLE = 4
COPIED = 0.3
"""A held-out quotation is known where one text has this share of its runs of SHINGLE words."""
_WORD = re.compile(r"\w+(?:['’]\w+)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """One quotation to look up."""

    kind: str
    quote: str
    original: str
    article: str | None
    """Where it was drawn; None for one that is not in the collection."""


class Indexed:
    """The indexed articles, with the search that a look-up needs."""

    def __init__(self, texts: Mapping[str, str], folder: Path) -> None:
        self.texts = texts
        self._words = LexicalIndex(folder)
        self._words.apply((), self._rows())

    def search(self, parts: Sequence[str], limit: int) -> list[tuple[str, str]]:
        """Return ids and texts of the articles whose passages hold most of the phrases."""
        hits = self._words.search_phrases(parts, Filters(), limit)
        ids = list(dict.fromkeys(passage.rsplit("#", 1)[0] for passage, _ in hits))
        return [(item, self.texts[item]) for item in ids]

    def _rows(self) -> Iterator[IndexRow]:
        nothing = np.empty(0, dtype=np.float32)
        for article, text in self.texts.items():
            for number, passage in enumerate(_passages(text)):
                yield IndexRow(
                    key=number, id=f"{article}#{number}", article_id=article, title=None,
                    text=passage, outlet=None, published_at=None, vector=nothing,
                )  # fmt: skip


def _passages(text: str) -> Iterator[str]:
    passage = ""
    for paragraph in text.splitlines():
        passage = f"{passage}\n{paragraph}"
        if len(passage) >= PASSAGE:
            yield passage
            passage = ""
    if passage.strip():
        yield passage


def draw(
    indexed: Mapping[str, str], held_out: Mapping[str, str], count: int, random_: random.Random
) -> list[Drawn]:
    """Draw a third of each kind, every quotation from another article."""
    third = count // 3
    inside = _quotations(indexed, random_)
    vocabulary = [word for text in list(indexed.values())[:200] for word in _WORD.findall(text)]
    cases = [
        Drawn(kind="exact", quote=quote, original=quote, article=article)
        for article, quote in (next(inside) for _ in range(third))
    ]
    damages = (_shortened, _changed, _cut)
    for number in range(third):
        article, quote = next(inside)
        damage = damages[number % len(damages)]
        cases.append(
            Drawn(
                kind=damage.__name__.strip("_"),
                quote=damage(quote, vocabulary, random_),
                original=quote,
                article=article,
            )
        )
    outside = list(islice((quote for _, quote in _quotations(held_out, random_)), third * 2))
    known = _copied(outside, indexed.values())
    new = [quote for quote in outside if quote not in known]
    cases += [
        Drawn(kind="absent", quote=quote, original=quote, article=None)
        for quote in new[: count - len(cases)]
    ]
    return cases


def _copied(quotes: Sequence[str], texts: Iterable[str]) -> set[str]:
    """Return the quotations that some text has most of as well, however edited: COPIED."""
    shingles = {quote: _shingles(quote) for quote in quotes}
    wanted = set().union(*shingles.values())
    copied: set[str] = set()
    for text in texts:
        here = wanted & _shingles(text)
        if here:
            copied |= {
                quote for quote, own in shingles.items() if len(own & here) >= COPIED * len(own)
            }
    return copied


def _shingles(text: str) -> set[tuple[str, ...]]:
    words = [word.replace("’", "'").lower() for word in _WORD.findall(text)]
    return set(zip(*(words[at:] for at in range(SHINGLE)), strict=False))


def right(case: Drawn, found: Sequence[Match[str]], texts: Mapping[str, str]) -> bool:
    """Whether a look-up gave an article that holds the words, and where; or nothing, as it must."""
    if case.article is None or not found:
        return case.article is None and not found
    best = found[0]
    text = texts[best.key]
    if _folded(case.original) not in _folded(text):
        return False
    start, end = best.span
    words, meant = _folded(text[start:end]).split(), set(_folded(case.original).split())
    return sum(word in meant for word in words) >= 0.9 * len(words)


def _quotations(texts: Mapping[str, str], random_: random.Random) -> Iterator[tuple[str, str]]:
    ids = sorted(texts)
    random_.shuffle(ids)
    for article in ids:
        text = texts[article]
        spans = [
            text[start:end]
            for start, end in quoted(text)
            if len(_WORD.findall(text[start:end])) in WORDS and "..." not in text[start:end]
        ]
        if spans:
            yield article, random_.choice(spans)


def _shortened(quote: str, _: Sequence[str], random_: random.Random) -> str:
    """Put an ellipsis in the place of some words in the middle."""
    words = quote.split()
    left = random_.randint(3, len(words) - 4)
    gone = random_.randint(1, max(1, min(8, len(words) - left - 3)))
    return " ".join([*words[:left], random_.choice(("...", "…", "[...]")), *words[left + gone :]])


def _changed(quote: str, vocabulary: Sequence[str], random_: random.Random) -> str:
    """Put another word in the place of one."""
    words = quote.split()
    words[random_.randrange(len(words))] = random_.choice(vocabulary)
    return " ".join(words)


def _cut(quote: str, _: Sequence[str], random_: random.Random) -> str:
    """Leave words out, at the beginning, at the end or, unmarked, in the middle."""
    words = quote.split()
    gone = random_.randint(1, max(1, len(words) // 4))
    place = random_.choice(("begin", "end", "middle"))
    if place == "begin":
        return " ".join(words[gone:])
    if place == "end":
        return " ".join(words[:-gone])
    at = random_.randint(2, len(words) - gone - 2)
    return " ".join([*words[:at], *words[at + gone :]])


def _folded(text: str) -> str:
    return " ".join(_WORD.findall(normalise(text).lower().replace("'", "")))


@click.command()
@click.option("--data", type=click.Path(path_type=Path), default=Path("../shared/data"))
@click.option("--quotes", "count", type=click.IntRange(3), default=1_000)
@click.option("--seed", type=int, default=0)
@click.option("--show", is_flag=True, help="Print what went wrong.")
def main(data: Path, count: int, seed: int, show: bool) -> None:
    """Print how many look-ups are right, by kind, and how long they take."""
    texts = {row["id"]: row["text"] for row in jsonl.values(data / "news26k" / "articles.jsonl.gz")}
    outside = {name for name in texts if _digest(name) % HELD_OUT == 0}
    indexed = {name: text for name, text in texts.items() if name not in outside}
    held_out = {name: texts[name] for name in outside}
    cases = draw(indexed, held_out, count, random.Random(seed))  # noqa: S311
    with tempfile.TemporaryDirectory() as folder:
        collection = Indexed(indexed, Path(folder) / "words")
        report(cases, collection, click.echo, show=show)


def report(
    cases: Sequence[Drawn], collection: Indexed, echo: Callable[[str], None], *, show: bool = False
) -> None:
    """Look every case up and print the shares."""
    good: Counter[str] = Counter()
    all_: Counter[str] = Counter()
    times: list[float] = []
    work: list[float] = []
    for case in cases:
        begun, spent = time.perf_counter(), time.thread_time()
        found = find(case.quote, collection.search)
        times.append((time.perf_counter() - begun) * 1000)
        work.append((time.thread_time() - spent) * 1000)
        group = case.kind if case.kind in ("exact", "absent") else "damaged"
        is_right = right(case, found, collection.texts)
        for name in {group, case.kind}:
            all_[name] += 1
            good[name] += is_right
        if show and not is_right:
            best = found and (
                found[0].similarity,
                collection.texts[found[0].key][slice(*found[0].span)],
            )
            echo(f"{case.kind}: {case.quote!r} -> {best!r}")
    echo(f"{len(collection.texts):,} articles indexed, {len(cases):,} quotations")
    for name in ("exact", "damaged", "shortened", "changed", "cut", "absent"):
        if all_[name]:
            echo(f"{name:10} {good[name]}/{all_[name]} = {good[name] / all_[name]:.4f}")
    for name, values in (("elapsed", times), ("of processor", work)):
        middle, late = np.percentile(values, (50, 95))
        echo(f"milliseconds {name}: median {middle:.1f}, 95th percentile {late:.1f}")


def _digest(name: str) -> int:
    return int(hashlib.sha256(name.encode()).hexdigest(), 16)


if __name__ == "__main__":
    main()
