"""The page for everyone: keyboard, screen readers, phones, dark mode, axe."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Page, expect

from tests.e2e.browsing import Server
from tests.e2e.moves import DENIED, QUESTION, SILENT, OpenPage, ask, cite, marked, overflows

PHONE = {"width": 390, "height": 844}
NARROW = {"width": 320, "height": 640}
WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
VIEWS = ("#articles", "#statements?speaker=Peskov", "#timeline?q=harbour+bridge", "#status")


def test_axe_finds_nothing_in_any_view(open_page: OpenPage, server: Server) -> None:
    article = {"id": "axe", "published_at": "2025-03-18", "title": "Bridge"}
    for day in ("Friday", "Sunday"):
        text = f"Mayor Ana Ruiz said on Tuesday that the harbour bridge will close on {day}."
        server.call("POST", "/v1/articles", {**article, "text": text})
    server.call("PATCH", "/v1/articles/axe", {"status": "retracted", "note": "It was wrong."})
    server.read()
    found: dict[str, list[Any]] = {}

    def check(page: Page, name: str) -> None:
        expect(page.locator(".loading >> visible=true")).to_have_count(0)
        for element in page.locator("details >> visible=true").all():
            element.evaluate("node => { node.open = true; }")
        violations = Axe().run(page, options=WCAG).response["violations"]
        if violations:
            found[name] = [
                (one["id"], [node["html"][:200] for node in one["nodes"]]) for one in violations
            ]

    try:
        for scheme in ("light", "dark"):
            page = open_page(color_scheme=scheme)
            check(page, f"{scheme} start")
            page.locator("#speakers").fill("pesk")
            expect(page.get_by_role("option").first).to_be_visible()
            check(page, f"{scheme} suggestions")
            page.locator("#speakers").fill("")
            ask(page, QUESTION)
            cite(page, 1).click()
            marked(page)
            check(page, f"{scheme} answer")
            page.keyboard.press("Escape")
            ask(page, SILENT)
            check(page, f"{scheme} abstention")
            page.goto(f"{server.url}/#articles/axe")
            page.get_by_role("button", name="What changed").click()
            expect(page.locator("#reader ins")).to_be_visible()
            check(page, f"{scheme} changes")
            server.call("PATCH", "/v1/articles/axe", {"status": "live"})
            for view in VIEWS:
                page.goto(f"{server.url}/{view}")
                check(page, f"{scheme} {view}")
    finally:
        server.call("DELETE", "/v1/articles/axe")
    assert found == {}


def test_the_keyboard_alone_asks_opens_and_closes(open_page: OpenPage) -> None:
    page = open_page()
    expect(page.locator("#question")).to_be_focused()
    page.keyboard.type(DENIED)
    page.keyboard.press("Enter")
    expect(page.locator(".why")).to_be_visible()
    page.keyboard.press("Tab")
    expect(cite(page, 1)).to_be_focused()
    width = cite(page, 1).evaluate("node => getComputedStyle(node).outlineWidth")
    assert width == "3px"
    page.keyboard.press("Enter")
    expect(page.locator("#reader mark")).to_be_visible()
    expect(page.locator("#reader")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#reader")).to_be_hidden()
    expect(cite(page, 1)).to_be_focused()


def test_the_answer_is_announced(open_page: OpenPage) -> None:
    page = open_page()
    ask(page, DENIED)
    expect(page.locator("[aria-live=polite] .sentence")).to_be_visible()


@pytest.mark.parametrize("viewport", [PHONE, NARROW], ids=["phone", "320 px"])
def test_nothing_is_wider_than_a_phone(open_page: OpenPage, viewport: dict[str, int]) -> None:
    page = open_page(viewport=viewport)
    page.locator("#scope summary").click()
    assert not overflows(page)
    answer = ask(page, QUESTION)
    page.get_by_text("Why this answer").click()
    assert not overflows(page)
    cite(page, 1).click()
    assert marked(page) == answer["citations"][0]["quote"]
    expect(page.locator("#reader mark")).to_be_in_viewport()
    assert not overflows(page)
    for view in VIEWS:
        page.goto(f"{page.url.partition('#')[0]}{view}")
        expect(page.locator(".loading >> visible=true")).to_have_count(0)
        for element in page.locator("details >> visible=true").all():
            element.evaluate("node => { node.open = true; }")
        assert not overflows(page), view
        assert Axe().run(page, options=WCAG).response["violations"] == [], view


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colours_follow_the_system_and_have_contrast(open_page: OpenPage, scheme: str) -> None:
    page = open_page(color_scheme=scheme)
    ask(page, DENIED)
    cite(page, 1).click()
    marked(page)
    assert (luminance(page, "body", "backgroundColor") < 0.2) == (scheme == "dark")
    for selector, behind in [
        (".sentence", "body"),
        (".meta", "body"),
        (".how", "body"),
        ("nav a", "body"),
        ("mark", "mark"),
        (".verified", "#reader"),
        (".denied", ".denied"),
        (".primary", ".primary"),
    ]:
        words = luminance(page, selector, "color")
        ground = luminance(page, behind, "backgroundColor")
        contrast = (max(words, ground) + 0.05) / (min(words, ground) + 0.05)
        assert contrast >= 4.5, selector


def luminance(page: Page, selector: str, colour: str) -> float:
    """Return the relative luminance (WCAG 2.2) of a colour of an element."""
    style = page.locator(selector).first.evaluate(
        "(node, key) => getComputedStyle(node)[key]", colour
    )
    parts = [int(part) / 255 for part in style[style.index("(") + 1 : -1].split(",")[:3]]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_back_on_a_phone_closes_the_article_and_keeps_the_answer(open_page: OpenPage) -> None:
    page = open_page(viewport=PHONE)
    answer = ask(page, QUESTION)
    address = page.url
    for leave in (page.go_back, page.get_by_role("button", name="Close article").click):
        cite(page, 1).click()
        expect(page.locator("#reader mark")).to_be_in_viewport()
        leave()
        expect(page.locator("#reader")).to_be_hidden()
        expect(page.locator(".sentence")).to_have_count(len(answer["sentences"]))
        assert page.url == address
    # The empty box is one step back, as it is without an article.
    page.go_back()
    expect(page.get_by_label("Your question")).to_be_visible()
    expect(page.locator(".turn")).to_have_count(0)
