"""Did the search find the evidence: by ir_measures, on sentences and on articles."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence

import ir_measures
from ir_measures import RR, Qrel, R, ScoredDoc, Success, nDCG

from eval.judge import Judged, holds
from eval.record import Ranked

PER_CASE = (nDCG @ 10, Success @ 1, RR @ 10)
PER_GROUP = (R @ 5, R @ 10)
NAMES = tuple(str(measure) for measure in (*PER_CASE, *PER_GROUP))

Found = list[frozenset[int]]
"""For each rank, which groups of evidence what stands there holds."""
Scores = dict[str, dict[str, float | None]]


def retrieval(judged: Sequence[Judged]) -> Scores:
    """Return the figures of each case.

    Plain names are on sentences: a passage is relevant only if it holds the whole gold sentence.
    ``article`` ones are on articles, each at the rank of its first passage. None where the case has
    no such gold.
    """
    sentence = {item.case.id: _passages(item, _ranked(item)) for item in judged if item.quoted}
    article = {item.case.id: _articles(item) for item in judged if item.case.evidence}
    groups = {item.case.id: len(item.case.evidence) for item in judged}
    by_sentence, by_article = measure(sentence, groups), measure(article, groups)
    none = dict.fromkeys(NAMES)
    return {
        item.case.id: {
            **by_sentence.get(item.case.id, none),
            **{f"article {k}": v for k, v in by_article.get(item.case.id, none).items()},
        }
        for item in judged
    }


def rewrites(judged: Sequence[Judged]) -> Scores:
    """Compare, for follow-ups, what the rewritten question found with what a person's found.

    Recall at 5 and 10 of the standalone question; the rewrite's own is among the other figures. By
    sentence, or by article where the gold is articles.
    """
    chosen = [item for item in judged if item.case.history and item.case.standalone]
    chosen = [item for item in chosen if item.case.evidence]
    found: dict[str, Found] = {}
    for item in chosen:
        ranked = item.reply.ranked_standalone if item.reply is not None else None
        level = _passages if item.quoted else _article_ranks
        found[item.case.id] = level(item, ranked or ())
    own = {
        item.case.id: (_passages if item.quoted else _article_ranks)(item, _ranked(item))
        for item in chosen
    }
    groups = {item.case.id: len(item.case.evidence) for item in chosen}
    by_person, by_rewrite = measure(found, groups), measure(own, groups)
    return {
        name: {
            "rewritten R@5": by_rewrite[name]["R@5"],
            "standalone R@5": by_person[name]["R@5"],
            "rewritten RR@10": by_rewrite[name]["RR@10"],
            "standalone RR@10": by_person[name]["RR@10"],
        }
        for name in found
    }


def measure(found: dict[str, Found], groups: dict[str, int]) -> Scores:
    """Measure rankings; ``groups`` is how many things there are to find in each case.

    Recall asks for each group by itself, so that one passage may hold several and further passages
    with the same sentence neither help nor harm. For the other measures what stands at a rank is
    worth the number of groups that were not seen above it.
    """
    scores: Scores = {case: dict.fromkeys(NAMES, 0.0) for case in found}
    for item in ir_measures.iter_calc(
        PER_CASE, list(_case_qrels(found, groups)), list(_case_run(found))
    ):
        scores[item.query_id][str(item.measure)] = item.value
    recalls: dict[tuple[str, str], float] = defaultdict(float)
    for item in ir_measures.iter_calc(
        PER_GROUP, list(_group_qrels(found, groups)), list(_group_run(found))
    ):
        case = item.query_id.rpartition("#")[0]
        recalls[case, str(item.measure)] += item.value
    for (case, name), total in recalls.items():
        scores[case][name] = total / groups[case]
    return scores


def _case_qrels(found: dict[str, Found], groups: dict[str, int]) -> Iterator[Qrel]:
    for case, ranks in found.items():
        seen: set[int] = set()
        for rank, held in enumerate(ranks):
            if new := held - seen:
                yield Qrel(case, f"rank-{rank}", len(new))
                seen |= new
        for group in set(range(groups[case])) - seen:
            yield Qrel(case, f"missing-{group}", 1)


def _case_run(found: dict[str, Found]) -> Iterator[ScoredDoc]:
    for case, ranks in found.items():
        for rank in range(len(ranks)):
            yield ScoredDoc(case, f"rank-{rank}", -float(rank))


def _group_qrels(found: dict[str, Found], groups: dict[str, int]) -> Iterator[Qrel]:
    for case in found:
        for group in range(groups[case]):
            yield Qrel(f"{case}#{group}", "gold", 1)


def _group_run(found: dict[str, Found]) -> Iterator[ScoredDoc]:
    for case, ranks in found.items():
        for group in frozenset().union(*ranks):
            first = next(rank for rank, held in enumerate(ranks) if group in held)
            for rank in range(first):
                yield ScoredDoc(f"{case}#{group}", f"rank-{rank}", -float(rank))
            yield ScoredDoc(f"{case}#{group}", "gold", -float(first))


def _ranked(item: Judged) -> tuple[Ranked, ...]:
    return item.reply.ranked if item.reply is not None else ()


def _passages(item: Judged, ranked: Iterable[Ranked]) -> Found:
    return _found(item, ranked, lambda passage, at: holds(passage, item.groups[at]))


def _articles(item: Judged) -> Found:
    return _article_ranks(item, _ranked(item))


def _article_ranks(item: Judged, ranked: Iterable[Ranked]) -> Found:
    first: dict[str, Ranked] = {}
    for passage in ranked:
        first.setdefault(passage.article, passage)
    named = [{gold.article for gold in group} for group in item.case.evidence]
    return _found(item, first.values(), lambda passage, at: passage.article in named[at])


def _found(item: Judged, ranked: Iterable[Ranked], test: Callable[[Ranked, int], bool]) -> Found:
    groups = range(len(item.case.evidence))
    return [frozenset(at for at in groups if test(passage, at)) for passage in ranked]
