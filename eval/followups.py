"""What follow-ups retrieve, by how they are put: ``python -m eval.followups SUITE --data FOLDER``.

The same search is given the last turn alone, all questions so far in one, our rewrite without a
language model, that and the last answer fused as asking does it, and what a person wrote, where
the suite has that. No model reads or answers, unless ``--answers`` asks how often the answer to the
follow-up cites the evidence, and how often that to the person's question does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import click
import ir_measures
from ir_measures import Qrel, R, ScoredDoc, nDCG

from eval.adapters import load_suite
from eval.cases import Case
from eval.collection import RUNS, open_collection
from eval.judge import CURRENT, Place, covers, places
from eval.metrics import interval
from rag.ask.asked import asked
from rag.ask.retrieve import together
from rag.ask.rewrite import rewrite
from rag.dateline import Dateline
from rag.language import normalise
from rag.types import Answer, Candidate, Query, Turn

DEPTH = 5
SEARCHED = 20
"""Passages that each wording proposes, as in asking."""
MEASURES = (R @ DEPTH, nDCG @ DEPTH)


def forms(case: Case) -> dict[str, str]:
    """Return the question as each way of completing it puts it."""
    questions = [turn.content for turn in case.history if turn.role == "user"]
    found = {
        "last turn": case.question,
        "all turns": " ".join([*questions, case.question]),
        "rewritten": _rewritten(case).text,
    }
    return {**found, "by a person": case.standalone} if case.standalone else found


def _rewritten(case: Case) -> Query:
    history = [
        Turn(role=turn.role, content=asked(turn.content) if turn.role == "user" else turn.content)
        for turn in case.history
    ]
    return rewrite(asked(case.question), history)


def judged(case: Case, found: Sequence[Candidate]) -> tuple[list[Qrel], list[ScoredDoc]]:
    """Return what is relevant for a case, and a ranking: each group counts once, where it is first.

    A passage holds a group when it has one of its quotes whole, or is of one of its articles.
    """
    qrels = {f"missing-{at}": 1 for at in range(len(case.evidence))}
    run: list[ScoredDoc] = []
    for rank, candidate in enumerate(found):
        text = normalise(candidate.passage.text)
        held = [
            at
            for at, group in enumerate(case.evidence)
            if f"missing-{at}" in qrels
            and any(
                gold.article == candidate.article.id
                and (not gold.quote or normalise(gold.quote) in text)
                for gold in group
            )
        ]
        for at in held:
            del qrels[f"missing-{at}"]
        if held:
            qrels[f"rank-{rank}"] = len(held)
        run.append(ScoredDoc(case.id, f"rank-{rank}", -float(rank)))
    return [Qrel(case.id, name, worth) for name, worth in qrels.items()], run


def measure(dateline: Dateline, cases: Sequence[Case]) -> dict[str, dict[str, list[float]]]:
    """Return the figures of each form and measure, case by case."""
    found: dict[str, dict[str, list[float]]] = {}
    for case in cases:
        ranks = {
            form: dateline.answering.candidates(text, case.filters, SEARCHED)
            for form, text in forms(case).items()
        }
        query = _rewritten(case)
        searched = [
            dateline.answering.candidates(text, case.filters, SEARCHED)
            for text in query.wordings or [query.text]
        ]
        ranks["as searched"] = together(searched, DEPTH)
        for form, ranked in ranks.items():
            qrels, run = judged(case, ranked[:DEPTH])
            for name, value in _values(qrels, run).items():
                found.setdefault(form, {}).setdefault(name, []).append(value)
    return found


def _values(qrels: Sequence[Qrel], run: Sequence[ScoredDoc]) -> Mapping[str, float]:
    if not run:
        return {str(item): 0.0 for item in MEASURES}
    return {str(k): v for k, v in ir_measures.calc_aggregate(MEASURES, qrels, run).items()}


def answers(dateline: Dateline, cases: Sequence[Case]) -> dict[str, list[float]]:
    """Return for each case 1 where the answer cites any of its evidence, by how it is asked.

    A citation counts as in a run: when it shares half of the shorter with a gold sentence.
    """
    found: dict[str, list[float]] = {"follow-up": [], "by a person": []}
    for case in cases:
        groups = places(case, _texts(dateline, case))
        asked_so = dateline.ask(case.question, case.history, case.filters)
        alone = dateline.ask(case.standalone or case.question, (), case.filters)
        for form, answer in (("follow-up", asked_so), ("by a person", alone)):
            found[form].append(float(_cites(answer, groups)))
    return found


def _cites(answer: Answer, groups: Sequence[tuple[Place, ...]]) -> bool:
    cited = [Place(item.article_id, item.start, item.end) for item in answer.citations]
    return any(covers(place, group) for place in cited for group in groups)


def _texts(dateline: Dateline, case: Case) -> dict[tuple[str, int], str]:
    names = {gold.article for group in case.evidence for gold in group}
    return {(name, CURRENT): dateline.article(name).text for name in names}


@click.command()
@click.argument("suite")
@click.option("--data", type=click.Path(path_type=Path), required=True)
@click.option("--folder", type=click.Path(path_type=Path),
              help="A collection that holds the suite's articles already.")  # fmt: skip
@click.option("--kind", help="Only cases of this kind, such as `chat follow-up`.")
@click.option("--show", is_flag=True, help="List each rewrite.")
@click.option("--answers", "ask", is_flag=True, help="How often answers cite the evidence as well.")
def main(
    suite: str, data: Path, folder: Path | None, kind: str | None, show: bool, ask: bool
) -> None:
    """Print R@5 and nDCG@5 of each way to put a follow-up."""
    from rag.config import load_settings

    loaded = load_suite(suite, data)
    cases = [case for case in loaded.cases if case.history and case.evidence]
    cases = [case for case in cases if kind in (None, case.kind)]
    dateline = (
        Dateline(load_settings(data=folder)) if folder else open_collection(loaded, root=RUNS)
    )
    try:
        if show:
            for case in cases:
                click.echo(f"{case.question} | {forms(case)['rewritten']} | {case.standalone}")
        for form, figures in measure(dateline, cases).items():
            told = ", ".join(
                f"{name} {item.value:.3f} [{item.low:.3f}, {item.high:.3f}]"
                for name, values in figures.items()
                for item in [interval.mean(name, values)]
            )
            click.echo(f"{form:12} n={len(cases)} {told}")
        for form, values in answers(dateline, cases).items() if ask else ():
            item = interval.mean("cited", values)
            told = f"{item.value:.3f} [{item.low:.3f}, {item.high:.3f}]"
            click.echo(f"answer, {form}: n={len(cases)} evidence cited {told}")
    finally:
        dateline.close()


if __name__ == "__main__":
    main()
