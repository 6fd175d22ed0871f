from __future__ import annotations

import httpcore
import httpx
import pytest

from rag.errors import UrlForbidden
from rag.ingest.guard import Deadline, GuardedBackend, check_url, is_public
from rag.ingest.options import Fetching
from tests.rag.ingest.serving import serving


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0",
        "100.64.0.1", "100.100.100.200", "192.0.2.1", "198.18.0.1", "203.0.113.5", "224.0.0.1",
        "240.0.0.1", "255.255.255.255", "168.63.129.16", "::1", "::", "fe80::1", "fe80::1%eth0",
        "fc00::1", "fd00:ec2::254", "fec0::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
        "::7f00:1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "2002:7f00:1::",
        "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001:db8::1", "100::1",
    ],
)  # fmt: skip
def test_addresses_that_are_not_of_the_open_internet(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address",
    ["93.184.216.34", "8.8.8.8", "2606:2800:220:1::1", "::ffff:8.8.8.8", "64:ff9b::808:808"],
)
def test_public_addresses(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.org/a",
        "file:///etc/passwd",
        "gopher://example.org",
        "http://user:secret@example.org/",
        "http://example.org:22/",
        "https://example.org:8443/",
        "http:///path",
    ],
)
def test_urls_that_are_never_fetched(url: str) -> None:
    with pytest.raises(UrlForbidden) as caught:
        check_url(httpx.URL(url), Fetching())
    assert "secret" not in str(caught.value)


def test_urls_on_the_usual_ports_are_fetched() -> None:
    check_url(httpx.URL("http://example.org/"), Fetching())
    check_url(httpx.URL("https://example.org:443/"), Fetching())
    check_url(httpx.URL("http://example.org:8080/"), Fetching(ports=frozenset({8080})))


def test_the_next_address_is_tried_when_one_does_not_answer() -> None:
    with serving() as site:
        deadline = Deadline()
        deadline.start(5)
        fetching = Fetching(private=True)
        backend = GuardedBackend(fetching, deadline, lambda _host, _port: ["::1", "127.0.0.1"])
        stream = backend.connect_tcp("two.example", site.port)
        assert stream.get_extra_info("server_addr") == ("127.0.0.1", site.port)
        stream.close()


def test_nothing_is_begun_after_the_deadline() -> None:
    deadline = Deadline()
    deadline.start(-1)
    with pytest.raises(httpcore.ReadTimeout):
        deadline.left()
