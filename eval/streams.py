"""Many chats at once against a slow language model: ``python -m eval.streams``.

Starts `dateline serve` on the seeds and the scripted model that takes two seconds, opens
``--streams`` chats at the same moment and reads them to their end. Says how many ended with
`done`, how many have another's question, how many are degraded, when the first event came, and
the memory of the server before and after.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from eval.load import SEEDS, start, wait_for
from eval.processes import memory
from eval.scripted import SLOW_SECONDS, scripted

CASES = Path(__file__).parent / "cases" / "gold.jsonl"
QUESTIONS = 50
PATIENCE_SECONDS = 600.0


@dataclass(slots=True)
class Stream:
    """What came of one chat."""

    question: str
    first: float | None = None
    """Seconds until its first event."""
    ended: str = "nothing"
    """Its last event, or the status of a refusal."""
    whole: float = 0.0
    answer: dict[str, Any] | None = None


def main(arguments: Sequence[str] | None = None) -> int:
    """Run them and print a row as JSON; exit code 1 when one was lost or mixed up."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--streams", type=int, default=200)
    parser.add_argument("--concurrency", type=int, default=32, help="Replies asked for at once.")
    options = parser.parse_args(arguments)
    lines = CASES.read_text().splitlines()[:QUESTIONS]
    questions = [json.loads(line)["question"] for line in lines]
    asked = [questions[number % len(questions)] for number in range(options.streams)]
    with scripted() as model, tempfile.TemporaryDirectory() as folder:
        settings = {
            "DATELINE_LLM": "openai-like", "DATELINE_LLM_URL": f"{model}/v1",
            "DATELINE_LLM_MODEL": "slow", "DATELINE_LLM_SECONDS": "60",
            "DATELINE_LLM_CONCURRENCY": str(options.concurrency),
        }  # fmt: skip
        data = Path(folder) / "data"
        with (Path(folder) / "log.txt").open("wb") as log:
            server = start(data, [SEEDS], log, settings)
        try:
            url = wait_for(server, data)
            before, begun = memory([server.pid]), time.perf_counter()
            streams = asyncio.run(_all(url, asked))
            spent = time.perf_counter() - begun
            row = {**told(streams), "seconds": round(spent, 1), "model_seconds": SLOW_SECONDS}
            row["memory_mb"] = [round(size) for size in (before, memory([server.pid]))]
        finally:
            server.terminate()
            server.wait()
    print(json.dumps(row))
    return 1 if row["done"] < len(streams) or row["mixed"] else 0


def told(streams: Sequence[Stream]) -> dict[str, Any]:
    """Count what came of the streams."""
    done = [item for item in streams if item.ended == "done" and item.answer is not None]
    firsts = sorted(item.first for item in streams if item.first is not None)
    wholes = sorted(item.whole for item in streams)
    return {
        "streams": len(streams),
        "done": len(done),
        "ended": dict(Counter(item.ended for item in streams)),
        "mixed": sum(item.answer["question"] != item.question for item in done if item.answer),
        "degraded": sum(bool(item.answer["degraded"]) for item in done if item.answer),
        "first_p50": round(firsts[len(firsts) // 2], 3) if firsts else None,
        "first_max": round(firsts[-1], 3) if firsts else None,
        "whole_p50": round(wholes[len(wholes) // 2], 1),
        "whole_max": round(wholes[-1], 1),
    }


async def _all(url: str, questions: Sequence[str]) -> list[Stream]:
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(base_url=url, timeout=PATIENCE_SECONDS, limits=limits) as http:
        return await asyncio.gather(*(_one(http, question) for question in questions))


async def _one(http: httpx.AsyncClient, question: str) -> Stream:
    stream, begun = Stream(question), time.perf_counter()
    accept = {"accept": "text/event-stream"}
    async with http.stream(
        "POST", "/v1/chat", json={"question": question}, headers=accept
    ) as reply:
        if reply.status_code != httpx.codes.OK:
            stream.ended = str(reply.status_code)
            return stream
        async for line in reply.aiter_lines():
            if line.startswith("event: "):
                stream.ended = line.removeprefix("event: ")
                stream.first = stream.first or time.perf_counter() - begun
            elif line.startswith("data: ") and stream.ended == "done":
                stream.answer = json.loads(line.removeprefix("data: "))["answer"]
    stream.whole = time.perf_counter() - begun
    return stream


if __name__ == "__main__":
    sys.exit(main())
