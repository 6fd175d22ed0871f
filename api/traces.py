"""Traces for OpenTelemetry: a span for each request, and below it one for each stage of its answer.

Needs the extra ``otel``. Where the spans go is set by OpenTelemetry's own variables, such as
``OTEL_EXPORTER_OTLP_ENDPOINT``.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Literal

from starlette.types import ASGIApp, Receive, Scope, Send

from rag import __version__
from rag.errors import PackageMissing

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

    from rag.types import Answer

QUIET = "healthz,readyz,metrics"


class Traces:
    """Makes spans with a provider, which is flushed by ``close``."""

    def __init__(self, provider: TracerProvider) -> None:
        self.provider = provider
        self._tracer = provider.get_tracer("dateline", __version__)

    def wrap(self, app: ASGIApp) -> ASGIApp:
        """Return the app with a span around each request but those that only look."""
        from opentelemetry.instrumentation.asgi import OpenTelemetryMiddleware
        from opentelemetry.util.http import parse_excluded_urls

        made: ASGIApp = OpenTelemetryMiddleware(
            app,
            tracer_provider=self.provider,
            excluded_urls=parse_excluded_urls(QUIET),
            default_span_details=_named,
            exclude_spans=["receive", "send"],
        )
        return made

    def answer(self, answer: Answer) -> None:
        """Add the stages of an answer below the span of the request that asked.

        The stages are laid one behind the other up to now: a stage that was entered several times
        is one span with the sum.
        """
        from opentelemetry import trace

        stages = [(name, ms) for name, ms in answer.timings.items() if name != "total"]
        at = time.time_ns() - int(sum(ms for _, ms in stages) * 1e6)
        span = self._tracer.start_span("answer", start_time=at, attributes=_attributes(answer))
        inside = trace.set_span_in_context(span)
        for name, ms in stages:
            stage = self._tracer.start_span(name, context=inside, start_time=at)
            at += int(ms * 1e6)
            stage.end(at)
        span.end(at)

    def close(self) -> None:
        """Send what is left."""
        self.provider.shutdown()


class Traced:
    """ASGI middleware that asks for a span around each request, or for none."""

    def __init__(self, app: ASGIApp, traces: Traces | None) -> None:
        self.app = app if traces is None else traces.wrap(app)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        await self.app(scope, receive, send)


def open_traces(kind: Literal["none", "console", "otlp"]) -> Traces | None:
    """Return what makes traces, None for `none`; raises PackageMissing."""
    if kind == "none":
        return None
    try:
        import opentelemetry.instrumentation.asgi  # noqa: F401  # for ``Traces.wrap``
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter
    except ModuleNotFoundError as error:
        raise PackageMissing(
            f"Traces need a package that is not installed: {error.name}.",
            remedy="Run `pip install 'dateline[otel]'`, or unset DATELINE_TRACES.",
        ) from error
    provider = TracerProvider(
        resource=Resource.create({"service.name": "dateline", "service.version": __version__})
    )
    exporter: Any = ConsoleSpanExporter() if kind == "console" else OTLPSpanExporter()
    provider.add_span_processor(BatchSpanProcessor(exporter))
    return Traces(provider)


def _named(scope: Scope) -> tuple[str, dict[str, Any]]:
    """Name a span by method and path without ids, as the routes have it once it is known."""
    method, path = scope.get("method", ""), scope.get("path", "")
    return f"{method} {'/'.join(path.split('/')[:3])}".strip(), {"url.path": path}


def _attributes(answer: Answer) -> dict[str, Any]:
    return {
        "dateline.answer.id": answer.id,
        "dateline.abstained": answer.abstained,
        "dateline.reason": answer.reason or "",
        "dateline.confidence": answer.confidence,
        "dateline.citations": len(answer.citations),
        "dateline.dropped": len(answer.dropped),
        "dateline.degraded": answer.degraded,
        "dateline.cached": "cached" in answer.timings,
    }
