"""The server as a process: its note, its signals, its address."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from api.server import listen
from rag.config import Settings
from rag.dateline import Dateline
from rag.errors import SettingsError
from tests.api.conftest import Running, Start


def test_after_sigterm_it_finishes_what_it_has_begun_and_leaves_no_note(
    start: Start, seeds: Path, tmp_path: Path
) -> None:
    empty = tmp_path / "empty.txt"
    empty.write_text("")
    running = start(seeds, empty)
    running.wait("/healthz")
    assert json.loads(running.note.read_text()) == {"url": running.url, "pid": running.process.pid}
    assert running.wait("/readyz").json()["articles"] == 5
    assert "[source_empty]" in running.log.read_text()

    url = httpx.URL(running.url)
    body = b'{"question": "Why was Russia not on the US tariff list?"}'
    head = (
        "POST /v1/ask HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    with socket.create_connection((url.host, url.port or 80)) as connection:
        connection.sendall(head.encode() + body[:10])
        # A request that came later is answered: so the head of this one has been read.
        assert httpx.get(running.url + "/healthz").is_success
        running.process.terminate()
        connection.sendall(body[10:])
        answer = b"".join(iter(lambda: connection.recv(65_536), b""))
    assert answer.startswith(b"HTTP/1.1 200 OK")

    assert running.process.wait() == 0
    assert not running.note.exists()
    assert list((running.data / "index" / "snapshots").iterdir())
    assert not list((running.data / "index").glob("live-*"))


def test_stopping_it_while_it_starts_loses_nothing(start: Start, seeds: Path) -> None:
    running = start(seeds)
    running.wait("/healthz")
    assert running.stop() == 0
    assert not running.note.exists()
    opened = Dateline(Settings(data=running.data))
    assert opened.index.check().ok
    assert opened.ingest([seeds]).refused == ()
    assert opened.catalogue.counts()["articles"] == 5
    opened.close()


def test_a_path_that_is_not_there_keeps_it_from_being_ready(start: Start, tmp_path: Path) -> None:
    running = start(tmp_path / "nowhere")
    running.wait("/healthz")
    response = httpx.get(running.url + "/readyz")
    while response.json()["code"] == "not_ready":
        time.sleep(0.05)
        response = httpx.get(running.url + "/readyz")
    assert (response.status_code, response.json()["code"]) == (503, "source_missing")
    assert "[source_missing]" in running.log.read_text()

    # The note of a server that came later is not this one's to remove.
    other = json.dumps({"url": "http://127.0.0.1:1", "pid": 1})
    running.note.write_text(other)
    assert running.stop() == 0
    assert running.note.read_text() == other


def test_a_port_in_use_is_refused_with_what_to_do(server: Running, start: Start) -> None:
    port = int(server.url.rpartition(":")[2])
    with pytest.raises(SettingsError, match=r"Address already in use\. .*--port"):
        listen("127.0.0.1", port)
    second = start(port=port)
    assert second.process.wait() != 0
    assert "SettingsError" in second.log.read_text()
    assert not second.note.exists()


@pytest.mark.parametrize(
    ("host", "port"), [("127.0.0.1", 65_536), ("127.0.0.1", -1), ("192.0.2.1", 0), ("a b", 0)]
)
def test_an_address_that_cannot_be_used_is_refused(host: str, port: int) -> None:
    with pytest.raises(SettingsError):
        listen(host, port)


def test_a_free_port_is_found_and_told() -> None:
    with listen("127.0.0.1", 0) as first, listen("localhost", 0) as second:
        assert first.getsockname()[1] != second.getsockname()[1]
        assert isinstance(first, socket.socket)


@pytest.mark.parametrize("module", ["api.app", "api.server", "api.service"])
def test_nothing_heavy_is_imported_with_the_api(module: str) -> None:
    heavy = "torch", "transformers", "sentence_transformers", "llama_index", "faiss", "sqlalchemy"
    code = f"import sys, {module}; print([name for name in {heavy!r} if name in sys.modules])"
    result = subprocess.check_output([sys.executable, "-c", code], text=True)
    assert result.strip() == "[]"
