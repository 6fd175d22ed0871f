from __future__ import annotations

import base64
import json
import time
import uuid
import zipfile
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.api.conftest import MAX_BATCH, Check, Running, Start

Ended = Callable[[httpx.Response], dict[str, Any]]


@pytest.fixture
def name() -> str:
    return f"job-test-{uuid.uuid4().hex[:12]}"


@pytest.fixture
def ended(client: httpx.Client) -> Iterator[Ended]:
    """Wait for a job; what it stored is removed afterwards."""
    begun: list[str] = []

    def wait(response: httpx.Response) -> dict[str, Any]:
        assert response.status_code == 202, response.text
        where = response.headers["location"]
        assert where == f"/v1/jobs/{response.json()['id']}"
        begun.append(where)
        while not (job := client.get(where).json())["finished_at"]:
            time.sleep(0.05)
        return dict(job)

    yield wait
    for where in begun:
        for item in client.get(f"{where}/items").json()["items"]:
            if item["article_id"]:
                client.delete(f"/v1/articles/{item['article_id']}")


def text(name: str) -> str:
    return f"The harbour of {name} will close on Friday, Mayor Ana Ruiz said."


def test_a_batch_is_stored_in_the_background(client: httpx.Client, ended: Ended, name: str) -> None:
    records = [
        {"id": f"{name}-1", "text": text(name), "title": "Harbour to close"},
        {"id": f"{name}-2", "text": " "},
        {"id": f"{name}-3", "text": f"Nothing else happened in {name}.", "published_at": "soon"},
    ]
    job = ended(client.post("/v1/articles/batch", json=records))
    assert (job["state"], job["total"]) == ("done", 3)
    assert (job["added"], job["refused"]) == (1, 2)
    refused = client.get(f"/v1/jobs/{job['id']}/items", params={"outcome": "refused"}).json()
    assert [item["code"] for item in refused["items"]] == ["article_invalid", "source_empty"] or [
        item["code"] for item in refused["items"]
    ] == ["source_empty", "article_invalid"]
    assert client.get(f"/v1/articles/{name}-1").json()["title"] == "Harbour to close"
    assert job["id"] in {item["id"] for item in client.get("/v1/jobs").json()["items"]}


def test_the_same_batch_again_changes_nothing(
    client: httpx.Client, ended: Ended, name: str
) -> None:
    records = [{"id": name, "text": text(name)}]
    assert ended(client.post("/v1/articles/batch", json=records))["added"] == 1
    again = ended(client.post("/v1/articles/batch", json=records))
    assert (again["added"], again["unchanged"]) == (0, 1)


def test_files_are_uploaded_and_read_by_their_names(
    client: httpx.Client, server: Running, ended: Ended, name: str
) -> None:
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(f"{name}-zipped.txt", f"Zipped. {text(name)}")
    page = f"<html><head><title>Page</title></head><body><article><p>{text(name)} {text(name)}"
    files = [
        ("files", (f"{name}.txt", text(name).encode())),
        ("files", (f"../../{name}.html", f"{page}</p></article></body></html>".encode())),
        ("files", (f"{name}.zip", packed.getvalue())),
        ("files", (f"{name}.exe", b"MZ")),
    ]
    job = ended(client.post("/v1/articles/files", files=files))
    items = client.get(f"/v1/jobs/{job['id']}/items").json()["items"]
    pages, cursor = [], None
    while not pages or cursor:
        given = {"limit": 2, **({"cursor": cursor} if cursor else {})}
        page = client.get(f"/v1/jobs/{job['id']}/items", params=given).json()
        pages, cursor = [*pages, page["items"]], page["next_cursor"]
    assert [item for page in pages for item in page] == items
    assert {len(page) for page in pages[:-1]} == {2}
    for made_up in ("?", "MTI", "eA==", base64.b64encode(b"9" * 30).decode()):
        wrong = client.get(f"/v1/jobs/{job['id']}/items", params={"cursor": made_up})
        assert wrong.json()["code"] == "cursor_invalid", made_up
    assert job["added"] == 3, items
    assert [(i["outcome"], i["code"]) for i in items if i["code"]] == [
        ("refused", "source_unsupported")
    ]
    assert client.get(f"/v1/articles/{name}").json()["text"] == text(name)
    # What was uploaded is gone from the spool once it is stored.
    assert not any((server.data / "uploads").iterdir())


def test_addresses_of_this_machine_are_not_fetched(
    client: httpx.Client, ended: Ended, server: Running
) -> None:
    urls = [f"{server.url}/v1/articles", "http://169.254.169.254/latest"]
    job = ended(client.post("/v1/articles/urls", json={"urls": urls}))
    assert (job["state"], job["added"]) == ("done", 0)
    items = client.get(f"/v1/jobs/{job['id']}/items").json()["items"]
    assert [item["code"] for item in items] == ["url_forbidden"] * 2


