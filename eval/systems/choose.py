"""Open a system by its name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from eval.errors import RunError
from eval.suite import Suite, Task
from eval.systems import ranking
from eval.systems.constant import Constant, Silent
from eval.systems.pipeline import Pipeline
from eval.systems.single import First, Majority
from eval.systems.system import Base
from eval.systems.texts import Texts
from eval.systems.top_passage import TopPassage
from rag.dateline import Dateline

SYSTEMS: dict[Task, tuple[str, ...]] = {
    "ask": ("dateline", "bm25", "dense", "fused", "constant", "silent", "llama-index"),
    "verify": ("dateline", "rules", "overlap", "constant", "silent"),
    "attribute": ("dateline", "nearest-name"),
}
ONE_SIDED: dict[str, type[Pipeline]] = {"first": First, "majority": Majority}
"""Baselines for where articles disagree; they are not in the tables."""
NAMES = tuple(dict.fromkeys([*(name for names in SYSTEMS.values() for name in names), *ONE_SIDED]))

TREC = "trec:"
"""Before the file of a run that another program made."""
Open = Callable[[], Dateline]


def choose(name: str, suite: Suite, collection: Open) -> Base:
    """Return the system of that name for what the suite asks; ``collection`` opens the articles.

    Raises RunError where the system does not do what the suite asks.
    """
    if name.startswith(TREC) and suite.task == "ask":
        from eval.systems.trec_run import TrecRun

        return TrecRun(Path(name.removeprefix(TREC)), suite)
    if name not in SYSTEMS[suite.task] and not (suite.task == "ask" and name in ONE_SIDED):
        raise RunError(
            f"{name} does not {suite.task}, which {suite.name} asks for.",
            remedy=f"--system takes {', '.join(SYSTEMS[suite.task])} there.",
        )
    if suite.task == "verify":
        return _verifier(name, suite)
    if suite.task == "attribute":
        from eval.systems import attributors

        return attributors.Dateline(suite) if name == "dateline" else attributors.NearestName(suite)
    return _answerer(name, suite, collection)


def _verifier(name: str, suite: Suite) -> Base:
    from eval.systems import verifiers

    if name == "dateline":
        from rag.models.scorer import Scorer
        from rag.models.support import NetworkJudge

        return verifiers.Dateline(suite, NetworkJudge(Scorer()))
    kinds: dict[str, type[Texts]] = {
        "rules": verifiers.Rules,
        "overlap": verifiers.Overlap,
        "constant": verifiers.KeepAll,
        "silent": verifiers.RejectAll,
    }
    return kinds[name](suite)


def _answerer(name: str, suite: Suite, collection: Open) -> Base:
    if name == "constant":
        return Constant(suite)
    if name == "silent":
        return Silent(suite)
    dateline = collection()
    if name == "dateline":
        return Pipeline(dateline)
    if name in ONE_SIDED:
        return ONE_SIDED[name](dateline)
    if name == "llama-index":
        from eval.systems import llama_index

        return TopPassage(name, dateline, llama_index.build(dateline))
    rank = {"bm25": ranking.bm25, "dense": ranking.dense, "fused": ranking.fused}[name]
    return TopPassage(name, dateline, rank(dateline))
