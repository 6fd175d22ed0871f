"""The command line beside a running server: it asks that one and loads no model."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).parents[2]


def run(data: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "rag", "--data", str(data), *words],
        capture_output=True, text=True, cwd=ROOT, check=False,
    )  # fmt: skip


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory, seeds: Path) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("served")
    command = [sys.executable, "-m", "rag", "--data", str(folder), "serve", "--port", "0"]
    process = subprocess.Popen(
        [*command, "--ingest", str(seeds)],
        stdout=subprocess.PIPE, text=True, cwd=ROOT, env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )  # fmt: skip
    wait_until_ready(folder, process)
    yield folder
    process.send_signal(signal.SIGTERM)
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "Dateline is ready: http://127.0.0.1:" in said
    assert "Try next:" in said


def wait_until_ready(folder: Path, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline:
        assert process.poll() is None
        try:
            url = json.loads((folder / "server.json").read_text())["url"]
            if httpx.get(f"{url}/readyz").is_success:
                return
        except (OSError, httpx.HTTPError):
            pass
        time.sleep(0.2)
    pytest.fail("the server did not get ready")


def test_ask_uses_the_server_and_imports_no_model(data: Path) -> None:
    result = run(data, "ask", "Why was Russia not on the US tariff list?")
    assert result.returncode == 0
    assert "no substantial trade relations" in result.stdout
    for heavy in ("torch", "sentence_transformers", "llama_index", "faiss", "sqlalchemy"):
        assert f"| {heavy}\n" not in result.stderr
        assert f" {heavy}\n" not in result.stderr


def test_exit_codes_and_error_codes_are_those_of_the_local_command(data: Path) -> None:
    assert run(data, "ask", "What is the capital of Australia?").returncode == 3
    refused = run(data, "ask", "?!")
    assert refused.returncode == 1
    assert "[question_invalid]" in refused.stderr
    late = run(data, "search", "call", "--after", "soon")
    assert "[filter_invalid]" in late.stderr
    assert run(data, "search", "Anchorage formula").returncode == 0


def test_what_the_command_line_stores_the_server_answers_with(data: Path, tmp_path: Path) -> None:
    story = tmp_path / "harbour.txt"
    story.write_text("The harbour minister of Ruritania resigned over the dredging contract.")
    assert run(data, "ingest", str(story)).returncode == 0
    answer = run(data, "ask", "Why did the harbour minister of Ruritania resign?")
    assert "dredging contract" in answer.stdout


def test_doctor_names_the_server(data: Path) -> None:
    found = json.loads(run(data, "doctor", "--json").stdout)["findings"]
    server = next(item for item in found if item["name"] == "server")
    assert server["detail"].startswith("http://127.0.0.1:")
