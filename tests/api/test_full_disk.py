"""A server whose disk is full, which a process also meets where no file may grow any more."""

from __future__ import annotations

import json
import resource
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from tests.api.conftest import Check, Running, Start


@contextmanager
def full(running: Running, size: int) -> Iterator[None]:
    everything = resource.RLIM_INFINITY
    pid = running.process.pid
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, everything))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (everything, everything))


def articles(count: int, size: int) -> bytes:
    rows = [
        {"id": f"a-{n}", "text": f"Nothing of note happened in town {n}. " * (size // 40)}
        for n in range(count)
    ]
    return "\n".join(json.dumps(row) for row in rows).encode()


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="Only Linux limits other processes.")
def test_an_upload_that_finds_no_room_is_refused_and_leaves_nothing(
    start: Start, is_problem: Check
) -> None:
    running = start()
    running.wait("/readyz")
    spool = running.data / "uploads"
    with httpx.Client(base_url=running.url, timeout=120) as client:
        # The first waits in memory until we write it, the second in the framework's own file.
        for body in (articles(100, 5_000), articles(100, 40_000)):
            with full(running, 100_000):
                refused = client.post(
                    "/v1/articles/files", files={"files": ("dump.jsonl", body, "text/plain")}
                )
            problem = is_problem(refused, 503, "data_folder_unusable")
            assert "File too large" in problem["detail"]
            assert not spool.exists() or not list(spool.iterdir())
        assert client.get("/v1/jobs").json()["items"] == []
        assert client.get("/v1/articles").json()["items"] == []
        taken = client.post(
            "/v1/articles/files", files={"files": ("dump.jsonl", articles(2, 400), "text/plain")}
        )
        assert taken.status_code == 202
