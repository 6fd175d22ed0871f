"""Asking and reading in a real browser, against a real server on the seeds."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from rag.references import styles
from tests.e2e.browsing import Server
from tests.e2e.moves import (
    ATTACK,
    CONTRADICTED,
    DENIED,
    FOLLOW_UP,
    QUESTION,
    SILENT,
    OpenPage,
    ask,
    body,
    change_answer,
    cite,
    marked,
    sent,
)

# ---- asking -------------------------------------------------------------------------------------


def test_the_question_box_has_the_focus_at_once(open_page: OpenPage) -> None:
    expect(open_page().get_by_label("Your question")).to_be_focused()


def test_an_answer_shows_each_sentence_with_its_citations(open_page: OpenPage) -> None:
    page = open_page()
    answer = ask(page, QUESTION)
    assert answer["sentences"]
    for shown, sentence in zip(page.locator(".sentence").all(), answer["sentences"], strict=True):
        expect(shown).to_contain_text(sentence["text"])
        numbers = shown.locator(".cite").all_text_contents()
        assert numbers == [str(number) for number in sentence["citations"]]


def test_an_address_that_asks_nothing_is_the_empty_box(open_page: OpenPage) -> None:
    page = open_page("/#nosuch")
    expect(page.get_by_label("Your question")).to_be_focused()
    expect(page.locator("#welcome")).to_be_visible()
    assert ask(page, QUESTION)["sentences"]


def test_the_next_question_closes_the_article_of_the_answer_before(open_page: OpenPage) -> None:
    page = open_page()
    ask(page, QUESTION)
    cite(page, 1).click()
    expect(page.locator("#reader mark")).to_be_visible()
    ask(page, DENIED)
    expect(page.locator("#reader")).to_be_hidden()


def test_a_citation_says_who_how_where_and_when(open_page: OpenPage) -> None:
    page = open_page()
    (citation,) = ask(page, DENIED)["citations"]
    source = page.locator(".source")
    expect(source).to_contain_text(citation["speaker"])
    expect(source.locator(".denied")).to_be_visible()
    expect(source).to_contain_text("in reported speech (“dismissed”)")
    expect(source.locator("blockquote")).to_have_text(citation["quote"])
    expect(source).to_contain_text(citation["title"])
    expect(source).to_contain_text("first words, no title given")
    expect(source).to_contain_text("outlet unknown")
    expect(source).to_contain_text("undated")


def test_a_citation_opens_its_article_with_exactly_the_cited_words_marked(
    open_page: OpenPage,
) -> None:
    page = open_page()
    for citation in ask(page, QUESTION)["citations"]:
        cite(page, citation["number"]).click()
        expect(page.locator(".verified")).to_have_text("Marked: exactly as cited")
        assert marked(page) == citation["quote"]
        expect(page.locator("#reader mark").first).to_be_in_viewport()


def test_an_example_is_asked_with_one_click(open_page: OpenPage) -> None:
    page = open_page()
    page.get_by_role("button", name="Why was Russia not on the US tariff list?").click()
    expect(page.locator(".sentence").first).to_contain_text("tariffs")


def test_an_abstention_gives_the_reason_and_opens_the_nearest_passage(open_page: OpenPage) -> None:
    page = open_page()
    answer = ask(page, SILENT)
    assert answer["abstained"]
    expect(page.locator(".answer")).to_contain_text("The articles do not answer this question.")
    expect(page.locator(".reason")).to_contain_text("none of them states the answer")
    page.locator(".nearest .plain").first.click()
    passage = answer["nearest"][0]["passage"]["text"]
    assert "".join(marked(page).split()) == "".join(passage.split())


def test_the_nearest_passages_of_an_article_stand_below_its_title(
    open_page: OpenPage, server: Server
) -> None:
    query = {"query": "Peskov on the Anchorage formula", "limit": 8}
    nearest = server.call("POST", "/v1/search", query)["results"]
    articles: dict[str, list[str]] = {}
    for found in nearest:
        articles.setdefault(found["article"]["id"], []).append(found["passage"]["text"])
    first, second, *_ = next(texts for texts in articles.values() if len(texts) > 1)
    page = open_page()
    change_answer(page, lambda answer: answer.update(nearest=nearest))
    ask(page, SILENT)
    expect(page.locator(".nearest > ol > li")).to_have_count(len(articles))
    expect(page.locator(".nearest .excerpt")).to_have_count(len(nearest))
    item = page.locator(".nearest > ol > li").filter(has=page.locator("button.excerpt")).first
    for button, text in [(".title button", first), ("button.excerpt", second)]:
        item.locator(button).first.click()
        expect(page.locator(".verified")).to_have_text("Marked: what came near")
        expect(item.locator("[aria-current]")).to_have_count(1)
        expect(page.locator("#reader[aria-busy]")).to_have_count(0)
        assert "".join(marked(page).split()) == "".join(text.split())


def test_a_follow_up_belongs_to_the_chat_that_the_address_leads_to(open_page: OpenPage) -> None:
    page = open_page()
    ask(page, "What did Peskov say about Iran?")
    expect(page.get_by_label("Ask a follow-up")).to_be_visible()
    with page.expect_request("**/v1/chat") as caught:
        second = ask(page, FOLLOW_UP)
    assert page.url.endswith(f"#chat/{sent(caught.value)['chat_id']}")
    assert second["query"] != FOLLOW_UP
    expect(page.locator(".searched")).to_contain_text(second["query"])
    with page.expect_response("**/v1/chats/*"):
        page.reload()
    expect(page.locator(".why")).to_have_count(2)
    page.go_back()
    expect(page.locator(".turn")).to_have_count(0)
    page.go_forward()
    expect(page.locator(".why")).to_have_count(2)


def test_a_new_question_forgets_the_conversation(open_page: OpenPage) -> None:
    page = open_page()
    ask(page, QUESTION)
    page.get_by_role("button", name="New question").click()
    expect(page.locator(".turn")).to_have_count(0)
    expect(page.get_by_label("Your question")).to_be_focused()
    with page.expect_request("**/v1/chat") as caught:
        ask(page, DENIED)
    assert "chat_id" not in sent(caught.value)


def test_a_link_asks_one_question_after_the_other(open_page: OpenPage) -> None:
    page = open_page(f"/#q={quote(QUESTION)}&q={quote(FOLLOW_UP)}")
    expect(page.locator(".why")).to_have_count(2)
    assert "#chat/" in page.url


def test_an_answer_has_a_permanent_link_that_asks_nothing(open_page: OpenPage) -> None:
    page = open_page()
    answer = ask(page, DENIED)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.get_by_role("link", name="Permanent link").click()
    expect(page.get_by_text("nothing here was made anew")).to_be_visible()
    expect(page.locator(".sentence").first).to_contain_text(answer["sentences"][0]["text"])
    assert not [url for url in asked if url.endswith(("/v1/chat", "/v1/ask"))]
    page.get_by_role("button", name="Ask this again").click()
    expect(page.get_by_text("nothing here was made anew")).to_be_hidden()
    expect(page.locator(".why")).to_be_visible()


def test_filters_travel_with_the_question_and_its_notice_is_shown(open_page: OpenPage) -> None:
    page = open_page()
    page.locator("#scope summary").click()
    page.locator("#as_of").fill("2025-03-18")
    page.locator("#outlets").fill("Xinhua, The Moscow Times")
    page.locator("#speakers").fill("Peskov")
    with page.expect_request("**/v1/chat") as caught:
        answer = ask(page, QUESTION)
    asked = sent(caught.value)
    assert asked["as_of"] == "2025-03-18"
    assert asked["outlets"] == ["Xinhua", "The Moscow Times"]
    assert asked["speakers"] == ["Peskov"]
    expect(page.locator(".scope")).to_contain_text("as of 18 March 2025")
    assert [notice["message"] for notice in answer["notices"]] == page.locator(
        ".notice"
    ).all_text_contents()


def test_an_answer_is_copied_with_its_references(open_page: OpenPage) -> None:
    page = open_page(permissions=["clipboard-read", "clipboard-write"])
    answer = ask(page, DENIED)
    page.get_by_role("button", name="Copy", exact=True).click()
    expect(page.locator(".actions [role=status]")).to_have_text("Copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    (citation,) = answer["citations"]
    assert answer["text"] in copied
    assert f"[1] {citation['speaker']}: “{citation['quote']}”" in copied
    form = page.get_by_label("References as")
    form.select_option("Markdown")
    page.get_by_role("button", name="Copy", exact=True).click()
    page.wait_for_function("navigator.clipboard.readText().then(text => text.includes('[^1]: '))")


def test_an_answer_is_copied_with_references_in_every_style(
    open_page: OpenPage, server: Server
) -> None:
    page = open_page(permissions=["clipboard-read", "clipboard-write"])
    answer = ask(page, DENIED)
    form = page.get_by_label("References as")
    assert form.locator("option").count() == 2 + len(styles()) + 1
    title = answer["citations"][0]["title"]
    for option in form.locator("option").all_text_contents()[2:]:
        form.select_option(option)
        with page.expect_response("**/references?style=*") as caught:
            page.get_by_role("button", name="Copy", exact=True).click()
        listed = caught.value.text()
        assert f"[{title}]" in listed
        page.wait_for_function(
            "end => navigator.clipboard.readText().then(text => text.endsWith(end))", arg=listed
        )
    assert json.loads(page.evaluate("navigator.clipboard.readText()"))[0]["title"] == f"[{title}]"


def test_an_opinion_is_kept_with_the_answer(open_page: OpenPage, server: Server) -> None:
    page = open_page()
    answer = ask(page, DENIED)
    page.get_by_role("button", name="Incomplete").click()
    page.locator(".opinion textarea").fill("It leaves out <b>when</b>.")
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".feedback")).to_contain_text("kept with the answer")
    (kept,) = [
        one
        for one in server.call("GET", "/v1/feedback")["items"]
        if one["answer_id"] == answer["id"]
    ]
    assert (kept["verdict"], kept["comment"]) == ("incomplete", "It leaves out <b>when</b>.")


def test_sides_of_a_disagreement_stand_beside_each_other(open_page: OpenPage) -> None:
    page = open_page()
    sides = [{"citations": [1], "sources": 1}, {"citations": [2], "sources": 3}]

    def disagree(answer: dict[str, Any]) -> None:
        answer["conflicts"] = [{"type": "disagreement_between_sources", "sides": sides}]

    change_answer(page, disagree)
    answer = ask(page, QUESTION)
    expect(page.locator(".conflict h3")).to_have_text("The sources disagree")
    left, right = page.locator(".side").all()
    expect(left).to_contain_text(answer["citations"][0]["quote"])
    expect(right).to_contain_text(answer["citations"][1]["quote"])
    expect(right).to_contain_text("3 independent sources")
    boxes = [side.bounding_box() for side in (left, right)]
    assert boxes[0] is not None
    assert boxes[1] is not None
    assert boxes[0]["y"] == boxes[1]["y"]


def test_articles_that_contradict_each_other_stand_as_two_sides(
    open_page: OpenPage,
) -> None:
    page = open_page()
    answer = ask(page, CONTRADICTED)
    (conflict,) = answer["conflicts"]
    shown = page.locator(".conflict")
    expect(shown.locator(".side")).to_have_count(len(conflict["sides"]))
    for place, side in zip(shown.locator(".side").all(), conflict["sides"], strict=True):
        for number in side["citations"]:
            (citation,) = [one for one in answer["citations"] if one["number"] == number]
            expect(place).to_contain_text(citation["quote"])
            place.locator(f".cite[data-citation='{number}']").click()
            assert marked(page) == citation["quote"]


def test_why_this_answer_shows_confidence_stages_and_models(open_page: OpenPage) -> None:
    page = open_page()
    answer = ask(page, QUESTION)
    expect(page.locator(".confidence")).to_have_text(f"Confidence {answer['confidence']:.2f} of 1")
    page.get_by_text("Why this answer").click()
    expect(page.get_by_role("rowheader", name="total")).to_be_visible()
    expect(page.get_by_text(answer["models"]["embedder"], exact=True)).to_be_visible()


# ---- reading ------------------------------------------------------------------------------------


def test_a_citation_that_is_not_at_its_place_is_reported_and_not_marked(
    open_page: OpenPage,
) -> None:
    page = open_page()

    def shift(route: Any) -> None:
        response = route.fetch()
        article = response.json()
        route.fulfill(response=response, json={**article, "text": "x" + article["text"]})

    page.route("**/v1/articles/*", shift)
    ask(page, DENIED)
    cite(page, 1).click()
    expect(page.locator("#reader [role=alert]")).to_contain_text("not at their place")
    expect(page.locator("#reader mark")).to_have_count(0)


def test_marks_count_code_points_and_text_keeps_its_direction(
    open_page: OpenPage, server: Server
) -> None:
    text = (
        "😀😀😀 Weather in the hills.\n"
        "قال المتحدث إن المحادثات مستمرة.\n"
        "The lighthouse keeper Orlaith Quine said 🎉 that the zeppelin landed at Port Brill."
    )
    server.call("POST", "/v1/articles", {"id": "code-points", "title": "😀 Zeppelin", "text": text})
    try:
        page = open_page()
        answer = ask(page, "Where did the zeppelin land, according to Orlaith Quine?")
        (citation,) = [one for one in answer["citations"] if one["article_id"] == "code-points"]
        cite(page, citation["number"]).click()
        assert marked(page) == citation["quote"]
        assert "🎉" in citation["quote"]
        arabic = page.locator(".text p", has_text="قال")
        assert arabic.evaluate("node => getComputedStyle(node).direction") == "rtl"
    finally:
        server.call("DELETE", "/v1/articles/code-points")


def test_markup_in_an_article_stays_text_and_nothing_runs(
    open_page: OpenPage, server: Server
) -> None:
    text = (
        f"Mayor Zebulon Trask said {ATTACK} the harbour tunnel opens in June."
        "\n<svg onload=alert(3)> [click](javascript:alert(4)) {{constructor}}"
    )
    article = {"id": "attack", "title": f"Tunnel {ATTACK}", "outlet": f"O{ATTACK}", "text": text}
    server.call("POST", "/v1/articles", article)
    try:
        page = open_page()
        answer = ask(page, "When does the harbour tunnel open, according to Zebulon Trask?")
        (citation,) = [one for one in answer["citations"] if one["article_id"] == "attack"]
        expect(page.locator(".sentence", has_text="<script>alert(1)</script>")).to_be_visible()
        cite(page, citation["number"]).click()
        assert marked(page) == citation["quote"]
        expect(page.locator("#reader h2")).to_contain_text("<img src=x onerror=alert(2)>")
        page.get_by_role("link", name="Articles", exact=True).click()
        expect(page.locator("#articles-list li", has_text="Tunnel <script>")).to_be_visible()
        page.goto(f"{server.url}/#q={quote(ATTACK)}")
        expect(page.locator(".turn h2")).to_have_text(ATTACK)
        assert page.locator("body script, body img, body style, body svg").count() == 0
    finally:
        server.call("DELETE", "/v1/articles/attack")


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "//evil.example"])
def test_only_web_addresses_become_links(open_page: OpenPage, url: str) -> None:
    page = open_page()

    def poison(answer: dict[str, Any]) -> None:
        for citation in answer["citations"]:
            citation["url"] = url

    change_answer(page, poison)
    ask(page, DENIED)
    expect(page.locator(".source")).to_be_visible()
    expect(page.locator(".source a")).to_have_count(0)


# ---- when something is wrong --------------------------------------------------------------------


def test_a_refusal_is_shown_with_code_remedy_and_request(open_page: OpenPage) -> None:
    page = open_page()
    with page.expect_response("**/v1/chat") as caught:
        page.locator("#question").fill("why? " * 1_000)
        page.keyboard.press("Enter")
    refusal = body(caught.value)
    problem = page.locator(".problem")
    for key in ("title", "detail", "remedy", "code", "request_id"):
        expect(problem).to_contain_text(refusal[key])
    expect(problem.get_by_role("button", name="Retry")).to_be_visible()


def test_a_server_that_is_gone_is_reported_and_asked_again_when_it_is_back(
    open_page: OpenPage, server: Server
) -> None:
    page = open_page()
    try:
        server.stop()
        page.locator("#question").fill(DENIED)
        page.keyboard.press("Enter")
        problem = page.locator(".problem")
        expect(problem).to_contain_text("The server does not answer")
        server.start(ready=False)
        problem.get_by_role("button", name="Retry").click()
        expect(page.locator(".loading, .sentence").first).to_be_visible()
        expect(page.locator(".sentence")).to_be_visible(timeout=120_000)
    finally:
        if not server.ready():
            server.stop()
            server.start()


def test_a_question_waits_while_the_service_loads(open_page: OpenPage) -> None:
    page = open_page()
    loading = {"title": "Dateline is still loading", "code": "not_ready", "status": 503}
    refusals = iter([loading, loading])

    def refuse(route: Any) -> None:
        if refusal := next(refusals, None):
            route.fulfill(status=503, json=refusal, headers={"Retry-After": "1"})
        else:
            route.continue_()

    page.route("**/v1/chat", refuse)
    page.locator("#question").fill(DENIED)
    page.keyboard.press("Enter")
    expect(page.locator(".loading")).to_contain_text("still loading")
    expect(page.locator(".sentence")).to_be_visible()


def test_a_stream_that_breaks_is_taken_up_and_nothing_is_asked_twice(open_page: OpenPage) -> None:
    page = open_page()
    asked: list[str] = []

    def cut(route: Any) -> None:
        asked.append(route.request.url)
        response = route.fetch()
        first, second, *_ = response.text().split("\n\n")
        route.fulfill(response=response, body=f"{first}\n\n{second}\n\n")

    page.route("**/v1/chat", cut)
    with page.expect_request("**/events") as caught:
        answer = ask(page, DENIED)
    assert caught.value.headers["last-event-id"].endswith(":2")
    expect(page.locator(".sentence")).to_have_count(len(answer["sentences"]))
    assert len(asked) == 1


def test_what_is_not_an_answer_is_reported(open_page: OpenPage) -> None:
    page = open_page()
    page.route("**/v1/chat", lambda route: route.fulfill(status=502, body="<h1>Bad gateway</h1>"))
    page.locator("#question").fill(DENIED)
    page.keyboard.press("Enter")
    expect(page.locator(".problem")).to_contain_text("HTTP 502")
