from __future__ import annotations

import sys
from pathlib import Path

import pytest
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from starlette.testclient import TestClient

from api.app import build_app
from api.traces import open_traces
from rag.config import Settings
from rag.dateline import Dateline
from rag.errors import PackageMissing


def test_a_request_has_a_span_and_its_answer_has_the_stages(tmp_path: Path) -> None:
    opened = Dateline(Settings(data=tmp_path, reader="overlap", traces="console"))
    app = build_app(opened.settings, opened)
    kept = InMemorySpanExporter()
    # In the place of what writes to the terminal.
    app.state.traces.provider._active_span_processor._span_processors = (SimpleSpanProcessor(kept),)
    with TestClient(app) as client:
        app.state.service.wait()
        assert client.post("/v1/ask", json={"question": "When will the ferry run?"}).is_success
        assert client.get("/healthz").is_success
    opened.close()
    spans = {span.name: span for span in kept.get_finished_spans()}
    assert "GET /healthz" not in spans
    request, answer = spans["POST /v1/ask"], spans["answer"]
    assert answer.parent is not None
    assert answer.parent.span_id == request.context.span_id
    assert answer.attributes is not None
    assert answer.attributes["dateline.abstained"] is True
    stages = [span for span in spans.values() if span.parent
              and span.parent.span_id == answer.context.span_id]  # fmt: skip
    assert {"rewrite", "retrieve"} <= {span.name for span in stages}
    for span in stages:
        assert span.start_time is not None
        assert span.end_time is not None
        assert (answer.start_time or 0) <= span.start_time <= span.end_time
        assert span.end_time <= (answer.end_time or 0)


@pytest.mark.parametrize(
    "package",
    ["opentelemetry.exporter.otlp.proto.http.trace_exporter", "opentelemetry.instrumentation.asgi"],
)
def test_without_the_extra_it_is_said(package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert open_traces("none") is None
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(PackageMissing, match=r"dateline\[otel\]"):
        open_traces("otlp")


def test_spans_go_where_the_environment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")
    traces = open_traces("otlp")
    assert traces is not None
    traces.close()
