"""Collections: separate archives in one service, each with keys and settings of its own."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from api.app import build_app
from rag.collections import Collections
from rag.config import Settings
from rag.dateline import Dateline
from tests.api.conftest import Check
from tests.api.test_access import IDS, NEEDS, SCOPES

FERRY = "The ferry will run again on Friday, harbour master Lena Brandt said on Monday."
BRIDGE = "The bridge will be closed in May, mayor Otto Lind said on Tuesday."
IN = "/v1/collections/press"
# What a collection has: all below /v1 but collections, and some of what the service has beside it.
OPERATIONS = {
    operation: need
    for operation, need in NEEDS.items()
    if need != "nothing" and not operation.split()[1].startswith("/v1/collections")
}


class Service(NamedTuple):
    """A service with keys, and the collections `press` and `other` with theirs."""

    client: TestClient
    app: FastAPI
    tokens: dict[str, dict[str, str]]


def keys_of(opened: Dateline) -> dict[str, str]:
    return {name: opened.keys.create(name, scopes)[1] for name, scopes in SCOPES.items()}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    settings = Settings(data=tmp_path_factory.mktemp("service"), reader="overlap")
    opened = Dateline(settings)
    known = Collections(settings)
    tokens = {"service": keys_of(opened)}
    for name in ("press", "other"):
        known.create(name)
        own = Dateline(known.settings_of(name), like=opened)
        tokens[name] = keys_of(own)
        own.close()
    app = build_app(settings, opened, local_key="on-this-machine")
    with TestClient(app) as client:
        app.state.service.wait()
        yield Service(client, app, tokens)
    opened.close()


def send(service: Service, operation: str, token: str | None, **more: Any) -> Any:
    method, path = operation.split()
    for name in IDS:
        path = path.replace(f"{{{name}}}", "none")
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    return service.client.request(method, path, headers=headers, **more)


def within(operation: str, collection: str = "press") -> str:
    method, path = operation.split()
    return f"{method} /v1/collections/{collection}{path.removeprefix('/v1')}"


@pytest.mark.parametrize("operation", OPERATIONS)
def test_only_a_collections_own_keys_open_it(service: Service, operation: str) -> None:
    need, inside = OPERATIONS[operation], within(operation)
    for scope, may in SCOPES.items():
        response = send(service, inside, service.tokens["press"][scope])
        if need in may or "admin" in may:
            assert response.status_code in (200, 202, 400, 404, 406, 415, 422), response.text
        else:
            assert (response.status_code, response.json()["code"]) == (403, "scope_missing")
        # A key of the service, or of another collection, is unknown here; and this one there.
        for token, where in (
            (service.tokens["service"][scope], inside),
            (service.tokens["other"][scope], inside),
            (service.tokens["press"][scope], within(operation, "other")),
            (service.tokens["press"][scope], operation),
        ):
            response = send(service, where, token)
            assert (response.status_code, response.json()["code"]) == (401, "api_key_invalid")
    response = send(service, inside, None)
    assert (response.status_code, response.json()["code"]) == (401, "api_key_missing")
    assert send(service, inside, "on-this-machine").status_code not in (401, 403)


def test_names_are_told_to_nobody_without_a_key(service: Service) -> None:
    for name in ("press", "nowhere", "PRESS", "%2e%2e", "a" * 100):
        for rest in ("articles", "metrics", "nothing", "collections"):
            for token in ("dl_00000000_" + "x" * 43, service.tokens["other"]["admin"]):
                response = send(service, f"GET /v1/collections/{name}/{rest}", token)
                assert (response.status_code, response.json()["code"]) == (401, "api_key_invalid")


def test_a_name_that_is_unknown_is_told_to_the_service(service: Service, is_problem: Check) -> None:
    admin = service.tokens["service"]["admin"]
    is_problem(send(service, "GET /v1/collections/none", admin), 404, "collection_not_found")
    found = send(service, "GET /v1/collections/none/articles", admin)
    assert "none" in is_problem(found, 404, "collection_not_found")["detail"]
    # There are no collections in a collection.
    own = service.tokens["press"]["admin"]
    is_problem(send(service, f"GET {IN}/collections", own), 404, "not_found")
    is_problem(send(service, f"GET {IN}/collections/other/articles", own), 404, "not_found")


def test_nothing_of_one_is_found_in_another(service: Service, is_problem: Check) -> None:
    bearers = {
        name: {"Authorization": f"Bearer {tokens['admin']}"}
        for name, tokens in service.tokens.items()
    }
    places = {"service": "/v1", "press": IN, "other": "/v1/collections/other"}
    client, mine = service.client, bearers["press"]
    for name, text in (("press", FERRY), ("other", BRIDGE)):
        once = {**bearers[name], "Idempotency-Key": "the-same"}
        body = {"id": "a", "text": text}
        added = client.post(f"{places[name]}/articles", json=body, headers=once)
        # Another test may have stored it already, but not under this key.
        assert added.status_code in (200, 201)
        assert "idempotency-replayed" not in added.headers
    asked = client.post(f"{IN}/ask", json={"question": FERRY}, headers=mine).json()
    assert asked["citations"][0]["article_id"] == "a"
    chat = client.post(f"{IN}/chat", json={"question": FERRY}, headers=mine).json()
    batch = [{"id": "a", "text": FERRY}]
    job = client.post(f"{IN}/articles/batch", json=batch, headers=mine)
    assert job.headers["location"] == f"{IN}/jobs/{job.json()['id']}"
    assert client.get(job.headers["location"], headers=mine).status_code == 200
    for name in ("service", "other"):
        base, bearer = places[name], bearers[name]
        found = client.post(f"{base}/search", json={"query": FERRY}, headers=bearer).json()
        assert all(FERRY not in item["passage"]["text"] for item in found["results"])
        for path, code in (
            (f"/answers/{asked['id']}", "answer_not_found"),
            (f"/chats/{chat['chat_id']}", "chat_not_found"),
            (f"/chat/{chat['turn_id']}/events", "chat_not_found"),
            (f"/jobs/{job.json()['id']}", "job_not_found"),
        ):
            is_problem(client.get(base + path, headers=bearer), 404, code)
        assert client.get(f"{base}/jobs", headers=bearer).json()["items"] == []
        assert client.get(f"{base}/chats", headers=bearer).json()["items"] == []
    assert client.get(f"{IN}/stats", headers=mine).json()["articles"] == 1
    assert "dateline_articles 1.0" in client.get(f"{IN}/metrics", headers=mine).text
    assert "dateline_articles 0.0" in client.get("/metrics", headers=bearers["service"]).text


def test_a_citation_leads_back_into_the_collection(service: Service) -> None:
    headers = {"Authorization": f"Bearer {service.tokens['press']['admin']}"}
    service.client.post(f"{IN}/articles", json={"id": "a", "text": FERRY}, headers=headers)
    body = {"model": "dateline", "messages": [{"role": "user", "content": FERRY}]}
    found = service.client.post(f"{IN}/chat/completions", json=body, headers=headers).json()
    (note, *_) = found["choices"][0]["message"]["annotations"]
    url = note["url_citation"]["url"]
    assert url == f"http://testserver{IN}/articles/a?version=1"
    assert service.client.get(url, headers=headers).json()["text"] == FERRY


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[tuple[TestClient, Dateline]]:
    """A service without keys."""
    opened = Dateline(Settings(data=tmp_path / "data", reader="overlap"))
    app = build_app(opened.settings, opened)
    with TestClient(app) as client:
        app.state.service.wait()
        yield client, opened
    opened.close()


def test_one_is_made_changed_and_removed(
    alone: tuple[TestClient, Dateline], is_problem: Check
) -> None:
    client, opened = alone
    body = {"name": "desk", "title": "The desk", "settings": {"max_batch": 2}}
    made = client.post("/v1/collections", json=body)
    assert made.status_code == 201, made.text
    assert made.headers["location"] == made.json()["url"] == "/v1/collections/desk"
    assert made.headers["cache-control"] == "no-store"
    is_problem(client.post("/v1/collections", json=body), 409, "collection_exists")
    assert [item["name"] for item in client.get("/v1/collections").json()["items"]] == ["desk"]
    # The service is open, and the collection is not: it has a key.
    is_problem(client.get("/v1/collections/desk/articles"), 401, "api_key_missing")
    client.headers["Authorization"] = f"Bearer {made.json()['key']}"
    articles = [{"id": f"a{number}", "text": FERRY} for number in range(3)]
    response = client.post("/v1/collections/desk/articles", json=articles)
    is_problem(response, 413, "batch_too_large")
    changed = client.patch("/v1/collections/desk", json={"settings": {"max_batch": None}})
    assert changed.json()["settings"] == {}
    assert changed.json()["title"] == "The desk"
    assert client.post("/v1/collections/desk/articles", json=articles).status_code == 201
    assert client.get("/v1/articles").json()["items"] == []

    folder = opened.settings.data / "collections" / "desk"
    assert (folder / "catalogue.db").exists()
    assert client.delete("/v1/collections/desk").status_code == 204
    assert not folder.exists()
    is_problem(client.get("/v1/collections/desk"), 404, "collection_not_found")
    # Another one of the same name has nothing of it, and its key is no key there.
    again = client.post("/v1/collections", json={"name": "desk"}).json()
    assert client.get("/v1/collections/desk/articles").status_code == 401
    client.headers["Authorization"] = f"Bearer {again['key']}"
    assert client.get("/v1/collections/desk/articles").json()["items"] == []


@pytest.mark.parametrize(
    ("body", "place", "code"),
    [
        ({}, "body.name", "request_invalid"),
        ({"name": "Press"}, "body.name", "request_invalid"),
        ({"name": "../press"}, "body.name", "request_invalid"),
        ({"name": "a" * 41}, "body.name", "request_invalid"),
        ({"name": "new", "title": "x" * 201}, "body.title", "request_invalid"),
        ({"name": "new", "settings": {"data": 1}}, "'data'", "collection_impossible"),
        ({"name": "new", "settings": {"fetch_private": 1}}, "'fetch_p", "collection_impossible"),
        ({"name": "new", "settings": {"min_confidence": 2}}, "min_conf", "collection_impossible"),
        ({"name": "new", "settings": {"max_batch": 1.5}}, "max_batch", "collection_impossible"),
        ({"name": "new", "settings": {"max_batch": "x"}}, "max_batch", "request_invalid"),
        ({"name": "new", "title": "a\nb"}, "title", "collection_impossible"),
    ],
)
def test_what_cannot_be_made_is_refused_by_place(
    service: Service, is_problem: Check, body: dict[str, Any], place: str, code: str
) -> None:
    admin = service.tokens["service"]["admin"]
    found = is_problem(send(service, "POST /v1/collections", admin, json=body), 422, code)
    assert place in found["detail"]
    assert found["remedy"]


def test_without_own_keys_it_is_as_open_as_the_service(
    alone: tuple[TestClient, Dateline], is_problem: Check
) -> None:
    client, opened = alone
    Collections(opened.settings).create("free")
    assert client.get("/v1/collections/free/articles").json()["items"] == []
    opened.keys.create("desk")
    time.sleep(1.1)
    is_problem(client.get("/v1/collections/free/articles"), 401, "api_key_missing")


def test_one_that_another_process_made_or_removed_is_noticed(
    alone: tuple[TestClient, Dateline], is_problem: Check
) -> None:
    client, opened = alone
    known = Collections(opened.settings)
    known.create("far")
    client.post("/v1/collections/far/articles", json={"id": "a", "text": FERRY})
    known.delete("far")
    is_problem(client.get("/v1/collections/far/articles"), 404, "collection_not_found")
    known.create("far")
    assert client.get("/v1/collections/far/articles").json()["items"] == []
    # What a removal that was interrupted has left is in nobody's way.
    (opened.settings.data / "collections" / "half" / "index").mkdir(parents=True)
    known.create("half")
    assert known.names() == ["far", "half"]
    (opened.settings.data / "collections" / "half" / "settings.json").write_text("{")
    is_problem(client.get("/v1/collections/half/articles"), 503, "data_folder_unusable")
    shutil.rmtree(opened.settings.data / "collections" / "half")


def test_there_are_no_more_than_the_setting_says(tmp_path: Path, is_problem: Check) -> None:
    opened = Dateline(Settings(data=tmp_path, reader="overlap", max_collections=1))
    with TestClient(app := build_app(opened.settings, opened)) as client:
        app.state.service.wait()
        assert client.post("/v1/collections", json={"name": "one"}).status_code == 201
        refused = client.post("/v1/collections", json={"name": "two"})
        is_problem(refused, 422, "collection_impossible")
    opened.close()
