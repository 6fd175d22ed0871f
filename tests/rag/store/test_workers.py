"""Several real processes on one data folder: who sees what, and who writes snapshots."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from rag.store import snapshot
from rag.store.catalogue import Catalogue
from rag.store.index import Index
from tests.rag.store.conftest import DIMENSION, Put
from tests.rag.store.test_index import ids

ROOT = Path(__file__).parents[3]
# Follows the catalogue as a server's worker does; answers each line it reads with what it holds.
WORKER = """
import sys, time
from pathlib import Path
from rag.store import index as module
from rag.store.catalogue import Catalogue
from rag.store.database import Database
from rag.store.index import Index
from rag.types import Filters

module.TIDY_FROM, data = int(sys.argv[2]), Path(sys.argv[1])
catalogue = Catalogue(Database(f"sqlite:///{data / 'catalogue.db'}"))
index = Index(catalogue, int(sys.argv[3]), data / "index")
index.follow()
print("ready", flush=True)
for line in sys.stdin:
    command, wanted = line.split()
    deadline = time.monotonic() + 120
    while index.generation < int(wanted) and time.monotonic() < deadline:
        time.sleep(0.01)  # nobody asks: the thread alone must see it
    if command == "tidy":
        index.tidy()
    vectors = sorted(index.vectors.newest(10_000).values())
    words = sorted(name for name, _ in index.words.search("text", Filters(), 10_000))
    print(index.generation, vectors == words, "|".join(vectors), index.vectors.loose, flush=True)
finding = index.check(deep=True)
print(finding.ok, finding.detail, flush=True)
index.close()
catalogue.close()
"""


@pytest.fixture
def url(tmp_path: Path) -> str:
    """What follows is about files, whatever holds the catalogue."""
    return f"sqlite:///{tmp_path / 'catalogue.db'}"


class Worker:
    """One process that follows the catalogue."""

    def __init__(self, data: Path, tidy_from: int = 20_000) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", WORKER, str(data), str(tidy_from), str(DIMENSION)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT,
        )  # fmt: skip
        assert self.line() == "ready"

    def line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().rstrip("\n")

    def ask(self, command: str, generation: int) -> list[str]:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{command} {generation}\n")
        self.process.stdin.flush()
        return self.line().split(" ")

    def end(self) -> str:
        assert self.process.stdin is not None
        self.process.stdin.close()
        said = self.line()
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()
        return said


def test_every_worker_sees_adds_changes_and_deletes(
    catalogue: Catalogue, put: Put, tmp_path: Path
) -> None:
    put("Some text.\nMore text.", id="a")
    workers = [Worker(tmp_path) for _ in range(3)]
    for change in (
        lambda: put("New text.", id="b"),
        lambda: put("Other text.\nMore text.", id="a"),
        lambda: catalogue.delete("b"),
        lambda: [put(f"Text {n} of text.", id=f"n{n}") for n in range(20)],
    ):
        change()
        generation = catalogue.generation()
        for worker in workers:
            reached, alike, held, _ = worker.ask("look", generation)
            assert int(reached) >= generation
            assert alike == "True"
            assert set(held.split("|")) == ids(catalogue)
    assert all(worker.end().startswith("True") for worker in workers)


def test_workers_share_one_snapshot_and_go_on_with_it(
    catalogue: Catalogue, put: Put, tmp_path: Path
) -> None:
    workers = [Worker(tmp_path, tidy_from=30) for _ in range(3)]
    for turn in range(4):
        for n in range(10):
            put(f"Text {n}.\nMore text of turn {turn}.", id=f"{turn}-{n}")
        if turn:
            catalogue.delete(f"{turn - 1}-0")
        generation = catalogue.generation()
        for worker in workers:
            worker.process.stdin.write(f"tidy {generation}\n")  # type: ignore[union-attr]
            worker.process.stdin.flush()  # type: ignore[union-attr]
        for worker in workers:
            reached, alike, held, _ = worker.line().split(" ")
            assert (int(reached), alike) == (generation, "True")
            assert set(held.split("|")) == ids(catalogue)
    folder = tmp_path / "index" / "snapshots"
    assert len(list(folder.glob("g*"))) == 1
    for worker in workers:
        *_, loose = worker.ask("tidy", catalogue.generation())
        assert int(loose) < 60
    assert all(worker.end().startswith("True") for worker in workers)
    opened = Index(catalogue, DIMENSION, tmp_path / "index")
    assert opened.rebuilt is None
    assert opened.check(deep=True).ok
    opened.close()


def test_only_one_process_builds_a_snapshot(tmp_path: Path) -> None:
    code = (
        "import sys, pathlib; from rag.store import snapshot\n"
        "with snapshot.building(pathlib.Path(sys.argv[1]), 2, None) as draft: print(draft)"
    )
    with snapshot.building(tmp_path, 1, None) as mine:
        assert mine is not None
        other = subprocess.run(
            [sys.executable, "-c", code, str(tmp_path)],
            capture_output=True, text=True, check=True, cwd=ROOT,
        )  # fmt: skip
        assert other.stdout == "None\n"
    assert snapshot.newest(tmp_path) == tmp_path / "g000000000001"


def test_the_lock_and_the_draft_of_a_killed_process_are_no_hindrance(tmp_path: Path) -> None:
    code = (
        "import os, sys, pathlib; from rag.store import snapshot\n"
        "with snapshot.building(pathlib.Path(sys.argv[1]), 2, None) as draft:\n"
        "    (draft / 'half').write_text('x'); os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False, cwd=ROOT)
    assert snapshot.newest(tmp_path) is None
    with snapshot.building(tmp_path, 1, None) as draft:
        assert draft is not None
    assert sorted(path.name for path in tmp_path.iterdir()) == ["g000000000001", "lock"]
