"""Names to choose from in the filters."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browsing import Server
from tests.e2e.moves import ATTACK, QUESTION, OpenPage, ask, sent

COMMA = "Harbour News, Port Brill"


@pytest.fixture
def outlets(server: Server) -> Iterator[None]:
    names = ["The Harbour Gazette", "The Harbour Gazette", COMMA, f"Harbour {ATTACK}"]
    for number, outlet in enumerate(names):
        text = f"Keeper Orlaith Quine said on Monday that lighthouse {number} was painted."
        article = {"id": f"outlet-{number}", "outlet": outlet, "text": text}
        server.call("POST", "/v1/articles", article)
    yield
    for number in range(len(names)):
        server.call("DELETE", f"/v1/articles/outlet-{number}")


def options(page: Page, field: str) -> list[str]:
    """Return what a field suggests, once it does."""
    shown = page.locator(f"{field}-names [role=option]")
    expect(shown.first).to_be_visible()
    return shown.locator("bdi").all_text_contents()


def test_outlets_are_chosen_with_the_keyboard_alone(open_page: OpenPage, outlets: None) -> None:
    page = open_page()
    page.locator("#scope summary").focus()
    page.keyboard.press("Enter")
    field = page.get_by_role("combobox", name="Outlets")
    field.focus()
    page.keyboard.type("harb")
    assert options(page, "#outlets")[0] == "The Harbour Gazette"
    expect(field).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("option", selected=True)).to_have_text("The Harbour Gazette 2 articles")
    active = field.get_attribute("aria-activedescendant")
    assert page.locator(f"#{active}").text_content() == "The Harbour Gazette 2 articles"
    page.keyboard.press("Enter")
    expect(field).to_have_value("The Harbour Gazette, ")
    expect(field).to_have_attribute("aria-expanded", "false")
    # Choosing asked nothing, and what was chosen is not suggested again.
    expect(page.locator(".turn")).to_have_count(0)
    page.keyboard.type("harbour n")
    assert options(page, "#outlets") == [COMMA]
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(field).to_have_value(f'The Harbour Gazette, "{COMMA}", ')
    with page.expect_request("**/v1/chat") as caught:
        ask(page, QUESTION)
    assert sent(caught.value)["outlets"] == ["The Harbour Gazette", COMMA]


def test_escape_closes_the_suggestions_and_leaves_what_was_typed(
    open_page: OpenPage, outlets: None
) -> None:
    page = open_page("/#articles/outlet-0")
    expect(page.locator("#reader .text")).to_be_visible()
    page.locator("#archive-form summary").click()
    page.locator("#archive-outlets").fill("harb")
    options(page, "#archive-outlets")
    page.keyboard.press("Escape")
    expect(page.locator("#archive-outlets-names")).to_be_hidden()
    expect(page.locator("#archive-outlets")).to_have_value("harb")
    # The article stays open until the next one.
    expect(page.locator("#reader")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#reader")).to_be_hidden()


def test_speakers_are_chosen_by_pointing_and_filter(open_page: OpenPage, server: Server) -> None:
    server.read()
    page = open_page("/#statements")
    page.get_by_role("combobox", name="Speaker").fill("pesk")
    assert any("Peskov" in name for name in options(page, "#said-speaker"))
    first = page.locator("#said-speaker-names [role=option]").first
    name = first.locator("bdi").text_content()
    first.click()
    field = page.locator("#said-speaker")
    expect(field).to_have_value(name or "")
    expect(field).to_be_focused()
    with page.expect_response("**/v1/statements?*speaker=*") as caught:
        page.keyboard.press("Enter")
    assert caught.value.json()["items"]


def test_a_name_with_a_comma_and_markup_stays_one_name_and_text(
    open_page: OpenPage, outlets: None
) -> None:
    page = open_page("/#articles")
    page.locator("#archive-form summary").click()
    field = page.locator("#archive-outlets")
    field.fill("harbour <")
    assert options(page, "#archive-outlets") == [f"Harbour {ATTACK}"]
    field.fill("harbour n")
    page.get_by_role("option", name=COMMA).click()
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.locator("#articles-list > li")).to_have_count(1)
    expect(field).to_have_value(f'"{COMMA}"')
    page.reload()
    expect(page.locator("#articles-list > li")).to_have_count(1)


def test_where_nothing_is_suggested_the_field_says_so_and_works(open_page: OpenPage) -> None:
    page = open_page("/#articles")
    page.locator("#archive-form summary").click()
    page.route("**/v1/outlets?*", lambda route: route.abort())
    page.locator("#archive-outlets").fill("harb")
    said = page.locator(".combo:has(#archive-outlets) [role=status]")
    expect(said).to_have_text("No suggestions: The server does not answer")
    page.unroute("**/v1/outlets?*")
    page.locator("#archive-outlets").fill("no such outlet")
    expect(said).to_have_text("No suggestions")
    page.keyboard.press("Enter")
    expect(page.locator("#articles-count")).to_have_text("No article passes these filters.")
