"""Make the picture of a report on a phone: `python -m tests.eval.report.picture RUN`.

The first screen of figures, what went wrong, and the plots, one below the other.
"""

from __future__ import annotations

import io
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page

from eval.folder import RunFolder
from eval.report.page import page as report
from eval.score import score
from tests.e2e.browsing import browsing, chromium
from tests.e2e.screenshots import COLOURS, PHONE, TARGET

SCREENS = ("h1", "h2:has-text('What went wrong')", "section.plots", "h2:has-text('Worst cases')")


def main(run: Path) -> None:
    path = chromium()
    if path is None:
        sys.exit("There is no chromium; install Debian's package of that name.")
    with tempfile.TemporaryDirectory() as folder, browsing(path) as browser:
        file = Path(folder) / "report.html"
        file.write_text(report(*score(RunFolder(run))), encoding="utf-8")
        shots = [_screen(opened, place) for opened in [phone(browser, file)] for place in SCREENS]
    high = max(shot.height for shot in shots)
    joined = Image.new("RGB", (sum(shot.width for shot in shots) + 20 * (len(shots) - 1), high),
                       "#888")  # fmt: skip
    at = 0
    for shot in shots:
        joined.paste(shot, (at, 0))
        at += shot.width + 20
    joined.quantize(COLOURS).save(TARGET / "report-phone.png", optimize=True)


def phone(browser: Browser, file: Path) -> Page:
    opened = browser.new_page(viewport={"width": PHONE[0], "height": PHONE[1]})
    opened.goto(file.as_uri())
    return opened


def _screen(opened: Page, place: str) -> Image.Image:
    if place.startswith("h2:has-text('Worst"):
        opened.locator("details").first.evaluate("item => { item.open = true }")
    opened.locator(place).first.evaluate("item => item.scrollIntoView()")
    return Image.open(io.BytesIO(opened.screenshot())).convert("RGB")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
