"""Every view by keyboard alone: no test here touches the mouse."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.browsing import Server
from tests.e2e.moves import QUESTION, SILENT, OpenPage

MOST_STEPS = 80
FIRST = "Mayor Ana Ruiz said on Tuesday that the harbour bridge will close on Friday."
SECOND = "Mayor Ana Ruiz said on Tuesday that the harbour bridge will close on Saturday."


@pytest.fixture
def bridge(server: Server) -> Iterator[str]:
    article = {"id": "keys", "title": "Bridge", "published_at": "2025-03-18"}
    for text in (FIRST, SECOND):
        server.call("POST", "/v1/articles", {**article, "text": text})
    server.read()
    yield "keys"
    server.call("DELETE", "/v1/articles/keys")


def reach(page: Page, wanted: Locator) -> None:
    """Press Tab until the wanted element has the focus, and see that the focus can be seen."""
    expect(wanted).to_be_visible()
    for _ in range(MOST_STEPS):
        page.keyboard.press("Tab")
        if wanted.evaluate("node => node === document.activeElement"):
            width = wanted.evaluate("node => getComputedStyle(node).outlineWidth")
            assert width == "3px"
            return
    pytest.fail(f"{MOST_STEPS} steps do not lead to {wanted}")


def press(page: Page, wanted: Locator, key: str = "Enter") -> None:
    reach(page, wanted)
    page.keyboard.press(key)


def go(page: Page, view: str) -> None:
    """Choose a view in the navigation, from the top of the page."""
    page.evaluate("document.activeElement.blur()")
    press(page, page.get_by_role("link", name=view, exact=True))
    expect(page.get_by_role("heading", name=view, level=2)).to_be_visible()


def test_questions_are_asked_filtered_followed_up_and_rated(open_page: OpenPage) -> None:
    page = open_page(permissions=["clipboard-read", "clipboard-write"])
    press(page, page.locator("#scope summary"))
    reach(page, page.locator("#speakers"))
    page.keyboard.type("Peskov")
    page.keyboard.press("Shift+Tab")
    for _ in range(MOST_STEPS):
        page.keyboard.press("Shift+Tab")
        if page.locator("#question").evaluate("node => node === document.activeElement"):
            break
    page.keyboard.type(QUESTION)
    page.keyboard.press("Enter")
    expect(page.locator(".why")).to_have_count(1)
    expect(page.locator(".scope")).to_contain_text("Peskov")
    press(page, page.locator(".sentence .cite").first)
    expect(page.locator("#reader mark")).to_be_visible()
    press(page, page.get_by_role("button", name="Close article"))
    expect(page.locator(".sentence .cite").first).to_be_focused()
    press(page, page.get_by_text("Why this answer"))
    expect(page.get_by_role("rowheader", name="total")).to_be_visible()
    page.evaluate("document.activeElement.blur()")
    reach(page, page.get_by_label("References as"))
    page.keyboard.press("ArrowDown")
    press(page, page.get_by_role("button", name="Copy", exact=True))
    expect(page.locator(".actions [role=status]").first).to_have_text("Copied")
    reach(page, page.locator("#question"))
    page.keyboard.type(SILENT)
    page.keyboard.press("Enter")
    expect(page.locator(".why")).to_have_count(2)
    press(page, page.locator(".nearest .plain").first)
    expect(page.locator("#reader mark").first).to_be_visible()
    page.keyboard.press("Escape")
    page.evaluate("document.activeElement.blur()")
    press(page, page.get_by_role("button", name="New question"))
    expect(page.locator("#question")).to_be_focused()


def test_articles_are_found_read_compared_and_retracted(
    open_page: OpenPage, server: Server, bridge: str
) -> None:
    page = open_page()
    go(page, "Articles")
    reach(page, page.locator("#archive-q"))
    page.keyboard.type("harbour bridge")
    page.keyboard.press("Enter")
    press(page, page.locator("#articles-list .plain").first)
    expect(page.locator("#reader")).to_be_focused()
    press(page, page.get_by_role("button", name="What changed"))
    expect(page.locator("#reader ins")).to_have_text("Saturday")
    press(page, page.get_by_text("Retract this article"))
    reach(page, page.get_by_label("Why?"))
    page.keyboard.type("It was wrong.")
    press(page, page.get_by_role("button", name="Retract", exact=True))
    expect(page.locator(".retraction")).to_contain_text("It was wrong.")
    press(page, page.get_by_role("button", name="Use this article again"))
    expect(page.locator(".retraction")).to_have_count(0)
    assert server.call("GET", f"/v1/articles/{bridge}")["status"] != "retracted"


def test_addresses_are_handed_in(open_page: OpenPage) -> None:
    page = open_page("/#articles")
    press(page, page.get_by_text("Add articles"))
    reach(page, page.locator("#files"))
    reach(page, page.locator("#urls"))
    page.keyboard.type("http://127.0.0.1:9/world.rss")
    press(page, page.get_by_role("button", name="Fetch and store"))
    expect(page.locator("#store-jobs .refused")).to_contain_text("127.0.0.1", timeout=60_000)


def test_statements_and_days_lead_to_the_words(open_page: OpenPage, bridge: str) -> None:
    page = open_page()
    go(page, "Statements")
    reach(page, page.locator("#said-about"))
    page.keyboard.type("harbour bridge")
    page.keyboard.press("Enter")
    press(page, page.locator("#statements-list .plain").first)
    expect(page.locator("#reader mark")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#statements-list .plain").first).to_be_focused()
    go(page, "Timeline")
    reach(page, page.locator("#timeline-q"))
    page.keyboard.type("harbour bridge")
    page.keyboard.press("Enter")
    press(page, page.locator(".days .plain").first)
    expect(page.locator("#reader mark")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".days .plain").first).to_be_focused()


def test_the_status_is_asked_again(open_page: OpenPage) -> None:
    page = open_page()
    go(page, "Status")
    with page.expect_response("**/v1/stats"):
        press(page, page.get_by_role("button", name="Refresh"))
