"""The archive, statements, timeline and status in a real browser, against a real server."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from playwright.sync_api import FilePayload, Page, expect

from rag.store.database import Database
from rag.store.evaluations import Evaluations
from rag.store.schema import state
from tests.e2e.browsing import Server
from tests.e2e.moves import ATTACK, OpenPage, marked
from tests.rag.store.test_evaluations import FOUND

FIRST = "Mayor Ana Ruiz said on Tuesday that the harbour bridge will close on Friday."
SECOND = "Mayor Ana Ruiz said on Tuesday that the harbour bridge will close on Saturday."


@pytest.fixture
def bridge(server: Server) -> Iterator[str]:
    """An article with two versions."""
    article = {
        "id": "bridge",
        "title": "Bridge",
        "outlet": "The Harbour Gazette",
        "published_at": "2025-03-18",
    }
    for text in (FIRST, SECOND):
        server.call("POST", "/v1/articles", {**article, "text": text})
    yield "bridge"
    server.call("DELETE", "/v1/articles/bridge")


def view(page: Page, name: str) -> None:
    page.get_by_role("link", name=name, exact=True).click()


# ---- the archive --------------------------------------------------------------------------------


def test_articles_are_listed_and_read(open_page: OpenPage, server: Server) -> None:
    page = open_page()
    view(page, "Articles")
    articles = server.call("GET", "/v1/articles?order=newest")["items"]
    links = page.locator("#articles-list .title a")
    expect(links).to_have_count(len(articles))
    links.nth(1).click()
    text = server.call("GET", f"/v1/articles/{articles[1]['id']}")["text"]
    expect(page.locator(".text p").first).to_have_text(text.split("\n")[0])
    page.go_back()
    expect(page.locator("#reader")).to_be_hidden()
    expect(links.nth(1)).to_be_visible()


def test_the_list_of_articles_goes_on_where_a_page_ends(
    open_page: OpenPage, server: Server
) -> None:
    articles = server.call("GET", "/v1/articles")["items"]
    page = open_page()
    page.route(
        "**/v1/articles?*",
        lambda route: route.continue_(url=route.request.url.replace("limit=50", "limit=3")),
    )
    view(page, "Articles")
    expect(page.locator("#articles-list li")).to_have_count(3)
    page.get_by_role("button", name="Show more").click()
    expect(page.locator("#articles-list li")).to_have_count(len(articles))
    expect(page.locator("#articles-list .title a").nth(3)).to_be_focused()
    expect(page.get_by_role("button", name="Show more")).to_be_hidden()


def test_articles_are_filtered_and_searched(open_page: OpenPage, bridge: str) -> None:
    page = open_page("/#articles?outlets=the+harbour+gazette&status=corrected")
    expect(page.locator("#articles-list li")).to_have_count(1)
    expect(page.locator("#articles-list")).to_contain_text("corrected")
    page.locator("#archive-q").fill("bridge closes")
    page.keyboard.press("Enter")
    expect(page.locator("#articles-list .excerpt")).to_have_text(SECOND)
    page.locator("#articles-list .plain").click()
    assert marked(page) == SECOND
    expect(page.locator(".verified")).to_have_text("Marked: the passage found")


def test_reprints_are_folded_below_the_article_that_they_reprint(
    open_page: OpenPage, server: Server
) -> None:
    wire = f"{FIRST} " + "The council wants the trees, the benches and the old pond kept. " * 8
    for number, outlet in enumerate(["The Harbour Gazette", "Port News", "Port News"]):
        server.call("POST", "/v1/articles", {
            "id": f"wire-{number}", "title": "Bridge to close", "outlet": outlet,
            "published_at": f"2025-03-{18 + number}",
            "text": wire if number < 2 else "Port News tells of a ferry.",
        })  # fmt: skip
    try:
        page = open_page("/#articles?outlets=Port+News")
        items = page.locator("#articles-list > li")
        expect(items).to_have_count(2)
        expect(items.first.locator(".reprints")).to_have_count(0)
        folded = items.last.locator(".reprints")
        expect(folded.locator("summary")).to_have_text(
            "Also in 1 reprint, not counted as a further source"
        )
        folded.locator("summary").click()
        expect(folded.locator("li")).to_contain_text("The Harbour Gazette")
        folded.get_by_role("link", name="Read").click()
        expect(page.locator("#reader .meta").first).to_contain_text("The Harbour Gazette")
    finally:
        for number in range(3):
            server.call("DELETE", f"/v1/articles/wire-{number}")


def test_versions_can_be_read_and_compared(open_page: OpenPage, bridge: str) -> None:
    page = open_page(f"/#articles/{bridge}")
    expect(page.locator(".text")).to_contain_text("Saturday")
    page.get_by_role("button", name="What changed").click()
    expect(page.locator("#reader del")).to_have_text("Friday")
    expect(page.locator("#reader ins")).to_have_text("Saturday")
    page.get_by_label("Version", exact=True).select_option(index=0)
    expect(page.locator(".text")).to_contain_text("Friday")
    expect(page.locator("#reader .notice")).to_contain_text("answers use version")


def test_an_article_that_came_back_offers_only_the_versions_that_are_there(
    open_page: OpenPage, server: Server
) -> None:
    article = {"id": "came-back", "title": "Bridge"}
    server.call("POST", "/v1/articles", {**article, "text": "It was deleted."})
    server.call("DELETE", "/v1/articles/came-back")
    for text in (FIRST, SECOND):
        server.call("POST", "/v1/articles", {**article, "text": text})
    try:
        page = open_page("/#articles/came-back")
        expect(page.locator("#version option")).to_have_text(["Version 2", "Version 3"])
        page.get_by_role("button", name="What changed").click()
        expect(page.locator("#reader ins")).to_have_text("Saturday")
    finally:
        server.call("DELETE", "/v1/articles/came-back")


def test_a_retracted_article_is_marked_everywhere_and_can_be_used_again(
    open_page: OpenPage, server: Server, bridge: str
) -> None:
    page = open_page(f"/#articles/{bridge}")
    page.get_by_text("Retract this article").click()
    page.get_by_label("Why?").fill("The council had not <b>decided</b>.")
    page.get_by_role("button", name="Retract", exact=True).click()
    expect(page.locator(".retraction")).to_contain_text("The council had not <b>decided</b>.")
    expect(page.locator("#articles-list .retracted")).to_have_count(1)
    assert server.call("GET", f"/v1/articles/{bridge}")["status"] == "retracted"
    page.get_by_role("button", name="Use this article again").click()
    expect(page.locator(".retraction")).to_have_count(0)
    expect(page.locator("#articles-list .retracted")).to_have_count(0)


def test_files_are_stored_and_what_is_refused_is_named(open_page: OpenPage, server: Server) -> None:
    page = open_page("/#articles")
    page.get_by_text("Add articles").click()
    said = b"The ferry to Port Brill sails on Sunday, its captain said."
    files: list[FilePayload] = [
        {"name": "ferry.txt", "mimeType": "text/plain", "buffer": said},
        {"name": "<img src=x onerror=alert(1)>.json", "mimeType": "text/plain", "buffer": b"{"},
    ]
    page.locator("#files").set_input_files(files)
    job = page.locator("#store-jobs .job")
    expect(job.locator(".job-done")).to_be_visible(timeout=60_000)
    expect(job).to_contain_text("1 added")
    expect(job.locator(".refused li")).to_contain_text("onerror=alert(1)")
    job.get_by_text("What was stored").click()
    job.locator("details a").click()
    expect(page.locator(".text")).to_contain_text("The ferry to Port Brill")
    server.call("DELETE", f"/v1/articles/{page.url.rpartition('/')[2]}")


def test_files_can_be_dropped(open_page: OpenPage, server: Server) -> None:
    page = open_page("/#articles")
    page.get_by_text("Add articles").click()
    transfer = page.evaluate_handle(
        """() => {
            const transfer = new DataTransfer();
            transfer.items.add(new File(["Dropped news of a lighthouse."], "dropped.txt"));
            return transfer;
        }"""
    )
    page.dispatch_event("#drop", "drop", {"dataTransfer": transfer})
    expect(page.locator("#store-jobs .job-done")).to_be_visible(timeout=60_000)
    expect(page.locator("#articles-list")).to_contain_text("Dropped news of a lighthouse.")
    for item in server.call("GET", "/v1/articles")["items"]:
        if item["title"].startswith("Dropped news"):
            server.call("DELETE", f"/v1/articles/{item['id']}")


def test_an_address_that_is_refused_is_named_with_its_reason(open_page: OpenPage) -> None:
    page = open_page("/#articles")
    page.get_by_text("Add articles").click()
    page.locator("#urls").fill("http://127.0.0.1:9/world.rss")
    page.get_by_role("button", name="Fetch and store").click()
    expect(page.locator("#store-jobs .refused")).to_contain_text("127.0.0.1", timeout=60_000)


# ---- statements, days, status -------------------------------------------------------------------


def test_a_statement_leads_to_its_very_words(open_page: OpenPage, server: Server) -> None:
    server.read()
    page = open_page()
    view(page, "Statements")
    page.get_by_label("Speaker", exact=True).fill("Peskov")
    page.get_by_label("About", exact=True).fill("phone call")
    with page.expect_response("**/v1/statements?*speaker=Peskov*") as caught:
        page.keyboard.press("Enter")
    found: dict[str, Any] = caught.value.json()
    items = page.locator("#statements-list > li")
    expect(items).to_have_count(len(found["items"]))
    expect(page.locator(".speakers")).to_contain_text(found["speakers"][0]["name"])
    expect(items.first.locator("blockquote")).to_have_text(found["items"][0]["quote"])
    items.first.locator(".plain").click()
    assert marked(page) == found["items"][0]["quote"]


def test_a_timeline_is_drawn_and_listed_and_leads_to_the_words(
    open_page: OpenPage, bridge: str, server: Server
) -> None:
    server.read()
    page = open_page()
    view(page, "Timeline")
    page.get_by_label("Subject").fill("harbour bridge")
    with page.expect_response("**/v1/timeline?*") as caught:
        page.keyboard.press("Enter")
    entries = caught.value.json()["entries"]
    assert entries
    expect(page.locator(".days li li")).to_have_count(len(entries))
    marks = page.locator(".plot .mark")
    expect(marks).to_have_count(len(entries))
    marks.first.click()
    assert marked(page) == entries[0]["quote"]


def test_what_somebody_says_of_a_subject_is_seen_as_a_timeline(
    open_page: OpenPage, bridge: str, server: Server
) -> None:
    text = "The harbour bridge is safe, engineer Tom Okoro said on Thursday."
    other = {"id": "other", "published_at": "2025-03-20", "text": text}
    server.call("POST", "/v1/articles", other)
    server.read()
    try:
        page = open_page("/#statements?speaker=Okoro&about=harbour+bridge&after=2025-03-01")
        # A filter that is in force can be seen.
        expect(page.locator("#said-after")).to_have_value("2025-03-01")
        expect(page.locator("#said-after")).to_be_visible()
        page.get_by_role("link", name="See this as a timeline").click()
        expect(page.locator("#line-speakers")).to_have_value("Okoro")
        expect(page.locator("#line-speakers")).to_be_visible()
        expect(page.locator(".days li li")).to_have_count(1)
        expect(page.locator(".days .speaker")).to_contain_text("Tom Okoro")
        page.locator("#line-speakers").fill("Okoro, Ruiz")
        page.locator("#line-speakers").press("Enter")
        expect(page.locator(".days .speaker")).to_contain_text(["Ana Ruiz", "Tom Okoro"])
        assert page.url.endswith("speakers=Okoro&speakers=Ruiz")
    finally:
        server.call("DELETE", "/v1/articles/other")


def test_the_status_says_what_there_is(open_page: OpenPage, server: Server) -> None:
    page = open_page("/#status")
    state = server.call("GET", "/readyz")
    row = page.get_by_role("row", name="Passages")
    expect(row.get_by_role("cell")).to_have_text(str(state["passages"]))
    expect(page.get_by_text(state["models"]["embedder"], exact=True)).to_be_visible()


def test_the_status_shows_the_last_evaluation_and_of_what_it_was(
    open_page: OpenPage, server: Server
) -> None:
    page = open_page("/#status")
    expect(page.get_by_text("None is kept here")).to_be_visible()
    database = Database(f"sqlite:///{server.folder / 'data' / 'catalogue.db'}")
    try:
        models = server.call("GET", "/readyz")["models"]
        evaluations = Evaluations(database)
        evaluations.keep(replace(FOUND, models=models, suite=f"gold{ATTACK}"))
        page.get_by_role("button", name="Refresh").click()
        row = page.get_by_role("row", name="Answered right, or rightly declined")
        expect(row.first.get_by_role("cell")).to_have_text(["0.640", "0.560–0.710", "166"])
        shown = page.locator("#status p", has_text=f"166 questions of the suite gold{ATTACK}")
        expect(shown).to_contain_text("5 articles of its own on 18 March 2025")
        expect(page.get_by_text("other models than those that run now")).to_have_count(0)
        page.get_by_text("All figures").first.click()
        expect(page.get_by_role("rowheader", name="speaker")).to_be_visible()
        evaluations.keep(FOUND)
        page.get_by_role("button", name="Refresh").click()
        expect(page.get_by_text("other models than those that run now")).to_be_visible()
    finally:
        with database.write() as tx:
            tx.execute(state.delete().where(state.c.name == "evaluation"))
        database.close()


def test_nothing_runs_that_an_article_or_an_address_says(
    open_page: OpenPage, server: Server
) -> None:
    text = f"Envoy Zebulon {ATTACK} Trask said on Tuesday that the tunnel opens in June."
    server.call("POST", "/v1/articles", {
        "id": "attack", "title": f"Tunnel {ATTACK}", "outlet": f"O{ATTACK}", "author": ATTACK,
        "section": ATTACK, "published_at": "2025-03-18", "text": text,
    })  # fmt: skip
    server.call("PATCH", "/v1/articles/attack", {"status": "retracted", "note": ATTACK})
    try:
        page = open_page("/#articles/attack")
        expect(page.locator(".retraction")).to_contain_text(ATTACK)
        server.call("PATCH", "/v1/articles/attack", {"status": "live"})
        for address, place in [
            ("#statements?speaker=Trask", "#statements"),
            (f"#statements?speaker={ATTACK}", "#statements"),
            (f"#q={ATTACK}&speakers={ATTACK}&outlets={ATTACK}", ".scope"),
            ("#timeline?q=tunnel", "#timeline"),
            (f"#articles?q={ATTACK}", "#articles"),
            (f"#chat/{ATTACK}", ".problem"),
        ]:
            page.goto(f"{server.url}/{address}")
            expect(page.locator(f"{place} >> visible=true").first).to_be_visible()
            expect(page.locator(".loading >> visible=true")).to_have_count(0)
        assert page.locator("body script, body img, body style").count() == 0
    finally:
        server.call("DELETE", "/v1/articles/attack")
