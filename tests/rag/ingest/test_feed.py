from __future__ import annotations

import pytest

from rag.errors import InputError, SourceDamaged, SourceEmpty, SourceUnsupported
from rag.ingest.entries import feed_sources
from rag.ingest.feed import parse_feed
from rag.types import Source

RSS = """<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"
     xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>
<title>The Post</title><language>en-us</language>
<item><title>One &amp; only</title><link>https://post.example/1?utm_medium=rss</link>
 <guid>tag:1</guid><category>World</category><dc:creator>Ann Lee</dc:creator>
 <pubDate>Tue, 18 Mar 2025 14:00:00 GMT</pubDate><description>Short.</description>
 <content:encoded><![CDATA[<p>The first paragraph of it.</p><p>The second one.</p>]]>
 </content:encoded></item>
<item><title>Two</title><guid isPermaLink="false">no link/2</guid>
 <description>Only this.</description></item>
<item><title>Three</title><link>https://post.example/3</link></item>
</channel></rss>"""

ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="de"><title>Blatt</title>
<entry><title type="html">Ein &lt;b&gt;Titel&lt;/b&gt;</title><link href="https://blatt.example/1"/>
<id>urn:1</id><published>2025-03-18T10:00:00+01:00</published>
<updated>2025-03-19T00:00:00Z</updated>
<author><name>Eva</name></author><summary>Kurz gesagt.</summary></entry></feed>"""


def read(text: str, encoding: str = "utf-8") -> list[Source | InputError]:
    return list(feed_sources(parse_feed(text.encode(encoding), "f", None, None), "f", "file:f"))


def test_items_of_a_feed_are_articles_with_the_feed_as_origin() -> None:
    first, second, third = read(RSS)
    assert isinstance(first, Source)
    assert first.text.split("\n") == ["The first paragraph of it.", "The second one."]
    assert (first.title, first.outlet, first.author) == ("One & only", "The Post", "Ann Lee")
    assert (first.section, first.language) == ("World", "en-us")
    assert first.url == first.origin == "https://post.example/1"
    assert str(first.published_at) == "2025-03-18 14:00:00+00:00"
    assert first.updated_at is None
    assert set(first.origins.values()) == {"feed"}
    assert isinstance(second, Source)
    assert second.text == "Only this."
    assert second.id is not None
    assert second.origin == "file:f#no link/2"
    assert isinstance(third, SourceEmpty)
    assert third.origin == "https://post.example/3"


def test_atom_tells_publication_from_update() -> None:
    (item,) = read(ATOM)
    assert isinstance(item, Source)
    assert (item.title, item.text, item.author) == ("Ein Titel", "Kurz gesagt.", "Eva")
    assert str(item.published_at) == "2025-03-18 09:00:00+00:00"
    assert str(item.updated_at) == "2025-03-19 00:00:00+00:00"


def test_a_feed_in_a_declared_encoding_is_read() -> None:
    text = RSS.replace('encoding="utf-8"', 'encoding="windows-1251"').replace("Short", "Кратко")
    first = read(text.replace("The second one.", "Второй абзац."), "cp1251")[0]
    assert isinstance(first, Source)
    assert first.text.endswith("Второй абзац.")


def test_xml_that_is_no_feed_is_refused() -> None:
    with pytest.raises(SourceUnsupported):
        read("<invoice><total>5</total></invoice>")


def test_a_feed_with_entities_is_refused_unread() -> None:
    laughs = "".join(f'<!ENTITY l{n + 1} "{f"&l{n};" * 10}">' for n in range(9))
    with pytest.raises(SourceDamaged, match="entities"):
        read(f'<!DOCTYPE rss [<!ENTITY l0 "ha">{laughs}]><rss><title>&l9;</title></rss>')


def test_a_broken_feed_is_refused() -> None:
    with pytest.raises(SourceDamaged, match="not well-formed"):
        read("<rss version='2.0'><channel><ti")


def test_of_a_date_that_only_feedparser_reads_it_may_be_the_day_alone() -> None:
    odd = RSS.replace("Tue, 18 Mar 2025 14:00:00 GMT", "2025-03-18 14:00:00 EST")
    first = read(odd)[0]
    assert isinstance(first, Source)
    assert str(first.published_at) == "2025-03-18 00:00:00+00:00"


def test_a_feed_without_a_title_has_no_outlet() -> None:
    (item,) = read(
        "<rss version='2.0'><channel><item><description>B.</description></item></channel></rss>"
    )
    assert isinstance(item, Source)
    assert (item.outlet, item.title, item.published_at) == (None, None, None)
