from __future__ import annotations

import json
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from eval.adapters import load_suite
from eval.bench import __main__ as bench
from eval.bench import ingest
from eval.bench.ingest import Rate, rate_of, rates, theirs
from eval.bench.timing import Timing
from eval.bench.workload import workload, write
from eval.folder import RunFolder
from eval.peers.peer import main
from eval.suite import Suite, source_id
from tests.eval.peers.test_peer import Counting

NOWHERE = Path("nowhere")


@pytest.fixture
def small() -> Suite:
    return workload(NOWHERE, 6, 2)


def test_every_timing_of_ours_is_taken_in_one_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATELINE_THREADS", "1")
    found = {item.what: item for item in bench.measure(NOWHERE, 6, 2, rounds=1, peers=())}

    assert set(found) == {
        "first ingest of the seeds, models loaded in it", "open and warm, in a new process",
        "ingest", "passages embedded", "cosine of stored vectors to float32, lowest",
        "cosine of stored vectors to float32, mean", "ingest without the model",
        "ingest without the model, of processor time", "search, in the process, p50",
        "search, in the process, p95", "ask, in the process, p50", "ask, in the process, p95",
        "server ready", "ask, over HTTP, p50", "ask, over HTTP, p95", "server's memory at rest",
    }  # fmt: skip
    assert all(item.value > 0 for item in found.values())
    assert 0.995 < found["cosine of stored vectors to float32, lowest"].value <= 1.0001


def test_the_table_and_the_json_have_the_same_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "measure", lambda *_, **__: [Timing("ask", 1.0, "ms")])

    table = CliRunner().invoke(bench.main).output
    printed = json.loads(CliRunner().invoke(bench.main, ["--json", "--no-peers"]).output)

    assert "1.00 ms" in table
    assert printed["timings"] == [{"what": "ask", "value": 1.0, "unit": "ms"}]
    assert printed["versions"]["python"]


def test_the_workload_is_the_same_every_time_and_a_suite_for_every_peer(tmp_path: Path) -> None:
    suite = workload(NOWHERE, 7, 200)
    write(suite, tmp_path)
    read = load_suite(f"beir:{tmp_path}", NOWHERE)

    assert (len(suite.articles), len(suite.cases)) == (7, 200)
    assert workload(NOWHERE, 7, 200).cases == suite.cases
    assert [source_id(item) for item in read.articles] == [source_id(i) for i in suite.articles]
    assert [item.text for item in read.articles] == [item.text for item in suite.articles]
    assert [c.question for c in read.cases] == [c.question for c in suite.cases]


def test_the_workload_is_of_real_articles_where_they_are(data: Path) -> None:
    suite = workload(data, 20, 30)

    assert len({source_id(item) for item in suite.articles}) == 20
    assert {case.evidence[0][0].article for case in suite.cases} <= {
        source_id(item) for item in suite.articles
    }


def test_a_peers_rates_are_read_from_the_run_it_leaves(
    small: Suite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(small, tmp_path / "work")
    arguments = ["peer", f"beir:{tmp_path / 'work'}", "--out", str(tmp_path / "run")]
    monkeypatch.setattr(sys, "argv", arguments)
    with pytest.raises(SystemExit):
        main(Counting)

    found = rate_of(RunFolder(tmp_path / "run"))

    ingested = RunFolder(tmp_path / "run").info()["ingest"]
    assert found.articles == pytest.approx(6 / ingested["seconds"])
    assert found.work == pytest.approx(6 / ingested["processor_seconds"])
    assert found.passages == pytest.approx(ingested["passages"] / ingested["seconds"])
    assert found.search > 0


def test_a_peer_that_fails_is_said_with_what_it_said(
    small: Suite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(Path(__file__).parents[3])

    with pytest.raises(click.ClickException, match="No module named eval.peers.absent_peer"):
        theirs("absent", small, tmp_path)


def test_ratios_are_of_the_same_turn_and_their_median_counts() -> None:
    mine = [Rate(10.0, 40.0, 8.0), Rate(30.0, 120.0, 9.0), Rate(20.0, 80.0, 8.0)]
    others = {"peer": [Rate(5.0, 5.0, 2.0), Rate(10.0, 10.0, 3.0), Rate(20.0, 20.0, 4.0)]}

    found = {item.what: item.value for item in rates(mine, others)}

    assert found == {
        "ingest": 20.0, "passages embedded": 80.0, "ingest, peer": 10.0,
        "passages embedded, peer": 10.0, "ingest, ours over peer's": 2.0,
        "ingest, ours over peer's, by processor time": 3.0,
    }  # fmt: skip


def test_a_peers_search_is_set_beside_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = [Timing("search, in the process, p50", 20.0, "ms"), Timing("ask", 1.0, "ms")]
    monkeypatch.setattr(
        ingest, "take_turns", lambda *_: ([], {"peer": [Rate(1, 1, 1, 60), Rate(1, 1, 1, 50)]})
    )
    monkeypatch.setattr("eval.bench.service.ask", lambda *_: asked)

    found = bench.measure(NOWHERE, 5, 1, parts=("ask",))

    assert found[-2:] == [
        Timing("search, peer, p50", 50, "ms"),
        Timing("search, peer's time over ours", 2.5, "x"),
    ]
