"""What the app says and does as a whole: health, headers, unknown paths, failures."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from api.app import build_app
from rag.config import Settings
from rag.dateline import Dateline
from rag.errors import CatalogueError, EmbedderMismatch, ModelMissing
from tests.api.conftest import Check

QUESTION = {"question": "Who?"}


class Embedder:
    fingerprint = "fake@0"


class Catalogue:
    def __init__(self) -> None:
        self.error: Exception | None = None

    def counts(self) -> dict[str, int]:
        if self.error is not None:
            raise self.error
        return {"articles": 1, "versions": 1, "passages": 2}

    def generation(self) -> int:
        return 1


class NoJobs:
    """Nothing waits to be done."""

    queue = None

    def claim(self, _owner: str) -> None:
        return None


class NoAnswers:
    """Keeps no answer."""

    def watch(self, _watcher: object) -> None:
        return None


class NoKeys:
    """Nobody needs a key."""

    def any(self) -> bool:
        return False

    def used(self, _day: str) -> dict[str, int]:
        return {}


class NoAudit:
    """Takes what is written down."""

    def add(self, _changes: object) -> None:
        return None


class FakeDateline:
    """Only as much of a Dateline as the routes under test touch."""

    def __init__(self, ask: Callable[[], Any] = lambda: None) -> None:
        self.catalogue = Catalogue()
        self.embedder = self.reader = Embedder()
        self.jobs, self.ingesting, self.uploads = NoJobs(), None, None
        self.keys, self.audit, self.answers = NoKeys(), NoAudit(), NoAnswers()
        self.answer = ask
        self.may_warm = threading.Event()
        self.may_warm.set()
        self.warming: Exception | None = None
        self.closed = False

    def warm(self) -> None:
        self.may_warm.wait()
        if self.warming is not None:
            raise self.warming

    def ask(self, *_: object) -> Any:
        return self.answer()

    def language_model(self) -> None:
        return None

    def close(self) -> None:
        self.closed = True


def app_of(fake: FakeDateline, **more: Any) -> FastAPI:
    return build_app(Settings(), cast(Dateline, fake), **more)


@pytest.fixture
def fake() -> FakeDateline:
    return FakeDateline()


@pytest.fixture
def local(fake: FakeDateline) -> Iterator[TestClient]:
    """The app in this process on a fake Dateline, once it is open."""
    app = app_of(fake)
    with TestClient(app) as opened:
        app.state.service.wait()
        yield opened


# ---- health -------------------------------------------------------------------------------------


def test_a_ready_server_says_what_it_holds(client: httpx.Client, dateline: Dateline) -> None:
    assert client.get("/healthz").json() == {"status": "alive"}
    ready = client.get("/readyz").json()
    assert ready["status"] == "ready"
    assert ready["articles"] >= 5
    assert ready["generation"] >= 5
    assert ready["models"]["embedder"] == dateline.embedder.fingerprint
    assert ready["models"]["reader"] == dateline.reader.fingerprint


def test_until_the_models_are_loaded_only_health_is_answered(is_problem: Check) -> None:
    fake = FakeDateline()
    fake.may_warm.clear()
    told: list[object] = []
    app = app_of(fake, on_ready=told.append)
    with TestClient(app) as local:
        assert local.get("/healthz").status_code == 200
        for response in (
            local.get("/readyz"),
            local.post("/v1/ask", json=QUESTION),
            local.post("/v1/search", json={"query": "x"}),
            local.post("/v1/articles", json={"text": "x"}),
            local.get("/v1/articles"),
            local.get("/v1/articles/x"),
            local.delete("/v1/articles/x"),
        ):
            is_problem(response, 503, "not_ready")
            assert response.headers["retry-after"] == "1"
        assert told == []
        fake.may_warm.set()
        app.state.service.wait()
        assert local.get("/readyz").json()["passages"] == 2
        assert told == [fake]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ModelMissing("There are no weights.", remedy="Install them."), "model_missing"),
        (EmbedderMismatch("Other vectors."), "embedder_mismatch"),
    ],
)
def test_what_kept_it_from_opening_is_shown(is_problem: Check, error: Exception, code: str) -> None:
    fake = FakeDateline()
    fake.warming = error
    app = app_of(fake)
    with TestClient(app) as local:
        app.state.service.wait()
        for _ in range(2):
            assert is_problem(local.get("/readyz"), 503, code)["detail"] in str(error)
            is_problem(local.post("/v1/ask", json=QUESTION), 503, code)
        assert local.get("/healthz").status_code == 200


def test_a_failure_nobody_foresaw_at_start_is_logged_and_not_told(
    is_problem: Check, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(logging.getLogger("dateline"), "propagate", True)
    fake = FakeDateline()
    fake.warming = RuntimeError("secret")
    app = app_of(fake)
    with TestClient(app) as local:
        app.state.service.wait()
        assert "secret" not in str(is_problem(local.get("/readyz"), 503, "internal"))
        is_problem(local.get("/v1/articles"), 500, "internal")
    assert "secret" in caplog.text


def test_a_folder_that_cannot_be_used_is_told(tmp_path: Path, is_problem: Check) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    app = build_app(Settings(data=blocked / "data"))
    with TestClient(app) as local:
        app.state.service.wait()
        is_problem(local.get("/readyz"), 503, "data_folder_unusable")


def test_it_is_not_ready_while_the_catalogue_cannot_be_read(
    local: TestClient, fake: FakeDateline, is_problem: Check
) -> None:
    assert local.get("/readyz").status_code == 200
    fake.catalogue.error = CatalogueError("The disk is gone.")
    is_problem(local.get("/readyz"), 503, "catalogue_unusable")
    fake.catalogue.error = None
    assert local.get("/readyz").status_code == 200


def test_a_dateline_that_was_handed_in_stays_open(fake: FakeDateline) -> None:
    with TestClient(app_of(fake)):
        pass
    assert not fake.closed


# ---- failures -----------------------------------------------------------------------------------


def test_a_failure_nobody_foresaw_is_logged_and_not_told(
    local: TestClient,
    fake: FakeDateline,
    is_problem: Check,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail() -> None:
        raise ZeroDivisionError("secret")

    monkeypatch.setattr(logging.getLogger("dateline"), "propagate", True)
    fake.answer = fail
    response = local.post("/v1/ask", json=QUESTION, headers={"X-Request-ID": "mine-1"})
    assert "secret" not in str(is_problem(response, 500, "internal"))
    assert response.headers["x-content-type-options"] == "nosniff"
    assert "secret" in caplog.text
    assert "mine-1" in caplog.text


def test_an_answer_that_breaks_its_schema_is_an_internal_failure(
    local: TestClient, is_problem: Check
) -> None:
    is_problem(local.post("/v1/ask", json=QUESTION), 500, "internal")


# ---- paths, methods, headers --------------------------------------------------------------------


@pytest.mark.parametrize(
    "path", ["/nowhere", "/v1", "/v1/ask/", "/docs", "/redoc", "/v2/ask", "/%ff", "/..%2f"]
)
def test_an_unknown_path_is_not_found(client: httpx.Client, is_problem: Check, path: str) -> None:
    is_problem(client.get(path), 404, "not_found")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/v1/ask", {"POST"}),
        ("DELETE", "/v1/search", {"POST"}),
        ("PUT", "/v1/articles/x", {"GET", "DELETE"}),
        ("POST", "/healthz", {"GET"}),
        ("TRACE", "/readyz", {"GET"}),
    ],
)
def test_a_method_the_path_does_not_have_is_refused(
    client: httpx.Client, is_problem: Check, method: str, path: str, allowed: set[str]
) -> None:
    response = client.request(method, path)
    is_problem(response, 405, "method_not_allowed")
    assert set(response.headers["allow"].split(", ")) <= allowed


def test_a_request_id_is_kept_when_it_is_sane(client: httpx.Client) -> None:
    for path in ("/healthz", "/nowhere"):
        response = client.get(path, headers={"X-Request-ID": "trace_1.2-A"})
        assert response.headers["x-request-id"] == "trace_1.2-A"


@pytest.mark.parametrize("given", [None, "", "x" * 65, "a b", "a\tb", "<script>", "a,b"])
def test_a_request_id_is_made_otherwise(client: httpx.Client, given: str | None) -> None:
    headers = {} if given is None else {"X-Request-ID": given}
    made = [client.get("/healthz", headers=headers).headers["x-request-id"] for _ in range(2)]
    assert all(request_id.startswith("req-") for request_id in made)
    assert made[0] != made[1]


@pytest.mark.parametrize("path", ["/healthz", "/openapi.json", "/nowhere", "/v1/ask", "/"])
def test_every_response_carries_the_security_headers(client: httpx.Client, path: str) -> None:
    headers = client.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-cache"
    assert headers["referrer-policy"] == "no-referrer"
    policy = headers["content-security-policy"].split("; ")
    assert {"default-src 'none'", "script-src 'self'", "frame-ancestors 'none'"} <= set(policy)
    assert "server" not in headers


# ---- the page -----------------------------------------------------------------------------------


@pytest.fixture
def page(tmp_path: Path) -> Iterator[TestClient]:
    folder = tmp_path / "web"
    folder.mkdir()
    (tmp_path / "secret.txt").write_text("secret")
    (folder / "index.html").write_text("<title>Dateline</title>")
    (folder / "app.js").write_text("start()")
    with TestClient(app_of(FakeDateline(), page=folder)) as opened:
        yield opened


def test_the_page_and_its_files_are_served(page: TestClient) -> None:
    assert page.get("/").text == "<title>Dateline</title>"
    assert page.get("/").headers["content-type"].startswith("text/html")
    assert page.get("/web/app.js").headers["content-type"].startswith("text/javascript")


@pytest.mark.parametrize("path", ["/web/none.js", "/web/../secret.txt", "/web/%2e%2e/secret.txt"])
def test_nothing_else_is_served(page: TestClient, is_problem: Check, path: str) -> None:
    is_problem(page.get(path), 404, "not_found")


def test_a_file_of_the_page_is_only_read(page: TestClient, is_problem: Check) -> None:
    is_problem(page.post("/web/app.js"), 405, "method_not_allowed")


def test_the_page_answers_those_who_only_ask_whether_it_is_there(page: TestClient) -> None:
    assert page.head("/").status_code == 200


def test_without_a_page_there_is_none(tmp_path: Path, is_problem: Check) -> None:
    with TestClient(app_of(FakeDateline(), page=tmp_path)) as local:
        is_problem(local.get("/"), 404, "not_found")
        is_problem(local.get("/web/app.js"), 404, "not_found")
