"""`kill -9` in the middle of an ingest loses nothing that was acknowledged and halves nothing."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from rag.config import Settings
from rag.store.catalogue import Catalogue
from rag.store.database import Database
from rag.store.index import Index
from tests.rag.store.conftest import DIMENSION

ROOT = Path(__file__).parents[3]
# 100 moments take some minutes: KILL_MOMENTS=100 pytest tests/rag/store/test_kill.py
MOMENTS = int(os.environ.get("KILL_MOMENTS", "10"))
# Writes for ever: articles, reprints, corrections, deletes, retractions and snapshots; says each
# that is acknowledged. The vectors are made up, so that the moments fall on the store.
WRITER = """
import itertools, sys
from pathlib import Path
from rag.ingest.clean import clean
from rag.store.catalogue import Catalogue
from rag.store.clusters import Reprints
from rag.store.database import Database
from rag.store.index import Index
from rag.types import Source
from tests.rag.store.conftest import DIMENSION, vectors_for

data = Path(sys.argv[1])
start = int(sys.argv[2])
catalogue = Catalogue(Database(sys.argv[3]))
index = Index(catalogue, DIMENSION, data / "index")
print("ready", flush=True)
for n in itertools.count(start):
    name, version = f"a{n // 3}", n % 3
    if version == 2 and n % 2:
        catalogue.delete(name)
        print(f"deleted {name}", flush=True)
        continue
    if version == 2 and n % 4 == 0:
        catalogue.retract(name, "Wrong.")
        print(f"retracted {name}", flush=True)
        continue
    text = "\\n".join(f"Line {line} of {name} as of {version}." for line in range(40))
    article, _ = clean(Source(text=text, origin="o", id=name), 10**6)
    spans, at = [], 0
    for line in article.text.splitlines(keepends=True):
        spans.append((at, at + len(line.rstrip())))
        at += len(line)
    reprints = Reprints(bands=(n, n % 4), confirm=lambda other: other.article_id < name)
    vectors = vectors_for([article.text[a:b] for a, b in spans])
    catalogue.put(article, "o", spans, vectors, reprints)
    print(f"stored {name} {version}", flush=True)
    index.refresh()
    if n % 5 == 0:
        index.save()
"""


def killed_after(folder: Path, start: int, url: str, chance: random.Random) -> list[str]:
    """Run the writer, kill it somewhere among its writes, and return what it acknowledged."""
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(folder), str(start), url],
        stdout=subprocess.PIPE, text=True, cwd=ROOT,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    # Counted in writes, so that a slow machine is killed as deep in its work as a fast one.
    first = [process.stdout.readline() for _ in range(chance.randrange(12))]
    time.sleep(chance.uniform(0.0, 0.05))
    process.send_signal(signal.SIGKILL)
    rest = "".join(first) + process.stdout.read()
    process.wait()
    process.stdout.close()
    # The last line may be cut by the kill itself: then it was not acknowledged to anybody.
    return rest.splitlines() if rest.endswith("\n") else rest.splitlines()[:-1]


def state_of(lines: list[str]) -> dict[str, int | None]:
    state: dict[str, int | None] = {}
    for line in lines:
        verb, name, *version = line.split()
        state[name] = int(version[0]) if verb == "stored" else None
    return state


def test_every_article_is_whole_or_absent_after_kill_9(url: str, tmp_path: Path) -> None:
    randomness = random.Random(0)
    said: list[str] = []
    cut_off: set[str] = set()
    start = 0
    moments = MOMENTS if url.startswith("sqlite") else MOMENTS // 4
    for _ in range(moments):
        said += killed_after(tmp_path, start, url, randomness)
        catalogue = Catalogue(Database(url))
        index = Index(catalogue, DIMENSION, tmp_path / "index")
        assert index.check(deep=True).ok, index.check(deep=True)
        # The writer may have got one step further than it could say.
        cut_off |= {f"a{start // 3}", said[-1].split()[1]} if said else {f"a{start // 3}"}
        cut_off |= {f"a{int(name[1:]) + 1}" for name in cut_off}
        retracted = {line.split()[1] for line in said if line.startswith("retracted")}
        check_whole(catalogue, state_of(said), cut_off, retracted)
        index.close()
        catalogue.close()
        start = 3 * (int(said[-1].split()[1][1:]) + 2) if said else start
    assert len(said) > moments


def check_whole(
    catalogue: Catalogue,
    acknowledged: dict[str, int | None],
    cut_off: set[str],
    retracted: set[str],
) -> None:
    rows = catalogue.changes(0).added
    by_article: dict[str, int] = {}
    for row in rows:
        by_article[row.article_id] = by_article.get(row.article_id, 0) + 1
        assert row.text.startswith("Line ")
    assert set(by_article.values()) <= {40}
    for name, wanted in acknowledged.items():
        if name in cut_off:
            continue
        assert (name in by_article) == (wanted is not None)
        if wanted is None and name in retracted:
            assert catalogue.article(name).status == "retracted"
        if wanted is not None:
            assert f"as of {wanted}." in catalogue.article(name).text


def test_a_killed_ingest_of_real_articles_can_be_repeated(tmp_path: Path, seeds: Path) -> None:
    records = tmp_path / "many.jsonl"
    text = (seeds / "001_c863c091f001229a.txt").read_text()
    rows = [{"id": f"a{n}", "text": f"Story {n}. {text}"} for n in range(60)]
    records.write_text("\n".join(json.dumps(row) for row in rows))
    command = [
        sys.executable, "-m", "rag", "--data", str(tmp_path / "d"), "ingest", str(records),
    ]  # fmt: skip
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL, cwd=ROOT)
    database = tmp_path / "d" / "catalogue.db"
    deadline = time.monotonic() + 120
    stored = 0
    while not stored and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
        if database.exists():
            catalogue = Catalogue(Database(f"sqlite:///{database}"))
            stored = catalogue.counts()["articles"]
            catalogue.close()
    process.send_signal(signal.SIGKILL)
    process.wait()
    subprocess.run(
        command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=ROOT
    )
    from rag.dateline import Dateline

    dateline = Dateline(Settings(data=tmp_path / "d"))
    assert dateline.catalogue.counts()["articles"] == 60
    assert dateline.catalogue.counts()["versions"] == 60
    assert dateline.index.check().ok
    dateline.close()
