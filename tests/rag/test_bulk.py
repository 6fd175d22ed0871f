from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from eval.bulk import ALIKE, cluster, digests, vectors
from rag import bulk
from rag.cli import main
from rag.config import Settings
from rag.dateline import Dateline
from rag.errors import PackageMissing, SettingsError, SourceMissing, SourceUnsupported

pytest.importorskip("ray", reason="the extra `ray` is not installed")


@pytest.fixture(scope="module")
def nodes() -> Iterator[str]:
    """A Ray cluster of two nodes on this machine."""
    with cluster(2) as address:
        yield address


@pytest.fixture
def articles(tmp_path: Path, seeds: Path) -> Path:
    """Files of several kinds; two have one name, one a second version, one no text."""
    folder = tmp_path / "articles"
    (folder / "other").mkdir(parents=True)
    for seed in seeds.iterdir():
        (folder / seed.name).write_bytes(seed.read_bytes())
    (folder / "ferry.txt").write_text("The ferry will run on Friday, the mayor said.")
    (folder / "other" / "ferry.txt").write_text("Another ferry was sold on Monday, she said.")
    (folder / "empty.txt").write_text(" ")
    records = [
        {"id": f"r{number % 60}", "text": f"Bulletin {number} lists the tides of harbour {number}."}
        for number in range(120)
    ]
    (folder / "records.jsonl").write_text("\n".join(json.dumps(record) for record in records))
    return folder


# Ray asks the kernel which address leads to a stranger, and sends nothing there.
@pytest.mark.allow_hosts(["127.0.0.1", "192.0.2.2"])
@pytest.mark.filterwarnings("ignore:.*:DeprecationWarning", "ignore::ResourceWarning")  # Ray's own
def test_nodes_make_the_catalogue_that_one_process_makes(
    nodes: str, articles: Path, tmp_path: Path, dateline: Dateline
) -> None:
    first = sorted(articles.glob("0*.txt"))[:2]
    for name, targets in (("single", [*first, articles]), ("ray", first)):
        opened = Dateline(Settings(data=tmp_path / name), like=dateline)
        opened.ingest(targets)
        opened.close()
    # It goes on from the two articles that are there.
    data = str(tmp_path / "ray")
    done = CliRunner().invoke(main, ["--data", data, "ingest", str(articles), "--ray", nodes])
    assert done.exit_code == 4, done.output  # one of them has no text
    one, other = digests(tmp_path / "single"), digests(tmp_path / "ray")
    assert one["article"][0] == 5 + 2 + 60
    assert one["article_version"][0] == 5 + 2 + 120
    assert one == other
    assert vectors(tmp_path / "single", tmp_path / "ray")[1] > ALIKE


def test_what_cannot_be_done_on_nodes_is_refused_at_once(dateline: Dateline) -> None:
    with pytest.raises(SourceUnsupported, match="many nodes"):
        bulk.ingest(dateline.ingesting, ["https://example.org/feed"], bulk.HERE)
    with pytest.raises(SourceMissing):
        bulk.ingest(dateline.ingesting, ["missing"], bulk.HERE)


def test_a_cluster_that_is_not_there_is_said(dateline: Dateline, seeds: Path) -> None:
    with pytest.raises(SettingsError, match="no Ray cluster"):
        bulk.ingest(dateline.ingesting, [seeds], "127.0.0.1:1")


def test_without_the_extra_it_is_said(
    dateline: Dateline, seeds: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(PackageMissing, match=r"pip install 'dateline\[ray\]'"):
        bulk.ingest(dateline.ingesting, [seeds], bulk.HERE)
