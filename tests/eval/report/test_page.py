from __future__ import annotations

import re
from html.parser import HTMLParser

from eval.report.page import page, worst
from eval.score import Summary, score_cases, summarise
from eval.scored import Scored
from rag.types import Turn
from tests.eval.judging import DECLINED, NO, YES, case, cited, gold, judged, passage, reply

INFO = {
    "suite": "<b>s</b>", "system": "x", "data": {"cases": "h"}, "settings": {"candidates": 10},
    "jobs": 1, "seconds": 2.0, "counts": {"articles": 2, "cases": 4}, "commit": None,
    "started": "today", "versions": {"python": "3"}, "notes": ["half a set"],
}  # fmt: skip
EVIL = "<script>alert('x')</script>"


class Tags(HTMLParser):
    """Collects what a page has."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.names: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        self.attributes += attrs


def run() -> tuple[Summary, list[Scored]]:
    scored = score_cases(
        [
            judged(
                case(id="1", question=EVIL, evidence=gold(YES), must=(("Alpha",),), answers=(EVIL,),
                     history=(Turn(role="user", content=EVIL),)),
                reply(cited(NO), text=EVIL, ranked=(passage(0, 56),), dropped=((EVIL, "r"),),
                      short_answer=EVIL, query=EVIL),
            ),
            judged(case(id="2", evidence=gold(YES)), reply(cited(YES), timings={"read": 1.0})),
            judged(case(id="3", answerable=False, kind=EVIL), reply(cited(NO), confidence=0.9)),
            judged(case(id="4", evidence=gold(YES)), DECLINED),
            judged(case(id="5", evidence=gold("")), None),
        ]
    )  # fmt: skip
    return summarise(scored, INFO), scored


def test_the_page_shows_figures_plots_and_the_worst_cases() -> None:
    text = page(*run())

    assert text.count("<svg") == 4
    for wanted in ("citation recall", "not_read", "answered_unanswerable", "failed", "half a set",
                   "what went wrong", "The evidence is at rank 1", "broken"):  # fmt: skip
        assert wanted.casefold() in text.casefold()


def test_everything_is_escaped() -> None:
    text = page(*run())

    assert "script" not in Tags(text).names
    assert "&lt;script&gt;" in text
    assert "<b>" not in text


def test_the_page_loads_nothing_and_fits_a_phone() -> None:
    text = page(*run())
    loads = [value for name, value in Tags(text).attributes if name in {"src", "href"}]

    assert [value for value in loads if not str(value).startswith("#")] == []
    assert re.findall(r"url\((?!#)", text) == []
    assert 'content="width=device-width, initial-scale=1"' in text
    assert not re.search(r"<svg[^>]*\swidth=", text)


def test_the_same_run_makes_the_same_page() -> None:
    assert page(*run()) == page(*run())


def test_the_worst_are_of_every_diagnosis() -> None:
    scored = run()[1]

    assert {item.diagnosis for item in worst(scored, limit=4)} == {
        "failed", "answered_unanswerable", "not_retrieved", "not_read"
    }  # fmt: skip
    assert len(worst(scored, limit=1)) == 1


def test_a_run_without_a_single_judged_case_still_makes_a_page() -> None:
    scored = score_cases([judged(case(answerable=None), reply())])

    assert "Nothing." in page(summarise(scored, INFO), scored)
