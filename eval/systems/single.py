"""Baselines that give one answer where articles give several: the first, or the majority's."""

from __future__ import annotations

from dataclasses import replace

from eval.cases import Case
from eval.record import Reply
from eval.systems.pipeline import Pipeline, reply_of


class First(Pipeline):
    """Gives the best sentence alone, and never says that articles disagree."""

    name = "first"

    def ask(self, case: Case) -> Reply:
        """Ask for one sentence."""
        answer = self.dateline.ask(
            case.question, history=case.history, filters=case.filters, limit=1
        )
        return replace(reply_of(answer), conflicts=())


class Majority(Pipeline):
    """Gives the side that the most sources take alone, and never says that articles disagree."""

    name = "majority"

    def ask(self, case: Case) -> Reply:
        """Leave the best supported side of the answer; all of it, where there are no sides."""
        answer = self.dateline.ask(case.question, history=case.history, filters=case.filters)
        reply = reply_of(answer)
        if not answer.conflicts:
            return reply
        kept = set(answer.conflicts[0].sides[0].citations)
        said = tuple(item for item in reply.sentences if kept & set(item.citations))
        return replace(
            reply,
            text=" ".join(item.text for item in said),
            sentences=said,
            citations=tuple(item for item in reply.citations if item.number in kept),
            conflicts=(),
        )
