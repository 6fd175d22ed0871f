"""Requests made up from the OpenAPI description: no failure of ours, no answer that breaks it.

Three cases for each operation; ten thousand in all with
``FUZZ_CASES=300 python -m pytest tests/api/test_schema.py -p no:randomly``.
"""

from __future__ import annotations

import os
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
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


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A server of its own: what is made up is stored and removed here."""
    running = Running(tmp_path_factory.mktemp("fuzzed"), reader="overlap")
    running.wait("/readyz")
    yield running
    running.stop()


DESCRIBED = schemathesis.openapi.from_dict(build_app(Settings()).openapi())
# To fetch made-up addresses would leave this machine.
OPERATIONS = {
    operation.label: operation
    for operation in (found.ok() for found in DESCRIBED.get_all_operations())
    if operation.path != "/v1/articles/urls"
}


@pytest.mark.parametrize("name", OPERATIONS)
def test_what_is_made_up_is_answered_as_described(alone: Running, name: str) -> None:
    @given(case=OPERATIONS[name].as_strategy())
    @settings(
        max_examples=CASES,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    def check(case: Any) -> None:
        response = case.call(base_url=alone.url, timeout=120)
        case.validate_response(response, checks=CHECKS)

    check()


def test_the_server_still_answers(alone: Running) -> None:
    assert httpx.get(f"{alone.url}/readyz", timeout=60).is_success
