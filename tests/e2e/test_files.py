"""The page's files, without a browser."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from hatchling.builders.wheel import WheelBuilder

from api.app import PAGE

MOST_BYTES = 150_000
"""Of all files but the chart library, before compression."""
VENDOR = PAGE / "vendor"


def test_the_page_is_small() -> None:
    sizes = {path.name: path.stat().st_size for path in PAGE.iterdir() if path.is_file()}
    assert {"index.html", "app.js", "style.css", "plot.js"} <= set(sizes)
    assert sum(sizes.values()) < MOST_BYTES


def test_the_chart_library_is_the_one_that_was_published() -> None:
    rows = re.findall(
        r"^\| `(\S+)` \|.* `(\w{64})` \|$", (VENDOR / "README.md").read_text(), re.MULTILINE
    )
    assert {path.name for path in VENDOR.glob("*.js")} == {name for name, _ in rows}
    for name, published in rows:
        assert hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() == published
        assert (VENDOR / f"{name.partition('.')[0]}.LICENSE").is_file()


def test_the_wheel_has_every_file_of_the_page() -> None:
    builder = WheelBuilder(str(PAGE.parent.parent))
    packed = {Path(file.path) for file in builder.recurse_included_files()}
    files = {path for path in PAGE.rglob("*") if path.is_file()}
    assert VENDOR / "d3.min.js" in files
    assert files <= packed
