"""A database server that goes away and comes back, under a service that stays."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from starlette.testclient import TestClient

from api.app import build_app
from rag.config import Settings
from tests.postgres import Server, running


@pytest.fixture
def server() -> Iterator[Server]:
    with running() as started:
        yield started


def until(client: TestClient, path: str, status: int) -> httpx.Response:
    """Ask again until the status is there; it is nothing but that and 503 meanwhile."""
    deadline = time.monotonic() + 90
    while (found := client.get(path)).status_code != status:
        assert found.status_code in (200, 503), found.text
        assert time.monotonic() < deadline, found.text
        time.sleep(0.1)
    return found


def test_an_outage_is_said_and_nothing_has_to_be_started_again(
    server: Server, tmp_path: Path
) -> None:
    server.stop()
    settings = Settings(data=tmp_path / "data", database=server.url(), reader="overlap")
    with TestClient(build_app(settings)) as client:
        # Started while the database is away.
        problem = until(client, "/readyz", 503).json()
        assert problem["code"] in ("not_ready", "catalogue_unreachable")
        server.start()
        until(client, "/readyz", 200)
        record = {"id": "a", "text": "The ferry leaves the harbour at noon."}
        assert client.post("/v1/articles", json=record).status_code == 201
        for how in (signal.SIGINT, signal.SIGKILL):
            server.stop(how)
            refused = client.get("/v1/articles/a")
            assert refused.status_code == 503
            assert refused.headers["content-type"] == "application/problem+json"
            assert refused.headers["retry-after"]
            assert refused.json()["code"] == "catalogue_unreachable"
            assert "dateline@127.0.0.1" in refused.json()["detail"]
            other = {"id": f"b-{how}", "text": "Another text."}
            assert client.post("/v1/articles", json=other).status_code == 503
            server.start()
            assert until(client, "/v1/articles/a", 200).json()["text"] == record["text"]
            assert client.get(f"/v1/articles/b-{how}").status_code == 404
            asked = client.post("/v1/search", json={"query": "When does the ferry leave?"})
            assert asked.json()["results"][0]["article"]["id"] == "a"
