"""Who is let in: every operation against every scope, rates, quotas, hosts, origins."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from api.app import build_app
from api.scopes import need_of
from rag.config import Settings
from rag.dateline import Dateline
from rag.key_types import Scope
from tests.api.conftest import Check

# What each operation needs. A new route is added here after somebody thought about it.
NEEDS = {
    "GET /": "nothing",
    "GET /healthz": "nothing",
    "GET /readyz": "nothing",
    "GET /openapi.json": "nothing",
    "GET /web/app.js": "nothing",
    "GET /v1/answers/{answer_id}": "read",
    "GET /v1/answers": "admin",
    "GET /v1/answers/{answer_id}/references": "read",
    "GET /v1/articles": "read",
    "GET /v1/articles/{article_id}": "read",
    "POST /v1/articles": "write",
    "POST /v1/articles/batch": "write",
    "POST /v1/articles/files": "write",
    "POST /v1/articles/urls": "write",
    "PATCH /v1/articles/{article_id}": "write",
    "DELETE /v1/articles/{article_id}": "write",
    "POST /v1/ask": "read",
    "GET /v1/audit": "admin",
    "GET /v1/collections": "admin",
    "POST /v1/collections": "admin",
    "GET /v1/collections/{name}": "admin",
    "PATCH /v1/collections/{name}": "admin",
    "DELETE /v1/collections/{name}": "admin",
    "POST /v1/chat": "read",
    "POST /v1/chat/completions": "read",
    "POST /v1/responses": "read",
    "POST /v1/embeddings": "read",
    "GET /v1/models": "read",
    "GET /v1/models/{model}": "read",
    "GET /v1/chat/{turn_id}/events": "read",
    "GET /v1/chats": "admin",
    "GET /v1/chats/{chat_id}": "read",
    "DELETE /v1/chats/{chat_id}": "read",
    "POST /v1/feedback": "read",
    "GET /v1/feedback": "admin",
    "GET /v1/outlets": "read",
    "GET /v1/speakers": "read",
    "GET /v1/stats": "read",
    "GET /v1/evaluation": "read",
    "GET /metrics": "read",
    "GET /v1/jobs": "read",
    "GET /v1/jobs/{job_id}": "read",
    "GET /v1/jobs/{job_id}/events": "read",
    "GET /v1/jobs/{job_id}/items": "read",
    "POST /v1/jobs/{job_id}/cancel": "write",
    "POST /v1/quotes/lookup": "read",
    "POST /v1/search": "read",
    "POST /mcp": "read",
    "GET /v1/statements": "read",
    "GET /v1/timeline": "read",
    "POST /v1/verify": "read",
}
SCOPES: dict[str, tuple[Scope, ...]] = {
    "read": ("read",),
    "write": ("write",),
    "both": ("read", "write"),
    "admin": ("admin",),
}
IDS = ("answer_id", "article_id", "job_id", "chat_id", "turn_id", "model", "name")


class Guarded(NamedTuple):
    """A service with keys."""

    client: TestClient
    app: FastAPI
    tokens: dict[str, str]
    dateline: Dateline


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    settings = Settings(data=tmp_path_factory.mktemp("guarded"), reader="overlap")
    opened = Dateline(settings)
    tokens = {name: opened.keys.create(name, scopes)[1] for name, scopes in SCOPES.items()}
    tokens["expired"] = opened.keys.create("old", ("admin",), lasts=timedelta(0))[1]
    key, tokens["revoked"] = opened.keys.create("gone", ("admin",))
    opened.keys.revoke(key.id)
    app = build_app(settings, opened, local_key="on-this-machine")
    with TestClient(app) as client:
        app.state.service.wait()
        yield Guarded(client, app, tokens, opened)
    opened.close()


def operations(app: FastAPI) -> set[str]:
    return {
        f"{method.upper()} {path}"
        for path, methods in app.openapi()["paths"].items()
        for method in methods
    }


def send(guarded: Guarded, operation: str, token: str | None) -> Any:
    method, path = operation.split()
    for name in IDS:
        path = path.replace(f"{{{name}}}", "none")
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    return guarded.client.request(method, path, headers=headers)


def test_the_table_has_every_operation(guarded: Guarded) -> None:
    assert operations(guarded.app) - set(NEEDS) == set()


def test_the_description_says_what_needs_a_key(guarded: Guarded) -> None:
    document = guarded.app.openapi()
    assert document["components"]["securitySchemes"]["key"]["scheme"] == "bearer"
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            need = NEEDS[f"{method.upper()} {path}"]
            assert operation["security"] == ([] if need == "nothing" else [{"key": []}])
            assert ("401" in operation["responses"]) == (need != "nothing")
            assert operation.get("x-scope", "nothing") == need


@pytest.mark.parametrize("operation", NEEDS)
@pytest.mark.parametrize(
    "who", [None, "wrong", "expired", "revoked", "read", "write", "both", "admin", "local"]
)
def test_every_operation_asks_for_its_scope(
    guarded: Guarded, operation: str, who: str | None
) -> None:
    need = NEEDS[operation]
    token = {
        None: None,
        "wrong": guarded.tokens["admin"][:-1] + "?",
        "local": "on-this-machine",
        **guarded.tokens,
    }[who]
    response = send(guarded, operation, token)
    may = {None: (), "wrong": (), "expired": (), "revoked": (), "local": ("admin",), **SCOPES}[who]
    if need == "nothing" or need in may or "admin" in may:
        assert response.status_code in (200, 202, 400, 404, 406, 415, 422), response.text
    else:
        code = "api_key_missing" if who is None else "scope_missing" if may else "api_key_invalid"
        assert response.json()["code"] == code
        assert response.status_code == (403 if may else 401)
        assert response.headers["www-authenticate"].startswith("Bearer")


def test_a_path_that_nobody_thought_of_needs_admin(guarded: Guarded, is_problem: Check) -> None:
    assert need_of("POST", "/v1/new") == "admin"
    assert need_of("GET", "/v1/articlesque") == "admin"
    is_problem(send(guarded, "GET /nowhere", guarded.tokens["read"]), 403, "scope_missing")
    is_problem(send(guarded, "GET /nowhere", guarded.tokens["admin"]), 404, "not_found")


def test_the_key_may_come_in_a_header_of_its_own(guarded: Guarded) -> None:
    given = {"X-API-Key": guarded.tokens["read"]}
    assert guarded.client.get("/v1/articles", headers=given).status_code == 200


@pytest.mark.parametrize("token", ["", "dl_", "dl_00000000_" + "x" * 43, "x" * 5_000, "é", "\x7f"])
def test_no_other_text_is_a_key(guarded: Guarded, is_problem: Check, token: str) -> None:
    headers = {b"authorization": b"Bearer " + token.encode()}
    response = guarded.client.get("/v1/articles", headers=headers)  # type: ignore[arg-type]
    is_problem(response, 401, "api_key_invalid" if token else "api_key_missing")


def test_a_revoked_key_works_at_most_a_second_longer(guarded: Guarded, is_problem: Check) -> None:
    key, token = guarded.dateline.keys.create("short", ("read",))
    assert send(guarded, "GET /v1/articles", token).status_code == 200
    guarded.dateline.keys.revoke(key.id)
    time.sleep(1.1)
    is_problem(send(guarded, "GET /v1/articles", token), 401, "api_key_invalid")


def test_a_rate_is_kept_and_told(guarded: Guarded, is_problem: Check) -> None:
    _, token = guarded.dateline.keys.create("slow", ("read",), per_minute=3)
    left = [
        send(guarded, "GET /v1/articles", token).headers["ratelimit-remaining"] for _ in range(3)
    ]
    assert left == ["2", "1", "0"]
    response = send(guarded, "GET /v1/articles", token)
    is_problem(response, 429, "rate_exceeded")
    assert 1 <= int(response.headers["retry-after"]) <= 60
    # Another key has its own.
    assert send(guarded, "GET /v1/articles", guarded.tokens["read"]).status_code == 200


def test_a_quota_is_kept_over_a_restart(tmp_path: Path, is_problem: Check) -> None:
    opened = Dateline(Settings(data=tmp_path, reader="overlap"))
    _, token = opened.keys.create("little", ("read",), per_day=2)
    headers = {"Authorization": f"Bearer {token}"}
    for expected in ((200, 200, 429), (429,)):
        with served(opened) as client:
            for status in expected:
                response = client.get("/v1/articles", headers=headers)
                assert response.status_code == status
    is_problem(response, 429, "quota_spent")
    assert 1 <= int(response.headers["retry-after"]) <= 86_400
    opened.close()


@contextmanager
def served(opened: Dateline, **more: Any) -> Iterator[TestClient]:
    app = build_app(opened.settings, opened, **more)
    with TestClient(app) as client:
        app.state.service.wait()
        # What was used before is known from the first time that the ledger writes.
        app.state.ledger.flush()
        yield client


def test_what_is_changed_is_written_down(guarded: Guarded) -> None:
    article = {"id": "audited", "text": "The ferry will run on Friday, the mayor said."}
    writer = {"Authorization": f"Bearer {guarded.tokens['write']}", "X-Request-ID": "mine-7"}
    assert guarded.client.post("/v1/articles", json=article, headers=writer).status_code == 201
    assert guarded.client.delete("/v1/articles/audited", headers=writer).status_code == 204
    reader = {"Authorization": f"Bearer {guarded.tokens['read']}", "X-Request-ID": "mine-8"}
    assert guarded.client.delete("/v1/articles/audited", headers=reader).status_code == 403
    guarded.app.state.ledger.flush()
    admin = {"Authorization": f"Bearer {guarded.tokens['admin']}"}
    page = guarded.client.get("/v1/audit?limit=3", headers=admin).json()
    rows = [
        (item["method"], item["path"], item["status"], item["request_id"]) for item in page["items"]
    ]
    assert rows == [
        ("DELETE", "/v1/articles/audited", 403, "mine-8"),
        ("DELETE", "/v1/articles/audited", 204, "mine-7"),
        ("POST", "/v1/articles", 201, "mine-7"),
    ]
    known = {key.name: key.id for key in guarded.dateline.keys.all()}
    assert page["items"][1]["key_id"] == known["write"]
    first = guarded.client.get("/v1/audit?limit=1", headers=admin).json()
    path = f"/v1/audit?limit=2&cursor={first['next_cursor']}"
    more = guarded.client.get(path, headers=admin).json()
    assert first["items"] + more["items"] == page["items"]
    wrong = guarded.client.get("/v1/audit?cursor=bm8=", headers=admin)
    assert wrong.json()["code"] == "cursor_invalid"


def test_without_keys_all_is_open_unless_it_is_closed(tmp_path: Path, is_problem: Check) -> None:
    opened = Dateline(Settings(data=tmp_path, reader="overlap"))
    with served(opened) as client:
        assert client.get("/v1/answers").status_code == 200
        # Clients of other services send keys of theirs.
        assert client.get("/v1/answers", headers={"Authorization": "Bearer sk-x"}).is_success
    with served(opened, closed=True) as client:
        is_problem(client.get("/v1/answers"), 401, "api_key_missing")
        assert client.get("/readyz").status_code == 200
    opened.close()


def test_only_known_hosts_are_answered(tmp_path: Path, is_problem: Check) -> None:
    opened = Dateline(Settings(data=tmp_path, reader="overlap"))
    with served(opened, hosts=("localhost", "[::1]")) as client:
        for host in ("localhost", "LOCALHOST:8000", "[::1]:80"):
            assert client.get("/v1/jobs", headers={"Host": host}).status_code == 200
        for host in ("evil.example", "localhost.evil.example", "", "[::2]"):
            is_problem(client.get("/v1/jobs", headers={"Host": host}), 400, "host_unknown")
    opened.close()


def test_pages_of_other_sites_change_nothing(tmp_path: Path, is_problem: Check) -> None:
    opened = Dateline(Settings(data=tmp_path, reader="overlap"))
    files = {"files": ("a.txt", b"The ferry will run on Friday, the mayor said.")}
    with served(opened) as client:
        for origin in ("https://evil.example", "null", "http://testserver.evil.example"):
            sent = client.post("/v1/articles/files", files=files, headers={"Origin": origin})
            is_problem(sent, 403, "origin_forbidden")
            assert "access-control-allow-origin" not in sent.headers
        own = client.post(
            "/v1/articles/files", files=files, headers={"Origin": "http://testserver"}
        )
        assert own.status_code == 202
    opened.close()


def test_cors_is_closed_until_a_site_is_named(tmp_path: Path) -> None:
    site = "https://desk.example"
    ask = {"Origin": site, "Access-Control-Request-Method": "POST"}
    settings = Settings(data=tmp_path, reader="overlap")
    opened = Dateline(settings)
    with served(opened) as client:
        assert "access-control-allow-origin" not in client.options("/v1/ask", headers=ask).headers
    opened.settings = settings.model_copy(update={"cors_origins": site})
    with served(opened) as client:
        allowed = client.options("/v1/ask", headers=ask)
        assert allowed.status_code == 200
        assert allowed.headers["access-control-allow-origin"] == site
        assert client.post("/v1/search", json={"query": "x"}, headers={"Origin": site}).is_success
        other = client.options("/v1/ask", headers={**ask, "Origin": "https://evil.example"})
        assert "access-control-allow-origin" not in other.headers
    opened.close()
