from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from rag.errors import StyleUnknown
from rag.references import CSL_JSON, FOLDER, Format, items, numbers, render, styles

ATTACK = '<script>alert(1)</script> <span class="nocase">*b* _i_ [x](http://e.example) `c` & "q"'

WHOLE = {
    "number": 1,
    "article_id": "bridge",
    "version": 2,
    "title": "Harbour bridge to close",
    "title_from": "given",
    "outlet": "The Harbour Gazette",
    "published_at": "2025-03-18T09:30:00Z",
    "url": "https://gazette.example/bridge?a=1&b=2",
}
BARE = {
    "number": 2,
    "article_id": "seed",
    "version": 1,
    "title": "The envoy will travel…",
    "title_from": "derived",
    "outlet": None,
    "published_at": None,
    "url": None,
}


def answer(*citations: dict[str, Any]) -> dict[str, Any]:
    return {"citations": list(citations)}


def shown(
    *citations: dict[str, Any],
    style: str = "apa",
    form: Format = "text",
    author: str | None = None,
    retracted: bool = False,
) -> str:
    given = answer(*citations)
    keys = set(numbers(given))
    cited = items(
        given,
        dict.fromkeys(keys, author) if author else {},
        frozenset(keys) if retracted else frozenset(),
    )
    return render(cited, numbers(given), style, form)


# Set by hand after the manuals' rules for articles of news.
MANUALS = {
    "apa": (
        "Ana Ruiz. (2025, March 18). Harbour bridge to close. *The Harbour Gazette*. <URL>",
        "Harbour bridge to close. (2025, March 18). *The Harbour Gazette*. <URL>",
        "*[The envoy will travel…]*. (n.d.).",
    ),
    "chicago-author-date": (
        "Ana Ruiz. 2025. “Harbour bridge to close.” *The Harbour Gazette*, March 18. <URL>.",
        "*The Harbour Gazette*. 2025. “Harbour bridge to close.” March 18. <URL>.",
        "“[The envoy will travel…].” n.d.",
    ),
    "chicago-notes": (
        "Ana Ruiz. “Harbour bridge to close.” *The Harbour Gazette*, March 18, 2025. <URL>.",
        "“Harbour bridge to close.” *The Harbour Gazette*, March 18, 2025. <URL>.",
        "“[The envoy will travel…].” n.d.",
    ),
    "harvard": (
        (
            "Ana Ruiz (2025) ‘Harbour bridge to close’, *The Harbour Gazette*, 18 March. "
            "Available at: <URL>."
        ),
        "*The Harbour Gazette* (2025) ‘Harbour bridge to close’, 18 March. Available at: <URL>.",
        "‘[The envoy will travel…]’ (no date).",
    ),
    "ieee": (
        (
            "Ana Ruiz, “Harbour bridge to close,” *The Harbour Gazette*, Mar. 18, 2025. [Online]. "
            "Available: <URL>"
        ),
        (
            "“Harbour bridge to close,” *The Harbour Gazette*, Mar. 18, 2025. [Online]. "
            "Available: <URL>"
        ),
        "“[The envoy will travel…],” n.d.",
    ),
    "mla": (
        "Ana Ruiz. “Harbour bridge to close.” *The Harbour Gazette*, 18 Mar. 2025, <URL>.",
        "“Harbour bridge to close.” *The Harbour Gazette*, 18 Mar. 2025, <URL>.",
        "“[The envoy will travel…].” n.d.",
    ),
}


def test_every_style_is_compared_with_its_manual() -> None:
    assert set(styles()) == set(MANUALS)


@pytest.mark.parametrize("style", MANUALS)
def test_a_reference_is_set_as_the_manual_has_it(style: str) -> None:
    signed, unsigned, bare = (
        "[1] " + row.replace("<URL>", WHOLE["url"]).replace("*", "") + "\n"  # type: ignore[arg-type]
        for row in MANUALS[style]
    )
    assert shown(WHOLE, style=style, author="Ana Ruiz") == signed
    assert shown(WHOLE, style=style) == unsigned
    assert shown({**BARE, "number": 1}, style=style) == bare


@pytest.mark.parametrize("style", MANUALS)
def test_italics_become_markup(style: str) -> None:
    expected = MANUALS[style][0].replace("<URL>", WHOLE["url"])  # type: ignore[arg-type]
    marked = re.sub(r"\*(.*?)\*", r"<i>\1</i>", expected)
    page = shown(WHOLE, style=style, form="html", author="Ana Ruiz")
    assert marked.replace("&", "&amp;") in re.sub("</?a.*?>", "", page)
    text = shown(WHOLE, style=style, form="markdown", author="Ana Ruiz").replace("\\", "")
    assert text == f"[1] {MANUALS[style][0].replace('URL', WHOLE['url'])}\n"  # type: ignore[arg-type]


