"""Move a collection to PostgreSQL and Milvus and back while it is read: `python -m eval.migration`.

Serves the seeds, or a copy of ``--folder``, and searches it without a pause, comparing every
passage with the article. Meanwhile `dateline migrate` copies it to a PostgreSQL and a Milvus Lite,
and then, served from there, back into files; each time it compares all rows and asks both
collections the gold questions. Prints what was copied, asked and read; exit code 1 where an answer
differs, a read failed or the collection that came back is not the one that went.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread
from typing import Any

import httpx

from eval.adapters import load_suite
from eval.lite import served
from eval.load import start, wait_for
from eval.postgres import Server

SEEDS = Path(__file__).parent.parent / "seeds"
QUERIES = ("ceasefire talks", "tariffs on Russia", "Anchorage formula")


@dataclass
class Read:
    """What a reader saw."""

    right: int = 0
    wrong: list[str] = field(default_factory=list)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--folder", type=Path, help="A data folder, which is copied.")
    parser.add_argument("--suite", default="gold", help="Whose questions are asked.")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--limit", type=int, default=1_000, help="Most questions.")
    given = parser.parse_args(arguments)
    folder = Path(tempfile.mkdtemp(prefix="dateline-migration-"))
    folder.chmod(0o755)  # PostgreSQL runs as another user
    (folder / "postgres").mkdir()
    database = Server(folder / "postgres", ())
    try:
        database.start()
        with served(folder / "lite") as vectors:
            return moved(given, folder, database.url(), vectors.url)
    finally:
        database.stop()
        shutil.rmtree(folder, ignore_errors=True)


def moved(given: argparse.Namespace, folder: Path, database: str, vectors: str) -> int:
    """Move there and back, print what came of it."""
    asked = [case.question for case in load_suite(given.suite, given.data).cases][: given.limit]
    questions = folder / "questions"
    questions.write_text("\n".join(" ".join(question.split()) for question in asked))
    if given.folder is not None:
        ignored = shutil.ignore_patterns("live-*")
        shutil.copytree(given.folder, folder / "here", ignore=ignored)
    away = {"DATELINE_DATABASE": database, "DATELINE_VECTORS": vectors,
            "DATELINE_VECTORS_SECONDS": "20"}  # fmt: skip
    with reading(folder / "here", {}, [] if given.folder else [SEEDS]) as there:
        first = migrated(folder / "here", {}, questions, "--to", database, "--vectors", vectors)
    with reading(folder / "away", away, []) as back:
        second = migrated(
            folder / "away", away, questions, "--to", str(folder / "back"), "--vectors", "faiss"
        )
    report = {
        name: {
            "rows": sum(one["copied"]["rows"].values()),
            "articles": one["copied"]["rows"]["article"],
            "passages": one["copied"]["rows"]["passage"],
            "asked": one["asked"],
            "other answers": one["different"],
            "reads meanwhile": read.right,
            "wrong or failed": read.wrong[:10],
        }
        for name, one, read in (("there", first, there), ("back", second, back))
    }
    same = first["copied"]["digests"] == second["copied"]["digests"]
    print(json.dumps({**report, "what came back is what went": same}, indent=1))
    return 0 if whole([first, second], [there, back]) else 1


def whole(moves: Sequence[Mapping[str, Any]], reads: Sequence[Read]) -> bool:
    """Whether what came back is what went, all was answered alike, and every read was right."""
    digests = [move["copied"]["digests"] for move in moves]
    return (
        all(one == digests[0] for one in digests)
        and not any(move["different"] for move in moves)
        and all(read.right and not read.wrong for read in reads)
    )


@contextmanager
def reading(data: Path, settings: Mapping[str, str], ingest: Sequence[Path]) -> Iterator[Read]:
    """Serve a collection, and read it until the block ends."""
    seen, over = Read(), Event()
    with (data.parent / f"{data.name}.log").open("wb") as log:
        server = start(data, ingest, log, settings)
    try:
        url = wait_for(server, data)
        reader = Thread(target=_read, args=(url, seen, over))
        reader.start()
        try:
            yield seen
        finally:
            over.set()
            reader.join()
    finally:
        server.terminate()
        server.wait()


def migrated(
    data: Path, settings: Mapping[str, str], questions: Path, *more: str
) -> dict[str, Any]:
    """Run the command; returns its report."""
    done = subprocess.run(  # noqa: S603  our own command
        [sys.executable, "-m", "rag", "--data", str(data), "migrate", "--questions",
         str(questions), "--json", *more],
        env={**os.environ, **settings}, stdout=subprocess.PIPE, text=True, check=False,
    )  # fmt: skip
    if not done.stdout:
        raise SystemExit(done.returncode)
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def _read(url: str, seen: Read, over: Event) -> None:
    texts: dict[str, str] = {}
    with httpx.Client(base_url=url, timeout=120) as http:
        turn = 0
        while not over.wait(0.2):
            turn += 1
            query = {"query": QUERIES[turn % len(QUERIES)]}
            response = http.post("/v1/search", json=query)
            if not response.is_success:
                seen.wrong.append(response.text[:300])
                continue
            for result in response.json()["results"]:
                one = result["passage"]
                name = one["article_id"]
                if name not in texts:
                    texts[name] = http.get(f"/v1/articles/{name}").json()["text"]
                if texts[name][one["start"] : one["end"]] != one["text"]:
                    seen.wrong.append(f"{name} has no {one['text'][:80]!r}")
            seen.right += bool(response.json()["results"])


if __name__ == "__main__":
    sys.exit(main())
