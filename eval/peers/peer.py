"""What every peer shares: read the suite, ingest, ask, store."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

import click

from eval.adapters import load_suite
from eval.cases import Case
from eval.commands import score_and_show
from eval.folder import RunFolder
from eval.record import Cited, Ranked, Reply, Said
from eval.run import run
from eval.suite import Suite, source_id
from eval.systems.system import DEPTH
from rag.errors import ArticleNotFound
from rag.models.embedder import Embedder
from rag.types import Source


class Found(NamedTuple):
    """A stretch of an article that a peer found."""

    article: str
    start: int
    end: int
    score: float


class Peer(ABC):
    """A program that finds passages; the first one, whole, is its answer.

    Filters are applied to a deeper search, because not every peer has them.
    """

    name: str
    package: str | None = None
    """Its distribution on the package index, whose version is stored with a run."""

    def __init__(self, articles: Sequence[Source]) -> None:
        self._articles = {source_id(item): item for item in articles}
        self._size = len(articles)

    def load(self) -> None:  # noqa: B027
        """Load the models, before the clock of the ingest begins."""

    @abstractmethod
    def ingest(self, articles: Sequence[Source]) -> int:
        """Index the articles; returns how many passages."""

    @abstractmethod
    def search(self, question: str, limit: int) -> list[Found]:
        """Return the best passages, best first."""

    def settings(self) -> Mapping[str, object]:
        """Return its version and the embedder's fingerprint: else it runs with its defaults."""
        version = metadata.version(self.package) if self.package else None
        models = {"embedder": Embedder().fingerprint}
        return {"peer": self.name, "version": version, "models": models}

    def warm(self) -> None:
        """Search once."""
        self.search("ready", 1)

    def ask(self, case: Case) -> Reply:
        """Answer with the first passage."""
        ranked = self._ranked(case, case.question)
        if not ranked:
            return Reply(text="", abstained=True, probability=False, query=case.question)
        best = ranked[0]
        text = self.text(best.article)[best.start : best.end]
        cited = Cited(number=1, article=best.article, version=1, passage=best.id,
                      start=best.start, end=best.end, quote=text)  # fmt: skip
        return Reply(
            text=f"{text} [1]",
            sentences=(Said(text=text, citations=(1,)),),
            citations=(cited,),
            confidence=best.score,
            probability=False,
            query=case.question,
            ranked=ranked,
        )

    def rank(self, case: Case, reply: Reply) -> Reply:
        """Add the search for a follow-up's standalone form."""
        if not (case.history and case.standalone):
            return reply
        return replace(reply, ranked_standalone=self._ranked(case, case.standalone))

    def text(self, article: str, version: int | None = None) -> str:  # noqa: ARG002
        """Return an article's text as the suite has it; raises ArticleNotFound."""
        if article not in self._articles:
            raise ArticleNotFound(f"The suite has no article {article}.")
        return self._articles[article].text

    def close(self) -> None:  # noqa: B027
        """Do nothing: nothing is held."""

    def _ranked(self, case: Case, question: str) -> tuple[Ranked, ...]:
        depth = 50 * DEPTH if case.within or case.as_of else DEPTH
        found = [item for item in self.search(question, depth) if self._allowed(case, item)]
        return tuple(
            Ranked(id=f"{f.article}:1:{f.start}-{f.end}", article=f.article, version=1,
                   start=f.start, end=f.end, score=f.score)
            for f in found[:DEPTH]
        )  # fmt: skip

    def _allowed(self, case: Case, found: Found) -> bool:
        if case.within and found.article not in case.within:
            return False
        published = self._articles[found.article].published_at
        return case.as_of is None or (published is not None and published <= case.as_of)


def main(peer: type[Peer]) -> None:
    """Run a peer from the command line."""

    @click.command(help=f"Run SUITE with {peer.name}, with the same embedder as Dateline.")
    @click.argument("suite")
    @click.option("--data", type=click.Path(path_type=Path), default=Path("../shared/data"))
    @click.option("--limit", type=click.IntRange(1))
    @click.option("--dev", is_flag=True)
    @click.option("--out", type=click.Path(path_type=Path), required=True)
    def command(suite: str, data: Path, limit: int | None, dev: bool, out: Path) -> None:
        chosen: Suite = load_suite(suite, data)
        chosen = chosen.part(dev=dev, limit=limit)
        system = peer(chosen.articles)
        system.load()
        begun, work = time.perf_counter(), time.process_time()
        passages = system.ingest(chosen.articles)
        seconds = time.perf_counter() - begun
        ingest: dict[str, object] = {
            "articles": len(chosen.articles),
            "passages": passages,
            "seconds": seconds,
            "processor_seconds": time.process_time() - work,
        }
        folder = run(chosen, system, RunFolder(out), ingest=ingest)
        score_and_show([folder], as_json=False)
        click.echo(f"ingest: {len(chosen.articles) / seconds:.1f} articles/s")

    command()
