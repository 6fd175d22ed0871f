from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from rag.cli import main
from rag.cli_chat import Conversation, connected
from rag.config import Settings
from rag.dateline import Dateline
from rag.errors import ChatNotFound

FIRST = "Why was Russia not on the US tariff list?"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, seeds: Path) -> Path:
    path = tmp_path_factory.mktemp("chat")
    dateline = Dateline(Settings(data=path))
    dateline.ingest([seeds])
    dateline.close()
    return path


def run(folder: Path, *args: str, said: str = "") -> Any:
    return CliRunner().invoke(main, ["--data", str(folder), "chat", *args], input=said)


def test_questions_that_are_piped_in_are_answered_in_turn(folder: Path) -> None:
    result = run(folder, said=f"{FIRST}\n\nWhy not?\nWho said that?\n/sources\n/quit\nnever\n")
    assert result.exit_code == 0, result.output
    assert "substantial trade relations" in result.stdout
    assert "Understood as: Who said:" in result.stdout
    assert "(Dmitry Peskov" in result.stdout
    assert "never" not in result.stdout
    listed = run(folder, "--list")
    assert FIRST in listed.stdout
    assert " 3 turns" in listed.stdout
    chat_id = listed.stdout.split()[-len(FIRST.split()) - 1]
    whole = json.loads(run(folder, "--export", chat_id).stdout)
    assert [turn["number"] for turn in whole["turns"]] == [1, 2, 3]
    resumed = run(folder, "--resume", chat_id, said="/delete x\nWhich article?\n/help\n")
    assert f"> {FIRST}" in resumed.stdout
    assert "[chat_not_found]" in resumed.stderr
    assert "/save FILE" in resumed.stdout
    assert "is removed" in run(folder, "--delete", chat_id).stdout
    assert run(folder, "--export", chat_id).exit_code == 1


class Scripted:
    """A line that answers every question alike."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str | None, str | None]] = []

    def ask(
        self, question: str, chat_id: str | None, as_of: str | None
    ) -> Iterator[tuple[str, Mapping[str, Any]]]:
        self.asked.append((question, chat_id, as_of))
        answer = {
            "question": question, "query": question, "text": "Nothing.", "abstained": True,
            "reason": "not_stated", "notices": [{"code": "x", "message": "Mind the gap."}],
            "conflicts": [], "citations": [], "nearest": [], "confidence": 0.1, "dropped": [],
        }  # fmt: skip
        yield "query", {"chat_id": "chat-1", "query": question, "rewritten": False}
        yield "done", {"answer": answer}

    def chats(self) -> list[dict[str, Any]]:
        return []

    def read(self, chat_id: str) -> dict[str, Any]:
        if chat_id != "chat-1":
            raise ChatNotFound("There is no such chat.")
        citation = {
            "number": 1, "article_id": "a", "version": 1, "start": 0, "end": 3, "title": "T",
            "outlet": None, "quote": "Yes",
        }  # fmt: skip
        answer = {"text": "Yes. [1]", "citations": [citation]}
        return {"title": "Why?", "turns": [{"question": "Why?", "answer": answer}]}

    def delete(self, chat_id: str) -> None:
        self.read(chat_id)


def test_commands(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    line, lines = Scripted(), [
        "/sources", "/save", "Why?", "/as-of 2025-03-18", "And?", "/as-of soon", "/as-of", "So?",
        f"/save {tmp_path}/a.md", f"/save {tmp_path}/a.json", f"/save {tmp_path}/no/a.md",
        "/sources", "/bogus", "/chats", "/new", "Fresh?", "/delete chat-1", "Last?",
    ]  # fmt: skip
    Conversation(line).hold(iter(lines))
    out, err = capsys.readouterr()
    assert line.asked == [
        ("Why?", None, None), ("And?", "chat-1", "2025-03-18"), ("So?", "chat-1", None),
        ("Fresh?", None, None), ("Last?", None, None),
    ]  # fmt: skip
    assert (tmp_path / "a.md").read_text() == (
        "# Why?\n\n## Why?\n\nYes. [1]\n\n[1] T (a v1, 0-3)\n\n> Yes\n"
    )
    assert json.loads((tmp_path / "a.json").read_text())["title"] == "Why?"
    for told in ("Nothing. (not_stated)", "Mind the gap.", "As of 2025-03-18.", "is removed"):
        assert told in out
    for told in ("Nothing was answered yet", "no /bogus", "filter_invalid", "cannot be written"):
        assert told in err


def test_a_running_server_is_asked(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import threading

    import uvicorn

    from api.app import build_app
    from api.server import listen

    settings = Settings(data=folder)
    listener = listen("127.0.0.1", 0)
    server = uvicorn.Server(uvicorn.Config(build_app(settings), log_config=None, lifespan="on"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        import httpx

        while httpx.get(f"{url}/readyz", timeout=60).status_code != 200:
            pass
        monkeypatch.setenv("DATELINE_SERVER", url)
        result = run(folder, said=f"{FIRST}\nWho said that?\n")
        assert "substantial trade relations" in result.stdout
        assert "(Dmitry Peskov" in result.stdout
        with connected(Settings(data=folder, server=url)) as line:
            (kept,) = line.chats()
            assert len(line.read(kept["id"])["turns"]) == 2
            line.delete(kept["id"])
            assert not line.chats()
        failed = run(folder, "--resume", "chat-none", said="x\n")
        assert failed.exit_code == 1
        assert "[chat_not_found]" in failed.stderr
    finally:
        server.should_exit = True
        thread.join()
