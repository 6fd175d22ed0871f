"""The suites, each by the adapter that reads it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from eval.adapters import (
    beir,
    claims,
    clapnq,
    conflicts,
    gold,
    inscit,
    mtrag,
    multihop_rag,
    newsdesk,
    newsroom,
    own,
    polnear,
    realtimeqa,
    squad2,
)
from eval.errors import SuiteUnknown
from eval.suite import Suite

BEIR = "beir:"
"""Before a folder: that folder, in BEIR's format."""
OWN = "own:"
"""Before a folder with cases and articles, such as `dateline eval feedback` writes."""

SUITES: dict[str, Callable[[Path], Suite]] = {
    "gold": gold.load,
    "gold-plain": gold.plain,
    "gold-chats": gold.chats,
    "newsdesk": newsdesk.questions,
    "newsdesk-twins": newsdesk.twins,
    "newsdesk-stories": newsdesk.stories,
    "newsdesk-claims": newsdesk.claims,
    "newsdesk-statements": newsdesk.statements,
    "newsroom": newsroom.questions,
    "newsroom-stories": newsroom.stories,
    "newsroom-claims": newsroom.claims,
    "realtimeqa": realtimeqa.load,
    "realtimeqa-matched": realtimeqa.matched,
    "multihop_rag": multihop_rag.load,
    "clapnq": clapnq.load,
    "squad2": squad2.load,
    "ramdocs": conflicts.ramdocs,
    "rgb": conflicts.rgb,
    "mtrag_un": mtrag.unanswerables,
    "mtrag_rewrites": mtrag.rewrites,
    "inscit": inscit.load,
    "polnear": polnear.development,
    "polnear-train": polnear.training,
    "qags": claims.qags,
    "wice": claims.wice,
}


def load_suite(name: str, data: Path) -> Suite:
    """Read a suite by name, ``beir:FOLDER`` or ``own:FOLDER``.

    ``data`` is the folder of the public sets. Raises SuiteUnknown, DataMissing or CaseError.
    """
    if name.startswith(BEIR):
        return beir.load(Path(name.removeprefix(BEIR)))
    if name.startswith(OWN):
        return own.load(Path(name.removeprefix(OWN)))
    if name not in SUITES:
        raise SuiteUnknown(
            f"There is no suite {name!r}.",
            remedy=f"There are {', '.join(SUITES)}, {BEIR}FOLDER and {OWN}FOLDER.",
        )
    return SUITES[name](data)
