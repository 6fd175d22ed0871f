"""BM25 over passages with tantivy: single adds and deletes without a rebuild."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from threading import RLock

from tantivy import (
    Document,
    FieldType,
    Index,
    Occur,
    Query,
    Schema,
    SchemaBuilder,
)

from rag.language import ANALYZER, analyzer, join_abbreviations, terms
from rag.moments import microseconds
from rag.store.rows import IndexRow
from rag.store.snapshot import link_files
from rag.types import Filters

# Words of a title weigh this much against words of the passage: chosen, not tuned yet.
TITLE_WEIGHT = 0.5
MAX_TERMS = 64
"""More words than this in a query are not looked up: it bounds the time of a hostile one."""
_WRITER_HEAP = 50_000_000


class LexicalIndex:
    """A BM25 index (k1 = 1.2, b = 0.75) in a folder that this process alone writes.

    Safe for several threads.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._schema = _schema()
        self._index = Index(self._schema, path=str(folder), reuse=True)
        self._index.register_tokenizer(ANALYZER, analyzer())
        self._writer = self._index.writer(_WRITER_HEAP, 1)
        self._searcher = self._index.searcher()
        self._lock = RLock()

    def copy(self, target: Path) -> None:
        """Link the committed files into a new folder; they never change once written."""
        with self._lock:
            self._writer.wait_merging_threads()
            target.mkdir(parents=True)
            link_files(self._folder, target)
            self._writer = self._index.writer(_WRITER_HEAP, 1)

    def __len__(self) -> int:
        return int(self._searcher.num_docs)

    def apply(self, removed: Sequence[str], added: Iterable[IndexRow]) -> None:
        """Remove passages by id, then add rows; searches see all of it or nothing."""
        with self._lock:
            for passage_id in removed:
                self._writer.delete_documents_by_term("id", passage_id)
            for row in added:
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
                self._writer.add_document(document)
            self._writer.commit()
            self._index.reload()
            self._searcher = self._index.searcher()

    def search(self, text: str, filters: Filters, limit: int) -> list[tuple[str, float]]:
        """Return ids and BM25 scores of the best passages, best first."""
        words = list(dict.fromkeys(terms(text)))[:MAX_TERMS]
        if not words or limit <= 0:
            return []
        clauses: list[tuple[Occur, Query]] = [
            (Occur.Must, self._any(words)),
            *((Occur.Must, query) for query in self._filters(filters)),
        ]
        searcher = self._searcher
        hits = searcher.search(Query.boolean_query(clauses), limit).hits
        return [(str(searcher.doc(address)["id"][0]), float(score)) for score, address in hits]

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
        for moment, inclusive, lower in (
            (filters.after, True, True),
            (filters.before, False, False),
            (filters.as_of, True, False),
        ):
            if moment is not None:
                bound = microseconds(moment)
                queries.append(
                    Query.range_query(
                        self._schema,
                        "published_at",
                        FieldType.Integer,
                        lower_bound=bound if lower else None,
                        upper_bound=None if lower else bound,
                        include_lower=True,
                        include_upper=inclusive or lower,
                    )
                )
        return [Query.const_score_query(query, 0.0) for query in queries]


def _schema() -> Schema:
    builder = SchemaBuilder()
    builder.add_text_field("id", stored=True, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("article_id", tokenizer_name="raw", index_option="basic")
    builder.add_text_field("outlet", tokenizer_name="raw", index_option="basic")
    builder.add_integer_field("published_at", fast=True, indexed=True)
    builder.add_text_field("text", tokenizer_name=ANALYZER, index_option="freq")
    builder.add_text_field("title", tokenizer_name=ANALYZER, index_option="freq")
    return builder.build()
