"""Measure how soon the page is there: `python -m tests.e2e.first_paint`, or `make paint`.

Milliseconds from the beginning of the navigation, over loopback, each time in a browser profile
without a cache: until something is painted, until the question box has the focus, and the bytes
that were sent. One more page is opened first and not counted: the browser itself starts in it.
"""

from __future__ import annotations

import json
import os
import statistics

from playwright.sync_api import Browser

from tests.e2e.browsing import served

PAGES = 10
WATCH = """
addEventListener("focusin", () => { window.focusedAt ??= performance.now(); }, true);
"""
READ = """
() => ({
  painted: performance.getEntriesByName("first-contentful-paint")[0].startTime,
  focused: window.focusedAt,
  bytes: ["navigation", "resource"].flatMap((kind) => performance.getEntriesByType(kind))
    .filter((one) => /\\/(web\\/.+)?$/.test(one.name))
    .reduce((sum, one) => sum + one.transferSize, 0),
})
"""


def main() -> None:
    with served() as (browser, server):
        _, *found = [measure(browser, server.url) for _ in range(PAGES + 1)]
    shown = {
        key: {
            "median": round(statistics.median(one[key] for one in found), 1),
            "least": round(min(one[key] for one in found), 1),
            "most": round(max(one[key] for one in found), 1),
        }
        for key in ("painted", "focused", "bytes")
    }
    print(json.dumps({"pages": PAGES, "load": os.getloadavg()[0], **shown}, indent=1))


def measure(browser: Browser, url: str) -> dict[str, float]:
    """Open the page once; returns milliseconds and bytes."""
    context = browser.new_context()
    context.add_init_script(WATCH)
    page = context.new_page()
    page.goto(url)
    page.wait_for_function(
        "window.focusedAt && performance.getEntriesByName('first-contentful-paint').length"
    )
    found: dict[str, float] = page.evaluate(READ)
    context.close()
    return found


if __name__ == "__main__":
    main()
