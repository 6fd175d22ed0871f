"""Make the screenshots in docs/screenshots: `python -m tests.e2e.screenshots`."""

from __future__ import annotations

import io
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page

from tests.e2e.browsing import Server, browsing, chromium

TARGET = Path(__file__).parents[2] / "docs" / "screenshots"
QUESTION = "What did Peskov say about the Anchorage formula?"
SILENT = "How many people live in Caracas?"
COLOURS = 160
WIDE, PHONE = (1280, 860), (390, 844)


def main() -> None:
    path = chromium()
    if path is None:
        sys.exit("There is no chromium; install Debian's package of that name.")
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder))
        server.start()
        try:
            with browsing(path) as browser:
                _answer(browser, server)
                _phone(browser, server)
                _abstain(browser, server)
        finally:
            server.stop()


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


def _open(
    browser: Browser, server: Server, size: tuple[int, int], *, scheme_dark: bool = False
) -> Page:
    page = browser.new_page(
        viewport={"width": size[0], "height": size[1]},
        color_scheme="dark" if scheme_dark else "light",
        reduced_motion="reduce",
    )
    page.set_default_timeout(60_000)
    page.goto(server.url)
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
