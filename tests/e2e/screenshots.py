"""Make the screenshots in docs/screenshots: `python -m tests.e2e.screenshots`."""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page

from tests.e2e.browsing import Server, served

TARGET = Path(__file__).parents[2] / "docs" / "screenshots"
QUESTION = "What did Peskov say about the Anchorage formula?"
SILENT = "How many people live in Caracas?"
COLOURS = 160
GAZETTE = {"outlet": "The Harbour Gazette", "title": "Harbour bridge to close for repairs"}
BRIDGE = [
    {
        **GAZETTE, "id": "bridge", "published_at": "2025-03-11",
        "text": "The harbour bridge may close in March, Mayor Ana Ruiz said on Tuesday.",
    },
    {
        **GAZETTE, "id": "bridge-2", "published_at": "2025-03-18",
        "text": "The harbour bridge will close on Friday for two weeks, Mayor Ana Ruiz said on "
        "Tuesday. “Pedestrians can use the ferry free of charge,” Ruiz said on Tuesday.",
    },
    {
        "id": "bridge-3", "outlet": "Port News", "title": "Ferry fills up", "published_at":
        "2025-03-24", "text": "The harbour bridge closed on Friday. The ferry was full on Sunday, "
        "its captain Tom Okoro said.",
    },
    {
        **GAZETTE, "id": "bridge-2", "published_at": "2025-03-18",
        "text": "The harbour bridge will close on Friday for three weeks, Mayor Ana Ruiz said on "
        "Tuesday. “Pedestrians can use the ferry free of charge,” Ruiz said on Tuesday.",
    },
]  # fmt: skip
"""Invented: the seeds have neither dates nor versions."""
WIDE, PHONE = (1280, 860), (390, 844)


def main() -> None:
    with served() as (browser, server):
        _answer(browser, server)
        _phone(browser, server)
        _abstain(browser, server)
        server.read()
        _statements(browser, server)
        _status(browser, server)
        for article in BRIDGE:
            server.call("POST", "/v1/articles", article)
        server.read()
        _timeline(browser, server)
        _archive(browser, server)


def _answer(browser: Browser, server: Server) -> None:
    page = _open(browser, server, WIDE)
    _ask(page, QUESTION)
    page.locator(".sentence .cite").last.click()
    page.locator("mark").wait_for()
    _save(page, "answer.png")


def _phone(browser: Browser, server: Server) -> None:
    page = _open(browser, server, PHONE)
    _ask(page, QUESTION)
    _save(page, "phone.png")


def _abstain(browser: Browser, server: Server) -> None:
    page = _open(browser, server, WIDE, scheme_dark=True)
    _ask(page, SILENT)
    _save(page, "abstain.png")


def _statements(browser: Browser, server: Server) -> None:
    page = _open(browser, server, WIDE, "/#statements?speaker=Peskov&about=phone+call")
    page.locator("#statements-list .plain").first.click()
    page.locator("mark").first.wait_for()
    _save(page, "statements.png")


def _timeline(browser: Browser, server: Server) -> None:
    page = _open(browser, server, WIDE, "/#timeline?q=harbour+bridge+ferry")
    page.locator(".plot .mark.statement").first.click()
    page.locator("mark").first.wait_for()
    page.mouse.move(0, 0)
    _save(page, "timeline.png")


def _archive(browser: Browser, server: Server) -> None:
    page = _open(browser, server, WIDE, "/#articles/bridge-2")
    page.get_by_role("button", name="What changed").click()
    page.locator("ins").first.wait_for()
    page.mouse.move(0, 0)
    _save(page, "archive.png")


def _status(browser: Browser, server: Server) -> None:
    page = _open(browser, server, (1280, 1700))
    page.goto(f"{server.url}/#status")
    page.locator("#status .plot rect").first.wait_for()
    _save(page, "status.png")


def _open(
    browser: Browser,
    server: Server,
    size: tuple[int, int],
    address: str = "/",
    *,
    scheme_dark: bool = False,
) -> Page:
    page = browser.new_page(
        viewport={"width": size[0], "height": size[1]},
        color_scheme="dark" if scheme_dark else "light",
        reduced_motion="reduce",
    )
    page.set_default_timeout(60_000)
    page.goto(server.url + address)
    return page


def _ask(page: Page, question: str) -> None:
    page.get_by_label("Your question").fill(question)
    page.keyboard.press("Enter")
    page.locator(".why").wait_for()


def _save(page: Page, name: str) -> None:
    shot = Image.open(io.BytesIO(page.screenshot()))
    # Words on paper need few colours, and the files stay small.
    shot.convert("RGB").quantize(COLOURS).save(TARGET / name, optimize=True)
    page.close()


if __name__ == "__main__":
    main()
