"""What a reader does in the page, and what the tests look at."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Locator, Page, Request, Response, Route, expect

OpenPage = Callable[..., Page]

QUESTION = "What did Peskov say about the Anchorage formula?"
DENIED = "Will Witkoff visit Russia during the May holidays?"
CONTRADICTED = "Will Putin and Trump speak on the phone?"
SILENT = "How many people live in Caracas?"
FOLLOW_UP = "And about Venezuela?"
ATTACK = "<script>alert(1)</script><img src=x onerror=alert(2)><style>*{display:none}</style>"


def ask(page: Page, question: str) -> dict[str, Any]:
    """Ask in the page, wait until the answer is shown and return it as the API keeps it."""
    before = page.locator(".why").count()
    page.locator("#question").fill(question)
    page.keyboard.press("Enter")
    expect(page.locator(".why")).to_have_count(before + 1)
    return answer_of(page)


def answer_of(page: Page) -> dict[str, Any]:
    """Return the last answer on the page as the API keeps it."""
    link = page.locator(".actions a").last.get_attribute("href")
    assert link is not None
    kept = page.request.get(f"{page.url.partition('#')[0]}v1/answers/{link.rpartition('/')[2]}")
    answer: dict[str, Any] = kept.json()["answer"]
    return answer


def body(response: Response) -> dict[str, Any]:
    """Return the JSON of a response."""
    content: dict[str, Any] = response.json()
    return content


def sent(request: Request) -> dict[str, Any]:
    """Return what the page sent to the API."""
    question: dict[str, Any] = json.loads(request.post_data or "")
    return question


def change_answer(page: Page, change: Callable[[dict[str, Any]], None]) -> None:
    """Let something happen to every answer on its way to the page."""

    def meddle(route: Route) -> None:
        response = route.fetch()
        *events, done, _ = response.text().split("\n\n")
        head, data = done.split("data: ")
        reply = json.loads(data)
        change(reply["answer"])
        route.fulfill(
            response=response,
            body="\n\n".join([*events, f"{head}data: {json.dumps(reply)}", ""]),
        )

    page.route("**/v1/chat", meddle)


def marked(page: Page) -> str:
    """Return the words that are marked in the open article."""
    expect(page.locator("#reader mark").first).to_be_visible()
    return "\n".join(page.locator("#reader mark").all_text_contents())


def cite(page: Page, number: int) -> Locator:
    """Return the button of a citation in the last answer."""
    return page.locator(f".sentence .cite[data-citation='{number}']").last


def overflows(page: Page) -> bool:
    """Say whether anything is wider than the window."""
    wider = page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
    return bool(wider)
