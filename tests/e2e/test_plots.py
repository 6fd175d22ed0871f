"""What is drawn: the days of a subject, and the times of answers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.e2e.browsing import Server
from tests.e2e.moves import ATTACK, QUESTION, OpenPage, ask, marked, overflows
from tests.e2e.test_everyone import luminance

LIBRARY = "**/web/vendor/d3.min.js"
TARGET = 24
"""CSS pixels: the least target of WCAG 2.2, success criterion 2.5.8."""
ADDRESS = "/#timeline?q=harbour+bridge"
THINGS = "ferry tram market school tower garden museum theatre library station".split()


@pytest.fixture(scope="module")
def harbour(server: Server) -> Iterator[None]:
    """Many statements of one day, and some of others, by two speakers."""
    crowd = " ".join(
        f"The harbour bridge will not harm the {thing}, Mayor Ana Ruiz said on Tuesday."
        for thing in THINGS
    )
    texts = {
        "2025-03-11": "The harbour bridge may close, Mayor Ana Ruiz said on Tuesday.",
        "2025-03-18": crowd,
        "2025-03-24": "The harbour bridge is safe, engineer Tom Okoro said on Monday. "
        "The harbour bridge was built on May 3, 1962, by two brothers.",
    }
    for day, text in texts.items():
        server.call("POST", "/v1/articles", {
            "id": f"harbour-{day}", "title": "Harbour bridge", "published_at": day, "text": text,
        })  # fmt: skip
    server.read()
    yield
    for day in texts:
        server.call("DELETE", f"/v1/articles/harbour-{day}")


def entries(server: Server) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = server.call("GET", "/v1/timeline?q=harbour+bridge&limit=60")[
        "entries"
    ]
    return found


def drawn(page: Page, count: int) -> None:
    """Wait until there is a mark for each entry."""
    expect(page.locator(".plot .mark")).to_have_count(count)


def test_the_chart_library_is_loaded_with_the_first_plot_and_not_before(
    open_page: OpenPage, server: Server, harbour: None
) -> None:
    page = open_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.reload()
    ask(page, QUESTION)
    page.goto(f"{server.url}/#articles")
    page.goto(f"{server.url}/#statements")
    page.goto(f"{server.url}/#timeline")
    expect(page.locator("#timeline-q")).to_be_visible()
    assert any(url.endswith("/web/timeline.js") for url in asked)
    assert not [url for url in asked if "vendor" in url or url.endswith("/drawing.js")]
    page.goto(f"{server.url}{ADDRESS}")
    drawn(page, len(entries(server)))
    assert len([url for url in asked if url.endswith("/web/vendor/d3.min.js")]) == 1


@pytest.mark.parametrize("width", [320, 1280])
def test_every_mark_is_a_target_of_its_own_at_any_width(
    open_page: OpenPage, server: Server, harbour: None, width: int
) -> None:
    found = entries(server)
    assert max(sum(one["day"] == other["day"] for one in found) for other in found) > 8
    page = open_page(ADDRESS, viewport={"width": width, "height": 800})
    drawn(page, len(found))
    plot = page.locator(".plot svg").bounding_box()
    boxes = [mark.locator("rect").bounding_box() for mark in page.locator(".plot .mark").all()]
    assert plot is not None
    for box in boxes:
        assert box is not None
        assert min(box["width"], box["height"]) >= TARGET
        assert plot["x"] <= box["x"]
        assert box["x"] + box["width"] <= plot["x"] + plot["width"]
        assert box["y"] + box["height"] <= plot["y"] + plot["height"]
    for one, other in combinations(boxes, 2):
        assert one is not None
        assert other is not None
        # To a hundredth of a pixel, which is how exact the browser is.
        apart = max(abs(one["x"] - other["x"]), abs(one["y"] - other["y"]))
        assert apart >= TARGET - 0.01
    assert not overflows(page)
    assert page.locator(".plot").evaluate("node => node.scrollWidth <= node.clientWidth")


def test_the_plot_is_one_stop_of_the_keyboard_with_arrows_between_its_marks(
    open_page: OpenPage, server: Server, harbour: None
) -> None:
    found = entries(server)
    page = open_page(ADDRESS)
    drawn(page, len(found))
    marks = page.locator(".plot .mark")
    expect(page.locator(".plot [tabindex='0']")).to_have_count(1)
    page.locator("#timeline summary").focus()
    page.keyboard.press("Tab")
    expect(marks.first).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(marks.nth(1)).to_be_focused()
    expect(page.locator(".plot figcaption")).to_contain_text(found[1]["quote"])
    page.keyboard.press("End")
    expect(marks.last).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(marks.last).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.locator(".days .plain").first).to_be_focused()
    page.keyboard.press("Shift+Tab")
    expect(marks.last).to_be_focused()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowLeft")
    expect(marks.first).to_be_focused()
    assert (
        marks.first.locator("rect").evaluate("node => getComputedStyle(node).strokeWidth") == "3px"
    )
    page.keyboard.press("Enter")
    assert marked(page) == found[0]["quote"]
    page.keyboard.press("Escape")
    expect(marks.first).to_be_focused()


def test_marks_have_names_and_stand_in_rows_of_who_says_most(
    open_page: OpenPage, server: Server, harbour: None
) -> None:
    found = entries(server)
    page = open_page(ADDRESS)
    drawn(page, len(found))
    expect(page.locator(".plot .row")).to_have_text(
        ["\u2068Ana Ruiz\u2069", "\u2068Other speakers\u2069", "\u2068Told by the articles\u2069"]
    )
    for mark, one in zip(page.locator(".plot .mark").all(), found, strict=True):
        expect(mark).to_have_role("button")
        name = mark.get_attribute("aria-label") or ""
        assert one["quote"] in name
        assert one["by"] is None or one["by"]["speaker"] in name
        assert one["day"][:4] in name
    rows = [box["y"] for row in page.locator(".plot .row").all() if (box := row.bounding_box())]
    for mark, one in zip(page.locator(".plot .mark").all(), found, strict=True):
        box = mark.bounding_box()
        assert box is not None
        own = sum(box["y"] > top for top in rows) - 1
        assert own == (2 if one["by"] is None else int(one["by"]["speaker"] != "Ana Ruiz"))


def test_the_plot_fits_when_an_article_is_opened_beside_it(
    open_page: OpenPage, server: Server, harbour: None
) -> None:
    page = open_page(ADDRESS, viewport={"width": 1280, "height": 800})
    drawn(page, len(entries(server)))
    wide = page.locator(".plot svg").bounding_box()
    page.locator(".plot .mark").last.click()
    assert marked(page) == entries(server)[-1]["quote"]
    expect(page.locator(".plot .mark[aria-current]")).to_have_count(1)
    page.wait_for_function(
        "width => document.querySelector('.plot svg').clientWidth < width",
        arg=wide["width"] if wide else 0,
    )
    assert page.locator(".plot").evaluate("node => node.scrollWidth <= node.clientWidth")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_marks_can_be_told_from_what_is_behind_them(
    open_page: OpenPage, server: Server, harbour: None, scheme: str
) -> None:
    page = open_page(ADDRESS, color_scheme=scheme)
    drawn(page, len(entries(server)))
    ground = luminance(page, ".plot", "backgroundColor")
    for mark, colour in [(".mark.statement path", "fill"), (".mark.event path", "stroke")]:
        drawing = luminance(page, mark, colour)
        assert (max(drawing, ground) + 0.05) / (min(drawing, ground) + 0.05) >= 3, mark


def test_without_the_library_the_list_stays_and_says_so(
    open_page: OpenPage, server: Server, harbour: None
) -> None:
    found = entries(server)
    page = open_page()
    page.route(LIBRARY, lambda route: route.abort())
    page.goto(f"{server.url}{ADDRESS}")
    expect(page.get_by_text("The drawing could not be loaded.")).to_be_visible()
    expect(page.locator(".plot")).to_have_count(0)
    expect(page.locator(".days li li")).to_have_count(len(found))
    page.locator(".days .plain").first.click()
    assert marked(page) == found[0]["quote"]
    ask_once(server)
    page.goto(f"{server.url}/#status")
    expect(page.locator("#status-result .notice")).to_contain_text("could not be loaded")
    expect(page.get_by_role("table", name="Mean by stage")).to_be_visible()
    page.unroute(LIBRARY)
    page.reload()
    expect(page.locator("#status .plot")).to_have_count(2)


def ask_once(server: Server) -> None:
    server.call("POST", "/v1/ask", {"question": QUESTION})


def test_bars_are_as_long_as_the_table_says(open_page: OpenPage, server: Server) -> None:
    ask_once(server)
    page = open_page("/#status", viewport={"width": 320, "height": 800})
    expect(page.locator("#status .plot")).to_have_count(2)
    means = page.locator(".plot").last
    expect(means.locator("rect").first).to_be_visible()
    rows = page.get_by_role("table", name="Mean by stage").locator("tbody tr")
    told = {
        row.locator("th").inner_text(): float(row.locator("td").inner_text()) for row in rows.all()
    }
    names = means.locator(".tick text").all_text_contents()
    assert names == list(told)
    wide = [box["width"] for bar in means.locator("rect").all() if (box := bar.bounding_box())]
    longest = max(told.values())
    for name, width in zip(names, wide, strict=True):
        assert width == pytest.approx(told[name] / longest * max(wide), abs=1)
    assert page.locator(".plot").last.evaluate("node => node.scrollWidth <= node.clientWidth")
    assert not overflows(page)


def test_names_from_right_to_left_and_with_markup_stay_text(
    open_page: OpenPage, server: Server, harbour: None
) -> None:
    names = ["آنا رويز", ATTACK]

    def renamed(route: Route) -> None:
        response = route.fetch()
        timeline = response.json()
        said = [one for one in timeline["entries"] if one["by"] is not None]
        for index, one in enumerate(said):
            one["by"]["speaker"] = names[index % 2]
            one["day"] = one["day_last"] = f"2025-03-{index // 2 + 1:02}"
        timeline["entries"] = said
        route.fulfill(response=response, json=timeline)

    page = open_page()
    page.route("**/v1/timeline?*", renamed)
    page.goto(f"{server.url}{ADDRESS}")
    rows = page.locator(".plot .row")
    expect(rows).to_have_text([f"\u2068{name}\u2069" for name in names])
    assert page.locator("body script, body img, body style").count() == 0
    assert page.locator(".plot [style]").count() == 0
    expect(page.locator(".plot .mark").first).to_have_attribute("aria-label", re.compile(names[0]))
