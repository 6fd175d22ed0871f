"""The report in a real browser, as wide as a phone."""

from __future__ import annotations

from pathlib import Path

import pytest

from eval.report.page import page
from eval.score import score_cases, summarise
from tests.e2e.browsing import browsing, chromium
from tests.eval.judging import NO, YES, case, cited, gold, judged, passage, reply
from tests.eval.report.picture import phone

INFO = {
    "suite": "s", "system": "x", "data": {"cases": "c" * 64}, "settings": {"url": "u" * 200},
    "jobs": 1, "counts": {"articles": 1}, "commit": "c" * 40, "started": "now", "versions": {},
}  # fmt: skip


def test_a_report_fits_a_phone_and_its_figures_need_no_sideways_scrolling(tmp_path: Path) -> None:
    path = chromium()
    if path is None:
        pytest.skip("needs a browser: install Debian's package chromium")
    items = [
        judged(
            case(id=str(at), kind=f"kind {at % 9}", evidence=gold(YES), answers=("x" * 90,)),
            reply(cited(YES if at % 3 else NO), ranked=(passage(0, 56),), confidence=at / 50),
        )
        for at in range(40)
    ]
    scored = score_cases(items)
    file = tmp_path / "report.html"
    file.write_text(page(summarise(scored, INFO), scored), encoding="utf-8")

    with browsing(path) as browser:
        opened = phone(browser, file)
        wide, window = opened.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert wide <= window
        figures = opened.locator(".wide").first
        assert figures.evaluate("box => box.scrollWidth <= box.clientWidth")
        small = opened.evaluate(
            "[...document.querySelectorAll('td, th, p, dd')]"
            ".filter(item => parseFloat(getComputedStyle(item).fontSize) < 12).length"
        )
        assert small == 0
        assert opened.locator("figure svg").count() == 4