@pytest.mark.parametrize("style", MANUALS)
def test_what_is_not_known_is_not_made_up(style: str) -> None:
    dated = shown({**BARE, "published_at": "2025-03-18T00:00:00Z"}, style=style)
    assert "2025" in dated
    assert "n.d." not in dated
    placed = shown({**BARE, "outlet": "The Harbour Gazette"}, style=style)
    assert placed.count("The Harbour Gazette") == 1
    assert "n.d." in placed or "no date" in placed


@pytest.mark.parametrize("style", MANUALS)
def test_a_retracted_article_says_so(style: str) -> None:
    assert "retracted" in shown(WHOLE, style=style, retracted=True)
    assert "retracted" not in shown(WHOLE, style=style)


@pytest.mark.parametrize("style", MANUALS)
def test_a_title_that_asks_has_no_second_stop(style: str) -> None:
    row = shown({**WHOLE, "title": "Will the bridge close?"}, style=style)
    assert re.search(r"close\?[”’]?,? ", row)
    assert not re.search(r"\?[”’]?\.|\?,”", row)


def test_an_article_is_listed_once_with_all_its_numbers() -> None:
    text = shown(WHOLE, BARE, {**WHOLE, "number": 3}, {**WHOLE, "number": 4, "version": 3})
    rows = text.splitlines()
    assert [re.findall(r"^(?:\[\d\] )+", row) for row in rows] == [["[1] [3] "], ["[2] "], ["[4] "]]


def test_an_answer_without_citations_has_no_references() -> None:
    assert shown() == ""
    assert json.loads(shown(style=CSL_JSON)) == []


class Tags(HTMLParser):
    """Collect the tags, their attributes and the text."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, list[tuple[str, str | None]]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, attrs))

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize("style", MANUALS)
def test_markup_in_articles_stays_text(style: str) -> None:
    evil = {**WHOLE, "title": f"T{ATTACK}", "outlet": f"O{ATTACK}", "url": f"https://x/{ATTACK}"}
    assert f"T{ATTACK}" in shown(evil, style=style)
    assert f"O{ATTACK}" in shown(evil, style=style)
    page = Tags()
    page.feed(shown(evil, style=style, form="html", author=f"A{ATTACK}"))
    page.close()
    assert {tag for tag, _ in page.tags} <= {"ul", "li", "i", "a"}
    assert f"T{ATTACK}" in page.text
    assert f"O{ATTACK}" in page.text
    ((_, link),) = [found for found in page.tags if found[0] == "a"]
    assert dict(link) == {"href": f"https://x/{ATTACK}", "rel": "noreferrer"}
    written = shown(evil, style=style, form="markdown", author=f"A{ATTACK}")
    assert not re.search(r"(?<!\\)<(?!https://x/[^<>\s]*>)", written)
    assert not re.search(r"(?<!\\)[`\[]", re.sub("<https.*?>", "", written))


def test_only_addresses_of_the_web_are_shown() -> None:
    for form in ("text", "markdown", "html"):
        assert "javascript" not in shown({**WHOLE, "url": "javascript:alert(1)"}, form=form)
    assert "javascript" not in shown({**WHOLE, "url": "javascript:x"}, style=CSL_JSON)


def test_marks_of_ours_in_an_article_do_nothing() -> None:
    title = "A\ufdd0B\ufdd3C\ufdd4D\ufdd5"
    assert shown({**BARE, "title": title, "title_from": "given"}, form="html").count("<i>") == 1
    assert "<a" not in shown({**BARE, "title": title}, form="html")


def test_csl_json_has_what_is_known_and_no_more() -> None:
    assert json.loads(shown(WHOLE, BARE, style=CSL_JSON)) == [
        {
            "id": "bridge@2",
            "type": "article-newspaper",
            "title": "Harbour bridge to close",
            "container-title": "The Harbour Gazette",
            "issued": {"date-parts": [[2025, 3, 18]]},
            "URL": "https://gazette.example/bridge?a=1&b=2",
        },
        {"id": "seed@1", "type": "article-newspaper", "title": "[The envoy will travel…]"},
    ]


def test_the_example_in_the_documents_is_what_comes() -> None:
    page = (Path(__file__).parents[2] / "docs" / "http-api.md").read_text(encoding="utf-8")
    title = "Harbour bridge to close for repairs"
    assert shown({**WHOLE, "title": title, "url": None}, style="mla", retracted=True) in page
    for name in [*styles(), CSL_JSON]:
        assert f"`{name}`" in page


def test_an_unknown_style_is_refused_with_those_there_are() -> None:
    with pytest.raises(StyleUnknown) as caught:
        shown(WHOLE, style="../apa")
    assert caught.value.remedy is not None
    for name in [*styles(), CSL_JSON]:
        assert name in caught.value.remedy


def test_the_styles_are_valid_csl() -> None:
    from citeproc import CitationStylesStyle  # warns of what is not

    for name in styles():
        assert CitationStylesStyle(str(FOLDER / f"{name}.csl"), validate=True).has_bibliography()
