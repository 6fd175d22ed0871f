from __future__ import annotations

import gzip
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from rag.errors import (
    DatelineError,
    RobotsDisallowed,
    SourceDamaged,
    SourceTooLarge,
    UrlForbidden,
    UrlUnreachable,
)
from rag.ingest import guard
from rag.ingest.fetch import Fetched, Fetcher
from rag.ingest.options import Fetching, Remembered
from tests.rag.ingest.serving import Site, send, serving


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as site:
        yield site


def fetcher(site: Site, naps: list[float] | None = None, **more: Any) -> Fetcher:
    fetching = Fetching(
        **{"private": True, "ports": frozenset({80, site.port}), "pause": 0.0, **more}
    )
    return Fetcher(fetching, sleep=(naps if naps is not None else []).append)


def get(site: Site, path: str, **more: Any) -> Fetched:
    with fetcher(site, **more) as opened:
        fetched = opened.get(site.url(path))
    assert fetched is not None
    return fetched


def test_a_page_is_fetched_with_an_honest_name(site: Site) -> None:
    site.page("/a", b"Hello", "Text/HTML; charset=utf-8", ETag='"1"', Last_Modified="then")
    assert get(site, "/a", agent="Dateline/9 (desk@example.org)") == Fetched(
        site.url("/a"), b"Hello", "text/html", "utf-8", '"1"', "then"
    )
    (headers,) = site.got("/a")
    assert headers["User-Agent"] == "Dateline/9 (desk@example.org)"
    assert headers["Accept-Encoding"] == "gzip"


