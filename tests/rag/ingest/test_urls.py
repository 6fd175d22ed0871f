from __future__ import annotations

import pytest

from rag.ingest.urls import canonical, is_url, same_site


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("HTTPS://Example.ORG:443/A?utm_source=x&id=7&FBCLID=9#top", "https://example.org/A?id=7"),
        ("http://example.org", "http://example.org/"),
        ("http://example.org:8080/a", "http://example.org:8080/a"),
        ("https://example.org./a?b=&c=%20d", "https://example.org/a?b=&c=%20d"),
        ("https://[2001:DB8::1]/a", "https://[2001:db8::1]/a"),
        ("https://example.org/a?z=1&a=2", "https://example.org/a?z=1&a=2"),
        ("https://u:p@Example.org/a", "https://u:p@example.org/a"),
        ("mailto:a@b.c", "mailto:a@b.c"),
        ("http://[::1", "http://[::1"),
    ],
)
def test_the_same_page_has_one_url(given: str, expected: str) -> None:
    assert canonical(given) == expected
    assert canonical(expected) == expected


def test_sites_are_told_apart() -> None:
    assert same_site("https://www.bbc.com/a", "http://m.bbc.com/b")
    assert not same_site("https://bbc.com", "https://bbc.co.uk")
    assert not same_site("no url", "no url")
    assert not same_site("http://[::1", "http://[::1")


def test_an_address_is_told_from_a_path() -> None:
    assert is_url("HTTPS://x.org")
    assert not is_url("https.txt")
