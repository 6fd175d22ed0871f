"""The page in a real browser, against a real server on the seeds."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Locator, Page, Request, Response, expect

from tests.e2e.browsing import Server

OpenPage = Callable[..., Page]

QUESTION = "What did Peskov say about the Anchorage formula?"
DENIED = "Will Witkoff visit Russia during the May holidays?"
SILENT = "How many people live in Caracas?"
FOLLOW_UP = "And about Venezuela?"
PHONE = {"width": 390, "height": 844}
NARROW = {"width": 320, "height": 640}


def ask(page: Page, question: str) -> dict[str, Any]:
    """Ask in the page, wait until the answer is shown and return what the API sent."""
    before = page.locator(".why").count()
    with page.expect_response("**/v1/ask") as caught:
        page.locator("#question").fill(question)
        page.keyboard.press("Enter")
    expect(page.locator(".why")).to_have_count(before + 1)
    return body(caught.value)


def body(response: Response) -> dict[str, Any]:
    answer: dict[str, Any] = response.json()
    return answer


def sent(request: Request) -> dict[str, Any]:
    """Return what the page sent to the API."""
    question: dict[str, Any] = json.loads(request.post_data or "")
    return question


def marked(page: Page) -> str:
    """Return the words that are marked in the open article."""
    expect(page.locator("#reader mark").first).to_be_visible()
    return "\n".join(page.locator("#reader mark").all_text_contents())


def cite(page: Page, number: int) -> Locator:
    return page.locator(f".sentence .cite[data-citation='{number}']").last


def overflows(page: Page) -> bool:
    wider = page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
    return bool(wider)


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


def test_a_follow_up_is_asked_with_what_was_said_before(open_page: OpenPage) -> None:
    page = open_page()
    first = ask(page, "What did Peskov say about Iran?")
    expect(page.get_by_label("Ask a follow-up")).to_be_visible()
    with page.expect_request("**/v1/ask") as caught:
        second = ask(page, FOLLOW_UP)
    assert sent(caught.value)["history"] == [
        {"role": "user", "content": first["question"]},
        {"role": "assistant", "content": first["text"]},
    ]
    assert second["query"] != FOLLOW_UP
    expect(page.locator(".searched")).to_contain_text(second["query"])


def test_a_new_question_forgets_the_conversation(open_page: OpenPage) -> None:
    page = open_page()
    ask(page, QUESTION)
    page.get_by_role("button", name="New question").click()
    expect(page.locator(".turn")).to_have_count(0)
    expect(page.get_by_label("Your question")).to_be_focused()
    with page.expect_request("**/v1/ask") as caught:
        ask(page, DENIED)
    assert sent(caught.value)["history"] == []


def test_the_address_leads_to_the_conversation_and_back_leads_out_of_it(
    open_page: OpenPage,
) -> None:
    page = open_page(f"/#q={quote(QUESTION)}&q={quote(FOLLOW_UP)}")
    expect(page.locator(".why")).to_have_count(2)
    page.reload()
    expect(page.locator(".why")).to_have_count(2)
    ask(page, DENIED)
    page.go_back()
    expect(page.locator(".turn")).to_have_count(2)
    expect(page.locator(".why")).to_have_count(2)
    page.go_forward()
    expect(page.locator(".turn")).to_have_count(3)


def test_filters_travel_with_the_question_and_its_notice_is_shown(open_page: OpenPage) -> None:
    page = open_page()
    page.get_by_text("Dates and outlets").click()
    page.get_by_label("As of").fill("2025-03-18")
    page.get_by_label("Outlets").fill("Xinhua, The Moscow Times")
    with page.expect_request("**/v1/ask") as caught:
        answer = ask(page, QUESTION)
    asked = sent(caught.value)
    assert asked["as_of"] == "2025-03-18"
    assert asked["outlets"] == ["Xinhua", "The Moscow Times"]
    expect(page.locator(".scope")).to_contain_text("as of 2025-03-18")
    assert [notice["message"] for notice in answer["notices"]] == page.locator(
        ".notice"
    ).all_text_contents()
    assert "as_of=2025-03-18" in page.url


def test_why_this_answer_shows_confidence_stages_and_models(open_page: OpenPage) -> None:
    page = open_page()
    answer = ask(page, QUESTION)
    expect(page.locator(".confidence")).to_have_text(f"Confidence {answer['confidence']:.2f} of 1")
    page.get_by_text("Why this answer").click()
    expect(page.get_by_role("rowheader", name="retrieve")).to_be_visible()
    expect(page.get_by_text(answer["models"]["embedder"], exact=True)).to_be_visible()


# ---- reading ------------------------------------------------------------------------------------


def test_articles_are_listed_and_read(open_page: OpenPage, server: Server) -> None:
    page = open_page()
    page.get_by_role("link", name="Articles", exact=True).click()
    articles = server.call("GET", "/v1/articles")["items"]
    links = page.locator("#articles-list a")
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
    page.get_by_role("link", name="Articles", exact=True).click()
    expect(page.locator("#articles-list li")).to_have_count(3)
    page.get_by_role("button", name="Show more").click()
    expect(page.locator("#articles-list li")).to_have_count(len(articles))
    expect(page.locator("#articles-list a").nth(3)).to_be_focused()
    expect(page.get_by_role("button", name="Show more")).to_be_hidden()


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
    attack = "<script>alert(1)</script><img src=x onerror=alert(2)><style>*{display:none}</style>"
    text = (
        f"Mayor Zebulon Trask said {attack} the harbour tunnel opens in June."
        "\n<svg onload=alert(3)> [click](javascript:alert(4)) {{constructor}}"
    )
    article = {"id": "attack", "title": f"Tunnel {attack}", "outlet": f"O{attack}", "text": text}
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
        page.goto(f"{server.url}/#q={quote(attack)}")
        expect(page.locator(".turn h2")).to_have_text(attack)
        assert page.locator("body script, body img, body style, body svg").count() == 0
    finally:
        server.call("DELETE", "/v1/articles/attack")


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "//evil.example"])
def test_only_web_addresses_become_links(open_page: OpenPage, url: str) -> None:
    page = open_page()

    def poison(route: Any) -> None:
        response = route.fetch()
        answer = response.json()
        for citation in answer["citations"]:
            citation["url"] = url
        route.fulfill(response=response, json=answer)

    page.route("**/v1/ask", poison)
    ask(page, DENIED)
    expect(page.locator(".source")).to_be_visible()
    expect(page.locator(".source a")).to_have_count(0)


# ---- for everyone -------------------------------------------------------------------------------


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
    page.get_by_text("Dates and outlets").click()
    assert not overflows(page)
    answer = ask(page, QUESTION)
    page.get_by_text("Why this answer").click()
    assert not overflows(page)
    cite(page, 1).click()
    assert marked(page) == answer["citations"][0]["quote"]
    expect(page.locator("#reader mark")).to_be_in_viewport()
    assert not overflows(page)
    page.get_by_role("link", name="Articles", exact=True).click()
    expect(page.locator("#articles-list a").first).to_be_visible()
    assert not overflows(page)


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


# ---- when something is wrong --------------------------------------------------------------------


def test_a_refusal_is_shown_with_code_remedy_and_request(open_page: OpenPage) -> None:
    page = open_page()
    with page.expect_response("**/v1/ask") as caught:
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

    page.route("**/v1/ask", refuse)
    page.locator("#question").fill(DENIED)
    page.keyboard.press("Enter")
    expect(page.locator(".loading")).to_contain_text("still loading")
    expect(page.locator(".sentence")).to_be_visible()


def test_what_is_not_an_answer_is_reported(open_page: OpenPage) -> None:
    page = open_page()
    page.route("**/v1/ask", lambda route: route.fulfill(status=502, body="<h1>Bad gateway</h1>"))
    page.locator("#question").fill(DENIED)
    page.keyboard.press("Enter")
    expect(page.locator(".problem")).to_contain_text("HTTP 502")
