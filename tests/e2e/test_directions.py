"""Articles and questions that are written from right to left."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, expect

from tests.e2e.browsing import Server
from tests.e2e.moves import OpenPage, ask, marked

TITLE = "إغلاق جسر الميناء لأسبوعين"
TEXT = (
    "قالت رئيسة البلدية آنا رويز يوم الثلاثاء إن جسر الميناء سيغلق يوم الجمعة لمدة أسبوعين.\n"
    "وأضافت رويز: «يمكن للمشاة استخدام العبّارة مجانا»."
)
OUTLET = "جريدة الميناء"


@pytest.fixture
def arabic(server: Server) -> Iterator[str]:
    article = {
        "id": "arabic", "title": TITLE, "text": TEXT, "outlet": OUTLET, "language": "ar",
        "published_at": "2025-03-18",
    }  # fmt: skip
    server.call("POST", "/v1/articles", article)
    yield "arabic"
    server.call("DELETE", "/v1/articles/arabic")


def direction(place: Locator) -> str:
    expect(place).to_be_visible()
    return str(place.evaluate("node => getComputedStyle(node).direction"))


def test_an_arabic_article_is_listed_and_read_from_right_to_left(
    open_page: OpenPage, arabic: str
) -> None:
    page = open_page(f"/#articles?outlets={OUTLET}")
    title = page.locator("#articles-list .title")
    expect(title).to_have_text(TITLE)
    assert direction(title) == "rtl"
    # The page's own words around it keep their direction.
    assert direction(page.locator("#articles-list .meta")) == "ltr"
    expect(page.locator("#articles-list .meta bdi").first).to_have_text(OUTLET)
    assert direction(page.locator("#archive-q")) == "ltr"
    title.locator("a").click()
    assert direction(page.locator("#reader h2")) == "rtl"
    for paragraph in page.locator("#reader .text p").all():
        assert direction(paragraph) == "rtl"
    box = page.locator("#reader .text p").first.bounding_box()
    end = page.locator("#reader .text p").first.evaluate(
        "node => { const range = document.createRange(); range.setStart(node.firstChild, 0);"
        " range.setEnd(node.firstChild, 1); return range.getBoundingClientRect().right; }"
    )
    assert box is not None
    assert abs(box["x"] + box["width"] - end) < 2, "the first letter stands at the right edge"


def test_an_arabic_question_is_asked_and_found_words_are_marked_from_right_to_left(
    open_page: OpenPage, arabic: str
) -> None:
    page = open_page()
    question = "متى سيغلق جسر الميناء؟"
    page.locator("#question").fill(question)
    assert direction(page.locator("#question")) == "rtl"
    ask(page, question)
    assert direction(page.locator(".turn h2")) == "rtl"
    page.goto(f"{page.url.partition('#')[0]}#articles?q={question}&outlets={OUTLET}")
    assert direction(page.locator("#articles-list .excerpt")) == "rtl"
    page.locator("#articles-list .plain").click()
    assert "".join(marked(page).split()) in "".join(TEXT.split())
    assert direction(page.locator("#reader mark").first) == "rtl"
