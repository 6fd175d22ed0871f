"""The page's files, without a browser."""

from __future__ import annotations

from api.app import PAGE

MOST_BYTES = 150_000
"""Of all files without the drawings, before compression."""


def test_the_page_is_small() -> None:
    sizes = {path.name: path.stat().st_size for path in PAGE.iterdir() if path.is_file()}
    assert {"index.html", "app.js", "style.css", "plot.js"} <= set(sizes)
    assert sum(size for name, size in sizes.items() if name != "plot.js") < MOST_BYTES
