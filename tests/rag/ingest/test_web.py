from __future__ import annotations

from collections.abc import Iterator

import pytest

from rag.config import Settings
from rag.errors import InputError
from rag.ingest.load import sources
from rag.ingest.options import Fetching, Forgetful, Options
from rag.types import Source
from tests.rag.ingest.serving import Site, serving
from tests.rag.ingest.test_pdf import LINES, make, written


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as site:
        yield site


def options(site: Site, memory: Forgetful | None = None) -> Options:
    fetching = Fetching(private=True, ports=frozenset({site.port}), pause=0.0, tries=1)
    return Options(fetching=fetching, memory=Forgetful() if memory is None else memory)


def read(site: Site, path: str, memory: Forgetful | None = None) -> list[Source | InputError]:
    return list(sources(site.url(path), options(site, memory)))


def feed(site: Site, *items: str) -> bytes:
    return (
        '<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>'
        f"<title>The Post</title>{''.join(items)}</channel></rss>"
    ).encode()


def item(site: Site, path: str, extra: str = "") -> str:
    return f"<item><title>T{path}</title><link>{site.url(path)}</link>{extra}</item>"


def page(text: str) -> bytes:
    return f"<html><body><article><p>{text}</p></article></body></html>".encode()


LONG = "The council agreed to rebuild the old bridge over the river by next spring. " * 25


def test_a_page_is_an_article_at_its_own_url(site: Site, page: bytes) -> None:
    site.page("/talks?utm_source=x", page)
    (found,) = read(site, "/talks?utm_source=x")
    assert isinstance(found, Source)
    # The canonical link names another site, so it does not count.
    assert found.url == found.origin == site.url("/talks")
    assert (found.title, found.outlet) == ("Talks to resume", "The Daily Post")
    assert found.origins["published_at"] == "page"


def test_text_and_pdf_files_are_articles(site: Site) -> None:
    site.page("/a.txt", "Ein Café.".encode("latin-1"), "text/plain; charset=iso-8859-1")
    site.page("/b.pdf", written(make(LINES)), "application/pdf")
    (text,) = read(site, "/a.txt")
    (pdf,) = read(site, "/b.pdf")
    assert isinstance(text, Source)
    assert text.text == "Ein Café."
    assert isinstance(pdf, Source)
    assert pdf.url == site.url("/b.pdf")


@pytest.mark.parametrize(
    ("body", "kind"),
    [(b"\x89PNG", "image/png"), (b"<a/>", "application/xml"), (b"{}", "application/json")],
)
def test_other_things_are_refused(site: Site, body: bytes, kind: str) -> None:
    site.page("/a", body, kind)
    (found,) = read(site, "/a")
    assert isinstance(found, InputError)
    assert found.code == "source_unsupported"
    assert found.origin == site.url("/a")


def test_items_of_a_feed_are_taken_from_it_when_full_and_fetched_when_not(site: Site) -> None:
    full = item(site, "/full", f"<content:encoded>&lt;p&gt;{LONG}&lt;/p&gt;</content:encoded>")
    dated = "<pubDate>Tue, 18 Mar 2025 14:00:00 GMT</pubDate><description>Short.</description>"
    loose = "<item><title>Loose</title><description>No link.</description></item>"
    none = "<item><title>None</title></item>"
    items = (full, item(site, "/short", dated), loose, item(site, "/gone"), none)
    site.page("/feed", feed(site, *items), "application/rss+xml")
    site.page("/short", page(LONG))
    found = read(site, "/feed")
    assert [f.code if isinstance(f, InputError) else "ok" for f in found] == [
        "ok", "ok", "ok", "url_unreachable", "source_empty",
    ]  # fmt: skip
    assert site.got("/full") == []
    fetched = found[1]
    assert isinstance(fetched, Source)
    assert fetched.text.startswith("The council agreed")
    assert (fetched.title, fetched.outlet) == ("T/short", "The Post")
    assert str(fetched.published_at) == "2025-03-18 14:00:00+00:00"
    assert fetched.origins["published_at"] == "feed"
    assert found[3].origin == site.url("/gone")


def test_a_feed_that_is_called_a_page_is_a_feed(site: Site) -> None:
    site.page("/feed", feed(site, "<item><title>A</title><description>B.</description></item>"))
    (found,) = read(site, "/feed")
    assert isinstance(found, Source)
    assert found.text == "B."


def test_a_feed_that_has_not_changed_is_no_work(site: Site) -> None:
    memory = Forgetful()
    site.page("/feed", feed(site, item(site, "/a")), "text/xml", ETag='"f1"')
    site.page("/a", page(LONG), ETag='"a1"')
    assert len(read(site, "/feed", memory)) == 1
    site.status("/feed", 304)
    assert read(site, "/feed", memory) == []
    assert site.got("/feed")[1]["If-None-Match"] == '"f1"'
    # The feed has a new item: the old one is asked for, and is as it was.
    site.page("/feed", feed(site, item(site, "/b"), item(site, "/a")), "text/xml")
    site.page("/b", page(LONG))
    site.status("/a", 304)
    (new,) = read(site, "/feed", memory)
    assert isinstance(new, Source)
    assert new.title == "T/b"


def test_a_feed_with_an_item_to_try_again_is_not_remembered(site: Site) -> None:
    memory = Forgetful()
    site.page("/feed", feed(site, item(site, "/a")), "text/xml", ETag='"f1"')
    site.status("/a", 503)
    (refused,) = read(site, "/feed", memory)
    assert isinstance(refused, InputError)
    assert memory == {}


def test_what_cannot_be_fetched_is_told_with_its_address(site: Site) -> None:
    (refused,) = list(sources("http://127.0.0.1/", Options()))
    assert isinstance(refused, InputError)
    assert (refused.code, refused.origin) == ("url_forbidden", "http://127.0.0.1/")


def test_a_page_asked_for_by_itself_always_comes(site: Site) -> None:
    memory = Forgetful()
    site.page("/feed", feed(site, item(site, "/a")), "text/xml")
    site.page("/a", page(LONG), ETag='"a1"')
    assert len(read(site, "/feed", memory)) == 1
    assert [len(read(site, "/a", memory)) for _ in range(2)] == [1, 1]
    assert "If-None-Match" not in site.got("/a")[-1]


def test_settings_say_what_may_be_fetched() -> None:
    settings = Settings(fetch_ports="80,8080", fetch_private=True, max_file_bytes=7, max_members=3)
    found = Options.of(settings, mapping={"title": "head"})
    assert found.fetching.ports == {80, 8080}
    assert found.fetching.private
    assert (found.fetching.max_bytes, found.limits.file_bytes, found.limits.members) == (7, 7, 3)
    assert found.fetching.agent.startswith("Dateline/")
    assert found.mapping == {"title": "head"}
