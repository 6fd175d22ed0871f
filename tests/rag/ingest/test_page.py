from __future__ import annotations

import pytest

from rag.errors import SourceDamaged, SourceEmpty, SourceEncoding
from rag.ingest.page import fragment_text, parse_page
from rag.ingest.structured import read_time


def html(head: str = "", body: str = "", attributes: str = "") -> bytes:
    text = "The council agreed on Tuesday to rebuild the old bridge over the river by spring. " * 4
    return (
        f"<html {attributes}><head>{head}</head><body><article><p>{text}</p>{body}</article></body>"
        "</html>"
    ).encode()


def fields(data: bytes, url: str | None = None) -> dict[str, str]:
    found = parse_page(data, "page", None, url)
    del found["text"]
    return found


def test_a_page_gives_its_article_and_what_its_markup_says(page: bytes, story: str) -> None:
    found = parse_page(page, "page", None, None)
    text = found.pop("text")
    assert text.split("\n")[0] == story
    assert len(text.split("\n")) == 3
    assert "Cookie" not in text
    assert "Sport" not in text
    assert found == {
        "title": "Talks to resume",
        "outlet": "The Daily Post",
        "author": "Ann Lee, Bob Roe",
        "section": "World",
        "language": "en-GB",
        "published_at": "2025-03-18T09:30:00+00:00",
        "updated_at": "2025-03-19T08:00:00+00:00",
        "url": "https://www.dailypost.example/world/talks",
    }


@pytest.mark.parametrize(
    "head",
    [
        '<meta property="article:published_time" content="2025-03-18">',
        '<meta name="DC.date.issued" content="2025-03-18T00:00:00Z">',
        '<meta itemprop="datePublished" content="2025-03-18">',
        '<meta name="pubdate" content="Tue, 18 Mar 2025 00:00:00 GMT">',
        '<meta name="date" content="March 18, 2025">',
    ],
)
def test_a_date_is_read_from_markup(head: str) -> None:
    assert fields(html(head))["published_at"] == "2025-03-18T00:00:00+00:00"


@pytest.mark.parametrize(
    ("head", "body"),
    [
        ("", "<p>Published on March 18, 2025 by our staff.</p>"),
        ("<title>News of 18 March 2025</title>", ""),
        ('<link rel="canonical" href="https://x.example/2025/03/18/bridge">', ""),
        ('<meta property="article:modified_time" content="2025-03-18">', ""),
        ('<meta property="article:published_time" content="1970-01-01T00:00:00Z">', ""),
        ('<meta property="article:published_time" content="0001-01-01">', ""),
        ('<meta property="article:published_time" content="soon">', ""),
    ],
)
def test_a_date_is_never_guessed(head: str, body: str) -> None:
    assert "published_at" not in fields(html(head, body))


def test_an_update_is_no_publication_and_not_before_it() -> None:
    modified = '<meta property="article:modified_time" content="2025-03-17T00:00:00Z">'
    assert fields(html(modified))["updated_at"] == "2025-03-17T00:00:00+00:00"
    published = '<meta property="article:published_time" content="2025-03-18T00:00:00Z">'
    assert "updated_at" not in fields(html(modified + published))


def test_a_canonical_link_to_another_site_is_not_the_page() -> None:
    link = '<link rel="canonical" href="https://agency.example/1">'
    assert fields(html(link), "https://m.paper.example/a#x")["url"] == "https://m.paper.example/a"
    same = '<link rel="canonical" href="https://www.paper.example/b">'
    assert fields(html(same), "https://m.paper.example/a")["url"] == "https://www.paper.example/b"


def test_damaged_or_foreign_linked_data_is_passed_over() -> None:
    scripts = (
        '<script type="application/ld+json">{broken</script>'
        '<script type="application/ld+json">{"@type": "Recipe", "headline": "No"}</script>'
        '<script type="application/ld+json">' + "[" * 5_000 + "</script>"
        '<script type="application/ld+json"><![CDATA[{"@type": "BlogPosting", "headline": '
        '"A &amp; B", "author": "https://x.example/ann"}]]></script>'
    )
    found = fields(html(scripts))
    assert found["title"] == "A & B"
    assert "author" not in found


def test_a_time_element_counts_when_it_is_marked_as_publication() -> None:
    marked = '<time itemprop="datePublished" datetime="2025-03-18T01:00:00Z">yesterday</time>'
    assert fields(html(body=marked))["published_at"] == "2025-03-18T01:00:00+00:00"


def test_a_page_without_an_article_is_refused() -> None:
    with pytest.raises(SourceEmpty):
        parse_page(b"<html><body><nav>Home</nav></body></html>", "page", None, None)
    with pytest.raises(SourceEmpty):
        parse_page(b"", "page", None, None)


def test_a_page_in_a_declared_charset_is_read_and_in_an_unknown_one_refused() -> None:
    data = html('<meta charset="windows-1251">', "<p>Переговоры в Москве</p>").decode()
    assert "Переговоры" in parse_page(data.encode("cp1251"), "page", None, None)["text"]
    with pytest.raises(SourceEncoding):
        parse_page(html(body="\ufffd").replace("\ufffd".encode(), b"\xcf\xe5\x8f"), "p", None, None)


def test_deep_nesting_is_refused() -> None:
    with pytest.raises(SourceDamaged, match="levels deep"):
        parse_page(b"<html><body>" + b"<div>" * 100_000, "page", None, None)


def test_a_fragment_keeps_all_its_paragraphs() -> None:
    assert fragment_text("plain &amp; simple", "f") == "plain & simple"
    text = fragment_text("<p>One short.</p><p>Two <b>bold</b>.</p>", "f")
    assert [line.strip() for line in text.split("\n") if line.strip()] == [
        "One short.",
        "Two bold.",
    ]


def test_times_are_read_as_they_are_stated() -> None:
    moment = read_time("Tue, 18 Mar 2025 14:00:00 +0100")
    assert moment is not None
    assert moment.isoformat() == "2025-03-18T13:00:00+00:00"
    assert read_time("18/03/2025") is None
