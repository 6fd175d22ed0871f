"""Move a collection to other stores while it is served, and show that it answers the same."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from rag.answering import NO_FILTERS
from rag.config import Settings
from rag.errors import MigrationImpossible
from rag.store.database import Database, exists
from rag.store.transfer import Copied, finish, transfer
from rag.types import Answer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rag.dateline import Dateline

Progress = Callable[[int, int], None]
LATEST = 20
"""Questions that were asked here last and are asked again where no others are named."""


@dataclass(frozen=True, slots=True)
class Moved:
    """What was copied, and how the copy answers."""

    copied: Copied
    asked: int
    different: tuple[str, ...]
    """Questions that are answered otherwise."""
    behind: int
    """Writes that came while it was copied; the same call again brings them."""


def target_of(settings: Settings, to: str, vectors: str | None) -> Settings:
    """Return the settings of the collection at a database's URL or in a new data folder.

    Raises MigrationImpossible for the one it comes from.
    """
    changed: dict[str, Any] = (
        {"database": to} if "://" in to else {"data": Path(to), "database": None}
    )
    if vectors is not None:
        changed["vectors"] = vectors
    made = Settings(**{**settings.model_dump(), **changed})
    if made.database_url == settings.database_url:
        raise MigrationImpossible(
            f"{to} is the collection itself.", remedy="Name another database or data folder."
        )
    return made


def copy(settings: Settings, to: Settings, progress: Progress = lambda *_: None) -> Copied:
    """Copy the catalogue and check every row; raises MigrationImpossible and StoreError."""
    if not exists(settings.database_url):
        raise MigrationImpossible(
            f"There is no collection in {settings.data}.", remedy="Name it with --data."
        )
    source = Database(settings.database_url)
    try:
        target = Database(to.database_url)
        try:
            copied = transfer(source, target, progress)
            finish(target)
        finally:
            target.close()
    finally:
        source.close()
    return copied


def check(
    settings: Settings,
    to: Settings,
    copied: Copied,
    questions: Sequence[str] | None = None,
    like: Dateline | None = None,
) -> Moved:
    """Build the copy's index, compare it with its catalogue, and ask both collections the same.

    Nothing that is asked is recorded. ``like`` is an open one whose models are used. Raises
    MigrationImpossible when the index is not right.
    """
    from rag.dateline import Dateline

    with _opened(Dateline(settings, like=like)) as old, TemporaryDirectory() as folder:
        # An index in files is of one catalogue: where the folder is another's, it is made beside.
        mine = to if to.data != settings.data else to.model_copy(update={"data": Path(folder)})
        with _opened(Dateline(mine, like=old)) as new:
            finding = new.index.check(deep=True)
            if not finding.ok:
                raise MigrationImpossible(
                    f"The new index is not that of the catalogue: {finding.detail}.",
                    remedy=finding.remedy or "Run it again.",
                )
            if questions is None:
                questions = [item.question for item in old.answers.page(LATEST).items]
            asked = list(dict.fromkeys(questions))
            other = tuple(q for q in asked if _essence(old, q) != _essence(new, q))
            return Moved(copied, len(asked), other, old.catalogue.generation() - copied.generation)


def questions_in(path: Path) -> list[str]:
    """Read questions: one a line, or JSON Lines with `question`; raises MigrationImpossible."""
    try:
        lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
        return [json.loads(x)["question"] if x.startswith("{") else x.strip() for x in lines]
    except (OSError, ValueError, KeyError) as error:
        raise MigrationImpossible(
            f"The questions in {path} cannot be read: {error}.",
            remedy="Write one a line, or JSON Lines with `question`.",
        ) from error


@contextmanager
def _opened(dateline: Dateline) -> Iterator[Dateline]:
    try:
        yield dateline
    finally:
        dateline.close()


def _essence(dateline: Dateline, question: str) -> Mapping[str, Any]:
    """Return what an answer says and cites; its id and its timings are always others."""
    answering = dateline.answering
    answer: Answer = answering.answer(
        answering.find(answering.understand(question, (), NO_FILTERS, None))
    )
    return {
        "text": answer.text,
        "reason": answer.reason,
        "confidence": round(answer.confidence, 4),
        "cites": _places(answer.citations),
    }


def _places(citations: Iterable[Any]) -> list[tuple[str, int, int, int]]:
    return [(c.article_id, c.version, c.start, c.end) for c in citations]