@pytest.mark.parametrize("where", ["file://{}", "{}", "ftp://x.example/{}", "javascript:1", "//{}"])
def test_no_file_of_the_server_is_read_for_an_address(
    client: httpx.Client, is_problem: Check, tmp_path: Path, where: str
) -> None:
    (tmp_path / "secret.txt").write_text("The budget of the agency is 42 million.")
    for path in (tmp_path / "secret.txt", tmp_path):
        body = {"urls": ["https://x.example/", where.format(path)]}
        response = client.post("/v1/articles/urls", json=body)
        is_problem(response, 422, "request_invalid")
        assert "body.urls.1" in response.json()["detail"]
        assert "http://" in response.json()["detail"]
    assert client.get("/v1/articles/secret").status_code == 404


def test_a_job_can_be_followed(client: httpx.Client, ended: Ended, name: str) -> None:
    response = client.post("/v1/articles/batch", json=[{"id": name, "text": text(name)}])
    with client.stream("GET", f"{response.headers['location']}/events") as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        seen = [
            json.loads(line.removeprefix("data: "))
            for line in stream.iter_lines()
            if line.startswith("data: ")
        ]
    assert seen[-1]["state"] == "done"
    assert seen[-1]["added"] == 1
    assert seen == sorted(seen, key=lambda job: job["added"])
    ended(response)


def test_what_is_not_there_is_said(client: httpx.Client, is_problem: Check) -> None:
    for path in ("", "/items", "/events"):
        is_problem(client.get(f"/v1/jobs/none{path}"), 404, "job_not_found")
    is_problem(client.post("/v1/jobs/none/cancel"), 404, "job_not_found")


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("batch", [{"text": "x"}] * (MAX_BATCH + 1), 413, "batch_too_large"),
        ("batch", {"text": "x"}, 422, "request_invalid"),
        ("urls", {"urls": []}, 422, "request_invalid"),
        ("urls", {"urls": "http://x.example"}, 422, "request_invalid"),
    ],
)
def test_a_bad_request_makes_no_job(
    client: httpx.Client, is_problem: Check, path: str, body: Any, status: int, code: str
) -> None:
    before = client.get("/v1/jobs").json()
    is_problem(client.post(f"/v1/articles/{path}", json=body), status, code)
    assert client.get("/v1/jobs").json() == before


def test_files_must_be_there(client: httpx.Client, is_problem: Check) -> None:
    is_problem(client.post("/v1/articles/files"), 422, "request_invalid")


def test_a_killed_server_goes_on_with_its_job(start: Start) -> None:
    first = start(name="crash")
    first.wait("/readyz")
    records = [
        {"id": f"a-{n}", "text": f"Report {n}. " + " ".join(f"word{n}x{i}" for i in range(12))}
        for n in range(120)
    ]
    job = httpx.post(f"{first.url}/v1/articles/batch", json=records, timeout=60).json()
    while not httpx.get(f"{first.url}/v1/jobs/{job['id']}", timeout=60).json()["added"]:
        time.sleep(0.05)
    first.process.kill()
    first.process.wait()
    second = start(name="crash")
    second.wait("/readyz")
    where = f"{second.url}/v1/jobs/{job['id']}"
    while not (now := httpx.get(where, timeout=60).json())["finished_at"]:
        time.sleep(0.5)
    assert now["state"] == "done"
    assert now["refused"] == 0
    # Those stored in the moment of the kill are found unchanged, and not stored twice.
    assert now["added"] + now["unchanged"] == 120
    assert httpx.get(f"{second.url}/v1/articles", timeout=60).json()["total"] == 120
    assert httpx.get(f"{second.url}/v1/articles/a-7", timeout=60).json()["version"] == 1


def test_a_stopped_server_leaves_its_job_to_the_next(start: Start) -> None:
    first = start(name="stop")
    first.wait("/readyz")
    records = [
        {"id": f"a-{n}", "text": f"Report {n}. " + " ".join(f"word{n}x{i}" for i in range(12))}
        for n in range(120)
    ]
    job = httpx.post(f"{first.url}/v1/articles/batch", json=records, timeout=60).json()
    assert first.stop() == 0
    second = start(name="stop")
    second.wait("/readyz")
    where = f"{second.url}/v1/jobs/{job['id']}"
    cancelled = httpx.post(f"{where}/cancel", timeout=60).json()
    while not (cancelled := httpx.get(where, timeout=60).json())["finished_at"]:
        time.sleep(0.1)
    assert cancelled["state"] in ("cancelled", "done")
