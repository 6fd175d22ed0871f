"""A system that answers from the cases alone, without any model."""

from __future__ import annotations

from collections.abc import Mapping

from eval.cases import Case
from eval.record import Reply
from rag.errors import ArticleNotFound
from tests.eval.judging import TEXT, YES, cited, passage, reply


class Echo:
    """Cites the first sentence of article ``a`` whatever is asked; breaks where it is told to."""

    name = "echo"

    def __init__(self, broken: tuple[str, ...] = ()) -> None:
        self.broken = broken
        self.asked: list[str] = []

    def settings(self) -> Mapping[str, object]:
        return {"candidates": 10}

    def warm(self) -> None:
        pass

    def ask(self, case: Case) -> Reply:
        self.asked.append(case.id)
        if case.id in self.broken:
            raise ValueError("out of order")
        return reply(cited(YES), ranked=(passage(0, 15),))

    def rank(self, case: Case, reply: Reply) -> Reply:
        return reply

    def text(self, article: str, version: int | None = None) -> str:
        if article != "a":
            raise ArticleNotFound(f"no {article}")
        return TEXT

    def close(self) -> None:
        pass
