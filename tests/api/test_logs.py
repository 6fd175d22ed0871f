from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import Literal

import pytest
import structlog

from api.logs import configure, without_secrets

TOKEN = "dl_1f2e3d4c_" + "S" * 43


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    loggers = [logging.getLogger(name) for name in ("", "dateline", "uvicorn")]
    before = [(log, log.handlers[:], log.level, log.propagate) for log in loggers]
    yield
    for log, handlers, level, propagate in before:
        log.handlers[:], log.propagate = handlers, propagate
        log.setLevel(level)


@pytest.mark.parametrize("kind", ["json", "auto", "line"])
def test_a_secret_is_in_no_log(
    kind: Literal["auto", "line", "json"], capsys: pytest.CaptureFixture[str]
) -> None:
    configure(kind)
    log = logging.getLogger("dateline.api")
    log.warning("given %s", TOKEN)
    given = {"header": f"Bearer {TOKEN}"}
    logging.getLogger("dateline.access").info("request", extra=given)
    try:
        int(f"Authorization: Bearer abcdefgh-{'x' * 30}")
    except ValueError:
        log.exception("failed with api_key=0123456789 and sk-abcdefghijkl")
    written = capsys.readouterr().err
    for secret in ("SSSS", "xxxx", "0123456789", "abcdefgh"):
        assert secret not in written
    assert "dl_1f2e3d4c_[hidden]" in written
    assert "ValueError" in written


def test_a_line_of_json_has_the_request(capsys: pytest.CaptureFixture[str]) -> None:
    configure("json")
    with structlog.contextvars.bound_contextvars(request_id="req-1"):
        logging.getLogger("dateline.api").error("it broke: %s", "é\n")
    (line,) = capsys.readouterr().err.splitlines()
    found = json.loads(line)
    assert found["event"] == "it broke: é\n"
    assert (found["level"], found["logger"]) == ("error", "dateline.api")
    assert found["request_id"] == "req-1"
    assert found["timestamp"].endswith("Z")


def test_other_text_stays() -> None:
    text = "The bearer of bad news asked for the key; see dl_report and the task-force."
    assert without_secrets(text) == text
