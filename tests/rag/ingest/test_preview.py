from __future__ import annotations

import io
from pathlib import Path

from rag.ingest.load import Upload, sources
from rag.ingest.preview import preview


def test_what_would_be_stored_is_shown_with_its_origins(page: bytes) -> None:
    (row,) = preview(sources(Upload("talks.html", io.BufferedReader(io.BytesIO(page)))), 10_000)
    assert row["id"].startswith("a-")
    assert (row["title"], row["published_at"]) == ("Talks to resume", "2025-03-18T09:30:00+00:00")
    assert row["origins"] == dict.fromkeys(
        ("title", "outlet", "author", "url", "language", "section", "published_at", "updated_at"),
        "page",
    )
    assert row["left_out"] == 0


def test_what_would_be_refused_is_shown_with_its_reason(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("MOSCOW\nThe envoy left.\nContributing: Reuters")
    (tmp_path / "b.txt").write_text("Read more")
    (tmp_path / "c.exe").write_text("x")
    good, empty, unknown = preview(sources(tmp_path), 10_000)
    assert (good["place"], good["origins"]) == ("MOSCOW", {"place": "text", "title": "derived"})
    assert good["left_out"] == len("MOSCOW\n") + len("\nContributing: Reuters")
    assert (empty["code"], unknown["code"]) == ("source_empty", "source_unsupported")
    assert empty["origin"] == (tmp_path / "b.txt").as_uri()
    assert unknown["origin"] == (tmp_path / "c.exe").as_uri()
