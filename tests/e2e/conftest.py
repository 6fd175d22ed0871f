"""One server for all of these tests, and one browser for the tests of a module."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Dialog,
    Page,
    Request,
    expect,
)

from tests.e2e.browsing import Server, browsing, chromium

expect.set_options(timeout=30_000)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    if chromium() is None:
        pytest.skip("needs a browser: install Debian's package chromium")
    running = Server(tmp_path_factory.mktemp("server"))
    try:
        running.start()
        yield running
    finally:
        running.stop()


@pytest.fixture(scope="module")
def browser(server: Server) -> Iterator[Browser]:
    path = chromium()
    assert path is not None
    with browsing(path) as running:
        yield running


@pytest.fixture
def open_page(browser: Browser, server: Server) -> Iterator[Callable[..., Page]]:
    """Open the page; at the end nothing may have failed in it or been asked of other hosts."""
    wrong: list[str] = []
    contexts: list[BrowserContext] = []

    def note_dialog(dialog: Dialog) -> None:
        wrong.append(f"a dialog: {dialog.message}")
        dialog.dismiss()

    def note_violation(line: ConsoleMessage) -> None:
        if "Content Security Policy" in line.text:
            wrong.append(line.text)

    def note_stranger(request: Request) -> None:
        if not request.url.startswith((server.url, "data:")):
            wrong.append(f"asked of a stranger: {request.url}")

    def opened(address: str = "/", **options: Any) -> Page:
        context = browser.new_context(reduced_motion="reduce", **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(30_000)
        page.on("pageerror", lambda error: wrong.append(f"an error: {error}"))
        page.on("dialog", note_dialog)
        page.on("console", note_violation)
        page.on("request", note_stranger)
        page.goto(server.url + address)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert wrong == []
