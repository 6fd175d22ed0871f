"""The note by which the command line finds a server."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from api.server import noted


def test_the_note_of_a_server_that_is_still_there_takes_its_place_again(tmp_path: Path) -> None:
    path = tmp_path / "server.json"
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        first = {"url": "http://127.0.0.1:1", "pid": other.pid, "key": "k"}
        path.write_text(json.dumps(first))
        with noted(path, "http://127.0.0.1:2", "other") as leave:
            leave()
            assert json.loads(path.read_text())["url"] == "http://127.0.0.1:2"
        assert json.loads(path.read_text()) == first
        other.communicate(b"\n")
    with noted(path, "http://127.0.0.1:2", "other") as leave:
        leave()
    assert not path.exists()


def test_a_note_that_cannot_be_read_is_written_anew(tmp_path: Path) -> None:
    path = tmp_path / "server.json"
    path.write_text("{")
    with noted(path, "http://127.0.0.1:2", "key") as leave:
        leave()
        assert json.loads(path.read_text())["key"] == "key"
    assert not path.exists()
