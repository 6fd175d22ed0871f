"""Turn what people said of answers into a suite: their questions, and what would be right.

A folder with `cases.jsonl` and `articles.jsonl` (as `dateline export` writes them), which
`dateline eval run own:FOLDER` asks again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eval import jsonl
from eval.cases import Case, Gold, case_to_row
from eval.errors import CaseError
from rag.errors import ArticleNotFound, ExportImpossible
from rag.feedback_types import Feedback

if TYPE_CHECKING:
    from rag.dateline import Dateline

CASES, ARTICLES = "cases.jsonl", "articles.jsonl"
PAGE = 200


@dataclass(slots=True)
class Exported:
    """What was written, and why the rest was not."""

    cases: int = 0
    articles: int = 0
    skipped: dict[str, int] = field(default_factory=dict)

    def skip(self, reason: str) -> None:
        """Count one opinion that makes no case."""
        self.skipped[reason] = self.skipped.get(reason, 0) + 1


def export(dateline: Dateline, folder: Path) -> Exported:
    """Write the opinions of a collection and its articles as a suite.

    Of several opinions on one question the newest counts. One that says neither what is right nor
    where it stands makes no case. Raises ExportImpossible, or CaseError where there is no case.
    """
    from rag.export import export as export_articles

    found = Exported()
    cases = list(_cases(dateline, found))
    if not cases:
        raise CaseError("There is no feedback that a case could be made of.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ExportImpossible(
            f"{folder} cannot be made: {error.strerror}.", remedy="Choose another folder."
        ) from error
    found.articles = export_articles(dateline, folder / ARTICLES)
    jsonl.write(folder / CASES, (case_to_row(case) for case in cases))
    found.cases = len(cases)
    return found


def case_of(opinion: Feedback, texts: Mapping[tuple[str, str], bool]) -> Case | str:
    """Return the case that an opinion makes, or why it makes none.

    ``texts`` says of (article, quote) whether the quote stands in the article as it is now.
    """
    answer, verdict = opinion.answer, opinion.verdict
    abstained = bool(answer.get("abstained"))
    cited = () if verdict in ("wrong", "should_abstain") else _evidence(answer, texts)
    known = (opinion.expected,) if opinion.expected else ()
    if verdict == "should_abstain" or (verdict == "right" and abstained):
        answerable, cited, known = False, (), ()
    else:
        answerable = True
        if verdict == "right" and not known and answer.get("short_answer"):
            known = (str(answer["short_answer"]),)
        if verdict == "wrong" and not known:
            return "it is wrong, and what is right is not said"
        if verdict == "right" and not cited and not known:
            return "its articles are others today"
    as_of = answer.get("as_of")
    return Case(
        id=opinion.id,
        kind=f"feedback-{verdict}",
        # As it stands alone: what was said before is not kept with it.
        question=str(answer.get("query") or opinion.question),
        answerable=answerable,
        answers=known,
        evidence=cited,
        as_of=datetime.fromisoformat(as_of) if as_of else None,
        note=opinion.comment,
    )


def _cases(dateline: Dateline, found: Exported) -> Iterator[Case]:
    seen: set[tuple[str, datetime | None]] = set()
    for opinion in _opinions(dateline):
        made = case_of(opinion, _standing(dateline, opinion))
        if isinstance(made, str):
            found.skip(made)
        elif (key := (made.question, made.as_of)) in seen:
            found.skip("there is a newer opinion on the same question")
        else:
            seen.add(key)
            yield made


def _opinions(dateline: Dateline) -> Iterable[Feedback]:
    cursor: str | None = None
    while True:
        page = dateline.feedback.page(PAGE, cursor)
        yield from page.items
        if (cursor := page.next_cursor) is None:
            return


def _standing(dateline: Dateline, opinion: Feedback) -> dict[tuple[str, str], bool]:
    found: dict[tuple[str, str], bool] = {}
    for item in opinion.answer.get("citations", ()):
        try:
            article = dateline.article(item["article_id"])
        except ArticleNotFound:
            continue
        live = article.status != "retracted"
        found[item["article_id"], item["quote"]] = live and item["quote"] in article.text
    return found


def _evidence(
    answer: Mapping[str, Any], texts: Mapping[tuple[str, str], bool]
) -> tuple[tuple[Gold, ...], ...]:
    return tuple(
        (Gold(article=item["article_id"], quote=item["quote"]),)
        for item in answer.get("citations", ())
        if texts.get((item["article_id"], item["quote"]), False)
    )
