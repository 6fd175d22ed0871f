from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from eval import bench


def test_every_timing_is_taken_in_one_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATELINE_THREADS", "1")
    found = {item.what: item for item in bench.measure(requests=2, copies=1)}

    assert set(found) == {
        "first ingest of the seeds, models loaded in it", "open and warm, in a new process",
        "ingest", "ingest, llama-index's pipeline", "ingest, our rate over theirs",
        "passages embedded", "passages embedded, llama-index's pipeline",
        "ask, in the process, p50", "ask, in the process, p95", "server ready",
        "ask, over HTTP, p50", "ask, over HTTP, p95", "server's memory at rest",
    }  # fmt: skip
    assert all(item.value > 0 for item in found.values())


def test_the_table_and_the_json_have_the_same_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "measure", lambda *_, **__: [bench.Timing("ask", 1.0, "ms")])

    table = CliRunner().invoke(bench.main).output
    printed = json.loads(CliRunner().invoke(bench.main, ["--json"]).output)

    assert "1.00 ms" in table
    assert printed["timings"] == [{"what": "ask", "value": 1.0, "unit": "ms"}]
    assert printed["versions"]["python"]