def test_proxies_of_the_environment_are_ignored(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    site.page("/a", b"Hello")
    assert get(site, "/a").data == b"Hello"


def test_what_is_as_remembered_is_not_fetched_again(site: Site) -> None:
    site.status("/feed", 304)
    with fetcher(site) as opened:
        assert opened.get(site.url("/feed"), Remembered("u", '"1"', "then")) is None
    (headers,) = site.got("/feed")
    assert (headers["If-None-Match"], headers["If-Modified-Since"]) == ('"1"', "then")


# ---- redirects and addresses --------------------------------------------------------------------


def test_redirects_are_followed_to_their_end(site: Site) -> None:
    site.redirect("/a", "/b?x=1")
    site.page("/b?x=1", b"There")
    assert get(site, "/a").url == site.url("/b?x=1")


def test_too_many_redirects_are_refused(site: Site) -> None:
    site.redirect("/a", "/a")
    with pytest.raises(UrlUnreachable, match="more than 3 times"):
        get(site, "/a", redirects=3)


@pytest.mark.parametrize(
    "target",
    [
        "http://127.0.0.1/secret",
        "http://169.254.169.254/latest/meta-data/",
        "http://[::1]/",
        "http://0x7f000001/",
        "file:///etc/passwd",
        "http://127.0.0.1:22/",
        "http://user:pass@127.0.0.1/",
    ],
)
def test_a_redirect_to_this_machine_or_network_is_refused(
    site: Site, target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.redirect("/a", target)
    public = guard.is_public
    # The test's own server passes for a public one: for its robots.txt and for the first step.
    passes = [True, True]
    monkeypatch.setattr(guard, "is_public", lambda ip: bool(passes and passes.pop()) or public(ip))
    names = {"first.example": "127.0.0.1", "0x7f000001": "127.0.0.1", "::1": "::1"}
    fetching = Fetching(ports=frozenset({80, site.port}), pause=0.0)
    with (
        Fetcher(fetching, lambda host, _port: [names.get(host, host)]) as opened,
        pytest.raises(UrlForbidden),
    ):
        opened.get(f"http://first.example:{site.port}/a")
    assert passes == []
    assert site.got("/secret") == []


def test_a_name_that_resolves_to_this_machine_is_refused_before_it_is_connected_to(
    site: Site,
) -> None:
    site.page("/a", b"secret")
    fetching = Fetching(ports=frozenset({site.port}), pause=0.0)
    with (
        Fetcher(fetching, lambda _host, _port: ["127.0.0.1"]) as opened,
        pytest.raises(UrlForbidden, match=r"inside\.example is 127\.0\.0\.1"),
    ):
        opened.get(f"http://inside.example:{site.port}/a")
    assert site.requests == []


def test_a_name_with_one_private_address_is_refused(site: Site) -> None:
    fetching = Fetching(ports=frozenset({site.port}))
    with (
        Fetcher(fetching, lambda _host, _port: ["93.184.216.34", "10.0.0.1"]) as opened,
        pytest.raises(UrlForbidden, match=r"10\.0\.0\.1"),
    ):
        opened.get(f"http://mixed.example:{site.port}/a")


def test_the_checked_address_is_the_one_connected_to(site: Site) -> None:
    """A name server that answers differently the second time (rebinding) is not asked again."""
    answers = [["10.0.0.1"], ["127.0.0.1"]]
    deadline = guard.Deadline()
    deadline.start(5)
    backend = guard.GuardedBackend(
        Fetching(private=True), deadline, lambda _host, _port: answers.pop()
    )
    stream = backend.connect_tcp("rebind.example", site.port)
    assert stream.get_extra_info("server_addr") == ("127.0.0.1", site.port)
    stream.close()
    assert answers == [["10.0.0.1"]]


def test_a_name_without_an_address_is_said(site: Site) -> None:
    def unknown(host: str, port: int) -> list[str]:
        raise OSError("no such name")

    fetching = Fetching(ports=frozenset({site.port}), tries=1)
    url = f"http://nowhere.example:{site.port}/a"
    for resolve in (unknown, lambda _host, _port: []):
        with Fetcher(fetching, resolve) as opened, pytest.raises(DatelineError) as caught:
            opened.get(url)
        assert caught.value.code == "url_unreachable"


# ---- bounds -------------------------------------------------------------------------------------


def test_a_response_that_never_ends_is_cut_off(site: Site) -> None:
    def endless(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.end_headers()
        while True:
            request.wfile.write(b"x" * 65_536)

    site.answers["/a"] = endless
    with pytest.raises(SourceTooLarge):
        get(site, "/a", max_bytes=1_000_000)


@pytest.mark.parametrize("part", ["head", "body"])
def test_a_response_that_trickles_is_given_up(site: Site, part: str) -> None:
    def slow(request: BaseHTTPRequestHandler) -> None:
        request.wfile.write(b"HTTP/1.1 200 OK\r\n" + (b"\r\n" if part == "body" else b""))
        for _ in range(1_000):
            request.wfile.write(b"X-A: 1\r\n" if part == "head" else b"x")
            request.wfile.flush()
            time.sleep(0.02)

    site.answers["/a"] = slow
    with pytest.raises(UrlUnreachable, match="more than 2 s"):
        get(site, "/a", seconds=2.0)


def test_a_packed_response_is_unpacked_within_the_limit(site: Site) -> None:
    site.page("/small", gzip.compress(b"Hello"), Content_Encoding="gzip")
    site.page("/bomb", gzip.compress(b"a" * 30_000_000), Content_Encoding="gzip")
    site.page("/torn", gzip.compress(b"Hello" * 100)[:-10], Content_Encoding="gzip")
    site.page("/false", b"not packed", Content_Encoding="gzip")
    site.page("/other", b"x", Content_Encoding="br")
    assert get(site, "/small").data == b"Hello"
    with pytest.raises(SourceTooLarge):
        get(site, "/bomb", max_bytes=1_000_000)
    for path in ("/torn", "/false", "/other"):
        with pytest.raises(SourceDamaged):
            get(site, path)


# ---- busy servers -------------------------------------------------------------------------------


def test_a_busy_server_is_asked_again(site: Site) -> None:
    naps: list[float] = []
    left = [503, 429]

    def busy(request: BaseHTTPRequestHandler) -> None:
        if left:
            send(request, left.pop(), b"", "text/html", Retry_After="7")
        else:
            send(request, 200, b"Hello", "text/html")

    site.answers["/a"] = busy
    assert get(site, "/a", naps=naps).data == b"Hello"
    assert naps == [7.0, 7.0]


def test_a_server_that_stays_busy_is_given_up(site: Site) -> None:
    naps: list[float] = []
    site.status("/a", 502)
    with pytest.raises(UrlUnreachable, match="502"):
        get(site, "/a", naps=naps, tries=3)
    assert len(site.got("/a")) == 3
    assert all(0 <= nap <= 30 for nap in naps)


@pytest.mark.parametrize("wait", ["3600", "Fri, 31 Dec 2100 23:59:59 GMT"])
def test_a_server_that_asks_for_much_patience_is_left_alone(site: Site, wait: str) -> None:
    site.status("/a", 429, Retry_After=wait)
    with pytest.raises(UrlUnreachable, match="patience"):
        get(site, "/a")
    assert len(site.got("/a")) == 1


def test_other_answers_are_final(site: Site) -> None:
    site.status("/a", 410)
    with pytest.raises(UrlUnreachable, match="410"):
        get(site, "/a")
    assert len(site.got("/a")) == 1


def test_a_server_that_hangs_up_is_asked_again(site: Site) -> None:
    left = [1]

    def hang_up(request: BaseHTTPRequestHandler) -> None:
        if left:
            left.pop()
            request.close_connection = True
        else:
            send(request, 200, b"Hello", "text/html")

    site.answers["/a"] = hang_up
    assert get(site, "/a").data == b"Hello"


# ---- robots -------------------------------------------------------------------------------------


def test_robots_txt_is_kept_to_and_asked_once(site: Site) -> None:
    site.page("/robots.txt", b"User-agent: dateline\nDisallow: /no\nCrawl-delay: 2\n", "text/plain")
    site.page("/yes", b"1")
    site.page("/also", b"2")
    naps: list[float] = []
    with fetcher(site, naps) as opened:
        opened.get(site.url("/yes"))
        opened.get(site.url("/also"))
        with pytest.raises(RobotsDisallowed):
            opened.get(site.url("/no/way"))
    assert len(site.got("/robots.txt")) == 1
    assert site.got("/no/way") == []
    assert len(naps) == 1
    assert 1 < naps[0] <= 2


def test_a_site_whose_robots_txt_cannot_be_read_is_left_alone(site: Site) -> None:
    site.status("/robots.txt", 503)
    site.page("/a", b"1")
    with pytest.raises(RobotsDisallowed, match="cannot be read"):
        get(site, "/a")


def test_robots_txt_is_followed_through_redirects_but_not_for_ever(site: Site) -> None:
    site.redirect("/robots.txt", "/moved.txt")
    site.page("/moved.txt", b"User-agent: *\nDisallow: /\n" + b"#" * 600_000)
    site.page("/a", b"1")
    with pytest.raises(RobotsDisallowed, match="closes it"):
        get(site, "/a")
    site.redirect("/robots.txt", "/robots.txt")
    assert get(site, "/a").data == b"1"


def test_a_site_that_asks_for_long_pauses_is_left_alone(site: Site) -> None:
    site.page("/robots.txt", b"User-agent: *\nCrawl-delay: 600\n", "text/plain")
    with pytest.raises(RobotsDisallowed, match="600 s"):
        get(site, "/a")


def test_what_is_no_url_is_said() -> None:
    with Fetcher(Fetching()) as opened, pytest.raises(UrlForbidden):
        opened.get("http://exa mple.org:port/")


def test_a_site_that_does_not_answer_is_unreachable_rather_than_closed(site: Site) -> None:
    naps: list[float] = []
    with fetcher(site, naps) as opened, pytest.raises(UrlUnreachable, match="cannot be fetched"):
        opened.get("http://127.0.0.1:80/")
    assert len(naps) == 2


def test_a_robots_txt_that_cannot_be_unpacked_closes_its_site(site: Site) -> None:
    site.page("/robots.txt", b"not packed", Content_Encoding="gzip")
    with pytest.raises(RobotsDisallowed, match="cannot be read"):
        get(site, "/a")
