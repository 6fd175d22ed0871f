"""The server as a process: its note, its signals, its address."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest

from api.body_limit import BodyLimit
from api.errors import BodySlow
from api.server import listen, serve
from rag.config import Settings
from rag.dateline import Dateline
from rag.errors import SettingsError
from rag.remote import find_server, get
from rag.store.database import Database
from rag.store.keys import Keys
from tests.api.conftest import Running, Start


def test_after_sigterm_it_finishes_what_it_has_begun_and_leaves_no_note(
    start: Start, seeds: Path, tmp_path: Path
) -> None:
    empty = tmp_path / "empty.txt"
    empty.write_text("")
    running = start(seeds, empty)
    running.wait("/healthz")
    note = json.loads(running.note.read_text())
    assert note == {"url": running.url, "pid": running.process.pid, "key": note["key"]}
    assert running.note.stat().st_mode & 0o777 == 0o600
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


def test_other_machines_are_served_only_with_keys_or_on_purpose(
    tmp_path: Path, start: Start
) -> None:
    settings = Settings(data=tmp_path / "closed")
    with pytest.raises(SettingsError, match=r"no API keys.*keys create.*--allow-open"):
        serve(settings, "0.0.0.0", 0)
    # Nothing was left behind that says a server listens.
    assert not (settings.data / "server.json").exists()

    opened = Database(Settings(data=tmp_path / "own" / "data").database_url)
    _, token = Keys(opened).create("desk")
    opened.close()
    running = start(host="0.0.0.0", reader="overlap")
    running.wait("/readyz")
    assert httpx.get(f"{running.url}/v1/articles").status_code == 401
    allowed = httpx.get(f"{running.url}/v1/articles", headers={"Authorization": f"Bearer {token}"})
    assert allowed.status_code == 200
    # The command line on this machine needs none; a name that is not known is no matter here.
    server = find_server(Settings(data=running.data))
    assert server is not None
    assert get(server, "/v1/answers", {}) == {"items": [], "next_cursor": None}
    assert httpx.get(f"{running.url}/healthz", headers={"Host": "desk.example"}).is_success
    log = running.log.read_text()
    assert token not in log
    assert '"status": 401' in log


def test_settings_are_read_again_on_sighup(start: Start) -> None:
    running = start(reader="overlap")
    running.wait("/readyz")
    two = [{"id": f"a{number}", "text": "The ferry will run on Friday."} for number in range(2)]
    written = running.data.parent / ".env"

    def after(text: str, logged: str) -> httpx.Response:
        written.write_text(text)
        running.process.send_signal(signal.SIGHUP)
        deadline = time.monotonic() + 30
        while logged not in running.log.read_text():
            assert time.monotonic() < deadline, running.log.read_text()
            time.sleep(0.05)
        return httpx.post(f"{running.url}/v1/articles", json=two)

    # What cannot change while it runs is named; a mistake changes nothing.
    text = "DATELINE_MAX_BATCH=1\nDATELINE_THREADS=1\n"
    taken = "max_batch hold now; threads wait for the next start"
    assert after(text, taken).json()["code"] == "batch_too_large"
    wrong = after("DATELINE_MAX_BATCH=0\n", "settings stay as they are")
    assert wrong.json()["code"] == "batch_too_large"
    assert after("", "max_batch hold now; none wait").status_code == 201


def test_on_this_machine_other_names_are_refused(server: Running) -> None:
    refused = httpx.get(f"{server.url}/v1/articles", headers={"Host": "evil.example"})
    assert (refused.status_code, refused.json()["code"]) == (400, "host_unknown")


def test_a_body_that_stops_coming_is_given_up() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        while (await receive()).get("more_body"):
            pass

    sent = [{"type": "http.request", "body": b"x", "more_body": True}]

    async def receive() -> Any:
        if not sent:
            await anyio.sleep_forever()
        return sent.pop()

    limit = BodyLimit(app, 1_000, seconds=0.01)
    scope = {"type": "http", "path": "/", "headers": []}
    with pytest.raises(BodySlow):
        anyio.run(limit, scope, receive, None)
