from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

from rag.config import Settings
from rag.errors import ServerRefused, ServerUnreachable
from rag.remote import call, events, find_server


class Handler(BaseHTTPRequestHandler):
    """Answers what the test wants."""

    status: ClassVar[int] = 200
    body: ClassVar[bytes] = b"{}"

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self._answer()

    def _answer(self) -> None:
        self.send_response(self.status)
        self.send_header("content-length", str(len(self.body)))
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, *args: object) -> None:
        """Stay quiet."""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setattr(Handler, "status", 200)
    monkeypatch.setattr(Handler, "body", b"{}")
    running = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=running.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{running.server_port}"
    running.shutdown()
    thread.join()
    running.server_close()


def test_the_server_on_the_data_folder_is_found(server: str, tmp_path: Path) -> None:
    settings = Settings(data=tmp_path)
    assert find_server(settings) is None
    (tmp_path / "server.json").write_text(json.dumps({"url": server + "/", "pid": 1}))
    assert find_server(settings) == server
    Handler.status = 503
    assert find_server(settings) is None
    (tmp_path / "server.json").write_text("{broken")
    assert find_server(settings) is None


def test_the_server_of_the_settings_wins(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, server="http://127.0.0.1:1/")
    assert find_server(settings) == "http://127.0.0.1:1"


def test_an_answer_is_passed_on(server: str) -> None:
    Handler.body = b'{"text": "yes"}'
    assert call(server, "/v1/ask", {"question": "x"}) == {"text": "yes"}


def test_an_event_is_not_cut_at_what_only_looks_like_the_end_of_a_line(server: str) -> None:
    said = "One.\u2028Two.\u2029\x85Three."
    data = json.dumps({"text": said}, ensure_ascii=False)
    Handler.body = f"event: sentence\r\ndata: {data}\r\n\r\nevent: done\ndata: {{}}\n\n".encode()
    told = list(events(server, "/v1/chat", {}))
    assert told == [("sentence", {"text": said}), ("done", {})]


def test_a_refusal_keeps_its_code(server: str) -> None:
    Handler.status = 422
    Handler.body = b'{"code": "question_invalid", "detail": "Empty.", "remedy": "Ask."}'
    with pytest.raises(ServerRefused, match="Empty. Ask.") as caught:
        call(server, "/v1/ask", {"question": ""})
    assert caught.value.server_code == "question_invalid"


@pytest.mark.parametrize("body", [b"<html>", b"[]", b""])
def test_what_is_no_dateline_server_is_said(server: str, body: bytes) -> None:
    Handler.body = body
    with pytest.raises(ServerUnreachable):
        call(server, "/v1/ask", {})


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "nonsense", "http://[::1"])
def test_no_server_is_said(url: str) -> None:
    with pytest.raises(ServerUnreachable, match="dateline serve"):
        call(url, "/v1/ask", {})
