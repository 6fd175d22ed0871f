"""Requests made up from the OpenAPI description: no failure of ours, no answer that breaks it.

Each operation gets requests that fit its description, requests that do not, and, where its path
names something, requests for what is there. A few of each by default; more than ten thousand in all
with ``FUZZ_CASES=320 python -m pytest tests/api/test_schema.py -p no:randomly --no-cov``, in pieces
with ``-k articles``, ``-k 'not articles'`` and the like. The last line says how many were sent.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from api.app import build_app
from rag.config import Settings
from tests.api.conftest import Running

CASES = int(os.environ.get("FUZZ_CASES", "3"))
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
URLS = "/v1/articles/urls"
QUESTION = "Why was Russia not on the US tariff list?"

DESCRIBED = schemathesis.openapi.from_dict(build_app(Settings()).openapi())
OPERATIONS = {
    operation.label: operation
    for operation in (found.ok() for found in DESCRIBED.get_all_operations())
}
# What removes things comes last, so that the others find them.
LABELS = sorted(OPERATIONS, key=lambda label: label.startswith("DELETE"))
SENT: Counter[str] = Counter()


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory, seeds: Path) -> Iterator[Running]:
    """A server of its own: what is made up is stored and removed here."""
    running = Running(tmp_path_factory.mktemp("fuzzed"), seeds, reader="overlap")
    running.wait("/readyz")
    yield running
    running.stop()


@pytest.fixture(scope="module")
def offline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server that does no jobs: to fetch made-up addresses would leave this machine."""
    running = Running(tmp_path_factory.mktemp("offline"), reader="overlap", jobs_here="false")
    running.wait("/readyz")
    yield running
    running.stop()


@pytest.fixture(scope="module")
def there(alone: Running) -> dict[str, str]:
    """What is on the server, by the names that paths have for it."""
    with httpx.Client(base_url=alone.url, timeout=120) as client:
        answer = client.post("/v1/ask", json={"question": QUESTION}).json()
        told = client.post("/v1/chat", json={"question": QUESTION}).json()
        text = "The Wexmoor ferry will run again on 3 May, Lena Brandt said on Monday."
        job = client.post("/v1/articles/batch", json=[{"id": "ferry", "text": text}]).json()
        client.post("/v1/collections", json={"name": "press"}).raise_for_status()
        return {
            "answer_id": answer["id"],
            "article_id": answer["citations"][0]["article_id"],
            "chat_id": told["chat_id"],
            "turn_id": told["turn_id"],
            "job_id": job["id"],
            "name": "press",
            "model": "dateline",
        }


@pytest.mark.parametrize("name", LABELS)
def test_what_is_made_up_is_answered_as_described(
    request: pytest.FixtureRequest, name: str
) -> None:
    operation = OPERATIONS[name]
    server: Running = request.getfixturevalue("offline" if operation.path == URLS else "alone")
    there: dict[str, str] = request.getfixturevalue("there")
    named = {key: there[key] for key in there if f"{{{key}}}" in operation.path}
    ways: list[dict[str, Any]] = [
        {"generation_mode": GenerationMode.POSITIVE},
        {"generation_mode": GenerationMode.NEGATIVE},
        *([{"path_parameters": named}] if named else []),
    ]
    for way in ways:
        send(server.url, name, operation.as_strategy(**way), -(-CASES // len(ways)))
    assert SENT[name]


def send(url: str, name: str, cases: Any, most: int) -> None:
    """Send made-up requests and check what comes back; an operation may allow no wrong ones."""

    @given(case=cases)
    @settings(
        max_examples=most,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    def check(case: Any) -> None:
        SENT[name] += 1
        response = case.call(base_url=url, timeout=120)
        case.validate_response(response, checks=CHECKS)

    try:
        check()
    except Unsatisfiable:
        return


def test_the_server_still_answers(alone: Running, capsys: pytest.CaptureFixture[str]) -> None:
    assert httpx.get(f"{alone.url}/readyz", timeout=60).is_success
    with capsys.disabled():
        print(f"\n{SENT.total():,} made-up requests to {len(SENT)} operations")
