"""What the rest of Dateline knows of an index: vectors and words of every current passage.

Two engines are behind it: FAISS and tantivy in this process (`index`), and Milvus (`milvus_index`).
See docs/decisions/0012-milvus.md for why it is cut here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Protocol

from rag.store.rows import IndexRow
from rag.types import Filters, Finding

if TYPE_CHECKING:
    from llama_index.core.vector_stores.types import BasePydanticVectorStore

    from rag.config import Settings
    from rag.store.catalogue import Catalogue
    from rag.store.database import Database
    from rag.store.segments import Codes


class Words(Protocol):
    """BM25 over the words of passages and of their titles."""

    def __len__(self) -> int:
        """How many passages there are."""

    def search(self, text: str, filters: Filters, limit: int) -> list[tuple[str, float]]:
        """Return ids and BM25 scores of the best passages, best first."""

    def search_phrases(
        self, parts: Iterable[str], filters: Filters, limit: int
    ) -> list[tuple[str, float]]:
        """Return ids and scores of the passages that hold most pairs of neighbouring words."""

    def document_frequency(self, term: str) -> int:
        """In how many passages a stem occurs."""


class AuditedVectors(Protocol):
    """Vectors that can be compared with the catalogue's."""

    def contents(self) -> Iterator[tuple[list[int], list[str], Codes]]:
        """Yield keys, ids and half-precision vectors of all passages, some thousand at a time."""


class AuditedWords(Protocol):
    """Texts that can be compared with the catalogue's."""

    def ids(self) -> Iterator[str]:
        """Yield the id of every passage."""

    def holds(self, row: IndexRow) -> bool:
        """Whether the words of a passage and of its title are indexed under its id."""


class PassageIndex(Protocol):
    """Finds passages of one generation of the catalogue, and keeps up with it.

    ``vectors`` is a vector store of llama-index: its ``query`` takes metadata filters on
    ``article_id``, ``outlet`` (casefolded) and ``published_at`` (microseconds since 1970).
    """

    @property
    def vectors(self) -> BasePydanticVectorStore:
        """Search by meaning."""

    @property
    def words(self) -> Words:
        """Search by words."""

    @property
    def generation(self) -> int:
        """The generation of the catalogue that a search shows, or an older one than it shows."""

    @property
    def trouble(self) -> str | None:
        """Why it could not catch up the last time, if it could not."""

    def refresh(self) -> None:
        """Catch up with the catalogue and wait for it; raises StoreError."""

    def follow(self) -> None:
        """Make sure that a thread keeps up with the catalogue; wait for it, but not for long."""

    def save(self) -> None:
        """Keep what spares the next process work, where this process has something to keep."""

    def rebuild(self) -> None:
        """Forget everything and take it from the catalogue again; raises StoreError."""

    def close(self) -> None:
        """Stop following and let go of files and connections."""

    def check(self, *, deep: bool = False) -> Finding:
        """Compare with the catalogue: ids, and with ``deep`` vectors and texts too."""


def open_index(
    settings: Settings, catalogue: Catalogue, database: Database, dimension: int
) -> PassageIndex:
    """Open the index that the settings name; raises StoreError or SettingsError."""
    if settings.vectors == "faiss":
        from rag.store.index import Index

        return Index(catalogue, dimension, settings.data / "index")
    from rag.store.milvus_index import open_milvus

    return open_milvus(settings, catalogue, database, dimension)
