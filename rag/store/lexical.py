"""BM25 over passages with tantivy: single adds and deletes without a rebuild."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from threading import RLock

from tantivy import (
    Document,
    FieldType,
    Index,
    IndexWriter,
    Occur,
    Query,
    Schema,
    SchemaBuilder,
)

from rag.language import ANALYZER, analyzer, join_abbreviations, placed_terms, terms
from rag.moments import microseconds
from rag.store.periods import cover, periods
from rag.store.rows import IndexRow
from rag.store.snapshot import link_files
from rag.types import Filters

# Words of a title weigh this much against words of the passage: chosen, not tuned yet.
TITLE_WEIGHT = 0.5
MAX_TERMS = 64
"""More words than this in a query are not looked up: it bounds the time of a hostile one."""
MAX_PHRASES = 16
"""Pairs of words that one search for phrases looks up, the rarest ones."""
FEW = 0.1
"""A filter that lets through less than this part of the passages is looked up by its days: in one
month of 300,000 passages .5 ms in place of 1.4 ms, in a third of them 2.2 in place of 1.7 ms."""
_SECOND = datetime.min.replace(tzinfo=UTC) + timedelta.resolution
_WRITER_HEAP = 50_000_000
_META, _MANAGED = "meta.json", ".managed.json"
_TRIES = 5


class LexicalIndex:
    """A BM25 index (k1 = 1.2, b = 0.75) in a folder that this process alone writes.

    tantivy lets one process write into a folder; each of Dateline's has a folder of its own, whose
    files are at first second names for a snapshot's. Safe for several threads; searches take no
    lock.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._schema = _schema()
        self._index = Index(self._schema, path=str(folder), reuse=True)
        self._index.register_tokenizer(ANALYZER, analyzer())
        self._writer: IndexWriter | None = None
        self._searcher = self._index.searcher()
        self._lock = RLock()

    def copy(self, target: Path) -> None:
        """Link the files of the last commit into a new folder; raises OSError.

        Files never change once written. Merges that run beside leave theirs out of it.
        """
        with self._lock:
            target.mkdir(parents=True)
            for _ in range(_TRIES):
                meta = json.loads((self._folder / _META).read_text())
                mine = [segment["segment_id"].replace("-", "") for segment in meta["segments"]]
                files = [file for file in self._folder.iterdir() if file.name.split(".")[0] in mine]
                try:
                    link_files(files, target)
                except FileNotFoundError:
                    continue  # a merge ended between the two looks
                (target / _META).write_text(json.dumps(meta))
                (target / _MANAGED).write_text(json.dumps([file.name for file in files] + [_META]))
                return
        raise OSError(f"the files in {self._folder} do not stay")

    def __len__(self) -> int:
        return int(self._searcher.num_docs)

    def add(self, removed: Iterable[str], added: Iterable[IndexRow]) -> None:
        """Remove passages by id, then add rows; searches see nothing of it before ``commit``."""
        with self._lock, self._undone():
            writer = self._writing()
            for passage_id in removed:
                writer.delete_documents_by_term("id", passage_id)
            for row in added:
                writer.add_document(_document(row))

    def commit(self) -> None:
        """Let searches see what was added; raises OSError, and then all of it is undone."""
        with self._lock, self._undone():
            self._writing().commit()
            self._index.reload()
            self._searcher = self._index.searcher()

    def undo(self) -> None:
        """Forget what was added since the last commit."""
        with self._lock, self._undone():
            if self._writer is not None:
                self._writer.rollback()

    def apply(self, removed: Iterable[str], added: Iterable[IndexRow]) -> None:
        """Remove passages by id, then add rows; searches see all of it or nothing."""
        self.add(removed, added)
        self.commit()

    def ids(self) -> Iterator[str]:
        """Yield the id of every passage, to compare with the catalogue."""
        searcher = self._searcher
        hits = searcher.search(Query.all_query(), max(1, len(self)), count=False).hits
        return (str(searcher.doc(address)["id"][0]) for _, address in hits)

    def holds(self, row: IndexRow) -> bool:
        """Whether the words of a passage and of its title are indexed under its id."""
        clauses = [(Occur.Must, Query.term_query(self._schema, "id", row.id))]
        clauses += [
            (Occur.Must, Query.term_query(self._schema, name, word, "freq"))
            for name, text in (("text", row.text), ("title", row.title or ""))
            for word in dict.fromkeys(terms(text))
        ]
        return bool(self._searcher.search(Query.boolean_query(clauses), 1).hits)

    def _writing(self) -> IndexWriter:
        if self._writer is None:
            self._writer = self._index.writer(_WRITER_HEAP, 1)
        return self._writer

    @contextmanager
    def _undone(self) -> Iterator[None]:
        """After a failure go on with a new writer from the last commit: tantivy's own is dead."""
        try:
            yield
        except (ValueError, OSError) as error:
            self._writer = None
            raise OSError(f"{self._folder} cannot be written: {error}") from error

    def search(self, text: str, filters: Filters, limit: int) -> list[tuple[str, float]]:
        """Return ids and BM25 scores of the best passages, best first."""
        words = list(dict.fromkeys(terms(text)))[:MAX_TERMS]
        if not words or limit <= 0:
            return []
        query = self._any(words)
        if narrowing := self._filters(filters):
            clauses = [(Occur.Must, clause) for clause in (query, *narrowing)]
            query = Query.boolean_query(clauses)
        searcher = self._searcher
        # Counting all matches would keep tantivy from leaving out those that cannot be among the
        # best; so would a query around the words where nothing narrows it.
        hits = searcher.search(query, limit, count=False).hits
        return [(str(searcher.doc(address)["id"][0]), float(score)) for score, address in hits]

    def search_phrases(
        self, parts: Iterable[str], filters: Filters, limit: int
    ) -> list[tuple[str, float]]:
        """Return ids and scores of the passages that hold most pairs of neighbouring words.

        Words that carry no topic keep their places but are not looked up: "moved by the threats" is
        a pair. A part with one word is looked up as a word. The rarest MAX_PHRASES pairs count.
        """
        phrases = {tuple(pair): self._rarity(pair) for part in parts for pair in _pairs(part)}
        rarest = sorted(phrases, key=lambda pair: (phrases[pair], pair))[:MAX_PHRASES]
        if not rarest or limit <= 0:
            return []
        clauses = []
        for pair in rarest:
            query = (
                Query.term_query(self._schema, "text", pair[0][1], "freq")
                if len(pair) == 1
                else Query.phrase_query(self._schema, "text", list(pair))
            )
            clauses.append((Occur.Should, query))
        query = Query.boolean_query(clauses)
        if narrowing := self._filters(filters):
            query = Query.boolean_query([(Occur.Must, item) for item in (query, *narrowing)])
        searcher = self._searcher
        hits = searcher.search(query, limit, count=False).hits
        return [(str(searcher.doc(address)["id"][0]), float(score)) for score, address in hits]

    def _rarity(self, pair: Sequence[tuple[int, str]]) -> int:
        return min(self.document_frequency(stem) for _, stem in pair)

    def document_frequency(self, term: str) -> int:
        """In how many passages a stem occurs."""
        return int(self._searcher.doc_freq("text", term))

    def _any(self, words: Sequence[str]) -> Query:
        clauses: list[tuple[Occur, Query]] = []
        for word in words:
            clauses.append((Occur.Should, Query.term_query(self._schema, "text", word, "freq")))
            title = Query.term_query(self._schema, "title", word, "freq")
            clauses.append((Occur.Should, Query.boost_query(title, TITLE_WEIGHT)))
        return Query.boolean_query(clauses)

    def _filters(self, filters: Filters) -> list[Query]:
        queries = []
        for name, wanted in (
            ("article_id", list(filters.articles)),
            ("outlet", [outlet.casefold() for outlet in filters.outlets]),
        ):
            if wanted:
                queries.append(Query.term_set_query(self._schema, name, wanted))
        if dates := _dates(filters):
            first, last = dates
            queries.append(self._between(first, last))
        return [Query.const_score_query(query, 0.0) for query in queries]

    def _between(self, first: datetime | None, last: datetime | None) -> Query:
        """Match the dates, few of them by the terms of their days, many by looking at each.

        Where a day is cut by a bound, its own texts alone are looked at.
        """
        moments = Query.range_query(
            self._schema,
            "published_at",
            FieldType.Integer,
            None if first is None else microseconds(first),
            None if last is None else microseconds(last),
        )
        whole, cut = cover(first, last)
        count = sum(int(self._searcher.doc_freq("period", term)) for term in (*whole, *cut))
        if count > len(self) * FEW:
            return moments
        clauses = [(Occur.Should, Query.term_set_query(self._schema, "period", whole))]
        for day in cut:
            mine = Query.term_query(self._schema, "period", day)
            both = Query.boolean_query([(Occur.Must, mine), (Occur.Must, moments)])
            clauses.append((Occur.Should, both))
        return Query.boolean_query(clauses)


