"""Open a system by its name."""

from __future__ import annotations

from collections.abc import Callable

from eval.suite import Suite
from eval.systems import ranking
from eval.systems.constant import Constant, Silent
from eval.systems.pipeline import Pipeline
from eval.systems.system import System
from eval.systems.top_passage import TopPassage
from rag.dateline import Dateline

SYSTEMS = ("dateline", "bm25", "dense", "fused", "constant", "silent", "llama-index")


def choose(name: str, suite: Suite, collection: Callable[[], Dateline]) -> System:
    """Return the system of that name, one of ``SYSTEMS``; ``collection`` opens the articles."""
    if name == "constant":
        return Constant(suite)
    if name == "silent":
        return Silent(suite)
    dateline = collection()
    if name == "dateline":
        return Pipeline(dateline)
    if name == "llama-index":
        from eval.systems import llama_index

        return TopPassage(name, dateline, llama_index.build(dateline))
    rank = {"bm25": ranking.bm25, "dense": ranking.dense, "fused": ranking.fused}[name]
    return TopPassage(name, dateline, rank(dateline))
