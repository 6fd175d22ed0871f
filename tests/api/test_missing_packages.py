"""A setting that asks for an extra which nobody installed: every operation says which."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from api.app import build_app
from rag.config import Settings
from tests.api.conftest import Check

ASKED = (
    ("GET", "/readyz", None),
    ("GET", "/metrics", None),
    ("GET", "/v1/stats", None),
    ("GET", "/v1/models", None),
    ("POST", "/v1/ask", {"question": "Who is Kirill Dmitriev?"}),
    ("POST", "/v1/chat", {"question": "Who is Kirill Dmitriev?"}),
    ("POST", "/v1/articles", {"text": "The ferry leaves the harbour at noon."}),
    ("POST", "/v1/collections", {"name": "press"}),
)


def refused(settings: Settings, is_problem: Check, extra: str) -> None:
    app = build_app(settings)
    with TestClient(app) as client:
        app.state.service.wait()
        for method, path, body in ASKED:
            problem = is_problem(client.request(method, path, json=body), 503, "package_missing")
            assert f"dateline[{extra}]" in problem["remedy"]
            assert "is not installed" in problem["detail"]


def test_milvus_without_its_client(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, is_problem: Check
) -> None:
    monkeypatch.setitem(sys.modules, "pymilvus", None)
    refused(Settings(data=tmp_path, vectors="milvus://127.0.0.1:1"), is_problem, "milvus")


@pytest.mark.parametrize("package", ["psycopg", "procrastinate"])
def test_postgresql_without_its_driver_or_the_queue_of_its_jobs(
    package: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, is_problem: Check
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    database = "postgresql+psycopg://127.0.0.1:1/archive"
    refused(Settings(data=tmp_path, database=database), is_problem, "postgres")