def _dates(filters: Filters) -> tuple[datetime | None, datetime | None] | None:
    """Return the first and the last moment that pass, None where nothing bounds it."""
    last = [filters.as_of] if filters.as_of else []
    # The first moment of all has none before it.
    last += [max(filters.before, _SECOND) - timedelta.resolution] if filters.before else []
    if not last and filters.after is None:
        return None
    return filters.after, min(last, default=None)


def _pairs(part: str) -> list[list[tuple[int, str]]]:
    """Return neighbouring stems with their distance, or the only one."""
    placed = placed_terms(part)
    if len(placed) == 1:
        return [[(0, placed[0][1])]]
    return [[(0, one), (at - place, other)] for (place, one), (at, other) in pairwise(placed)]


def _document(row: IndexRow) -> Document:
    document = Document()
    document.add_text("id", row.id)
    document.add_text("article_id", row.article_id)
    document.add_text("text", join_abbreviations(row.text))
    if row.title:
        document.add_text("title", join_abbreviations(row.title))
    if row.outlet:
        document.add_text("outlet", row.outlet.casefold())
    if row.published_at:
        document.add_integer("published_at", microseconds(row.published_at))
        for period in periods(row.published_at):
            document.add_text("period", period)
    return document


def _schema() -> Schema:
    builder = SchemaBuilder()
    builder.add_text_field("id", stored=True, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("article_id", tokenizer_name="raw", index_option="basic")
    builder.add_text_field("outlet", tokenizer_name="raw", index_option="basic")
    builder.add_integer_field("published_at", fast=True, indexed=True)
    builder.add_text_field("period", tokenizer_name="raw", index_option="basic")
    builder.add_text_field("text", tokenizer_name=ANALYZER, index_option="position")
    builder.add_text_field("title", tokenizer_name=ANALYZER, index_option="freq")
    return builder.build()
