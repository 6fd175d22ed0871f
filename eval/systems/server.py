"""A running Dateline, asked over HTTP."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import httpx

from eval.cases import Case
from eval.record import Ranked, Reply, ranked_from_results, reply_from_answer
from eval.suite import Suite
from eval.systems.system import DEPTH
from rag.errors import ArticleNotFound, ServerRefused, ServerUnreachable

TIMEOUT_SECONDS = 120.0
UPLOAD = 50
"""Articles that are sent in one request."""


class Server:
    """Asks ``/v1/ask`` and ``/v1/search`` of a server that holds the suite's articles."""

    name = "server"

    def __init__(self, url: str, transport: httpx.BaseTransport | None = None) -> None:
        self._client = httpx.Client(
            base_url=url.rstrip("/"), timeout=TIMEOUT_SECONDS, transport=transport
        )

    def settings(self) -> Mapping[str, object]:
        """Return the address and the fingerprints of the models that are there."""
        models = self._call("GET", "/readyz")["models"]
        return {"url": str(self._client.base_url), "models": models}

    def warm(self) -> None:
        """See whether it is there; raises ServerUnreachable."""
        self._call("GET", "/readyz")

    def upload(self, suite: Suite) -> dict[str, Any]:
        """Send the suite's articles, with their ids, and report what became of them.

        Raises ServerRefused when not one of a request's articles can be stored.
        """
        rows = [
            {
                "id": item.id or item.name,
                "title": item.title,
                "outlet": item.outlet,
                "author": item.author,
                "published_at": item.published_at.isoformat() if item.published_at else None,
                "text": item.text,
            }
            for item in suite.articles
        ]
        begun = time.perf_counter()
        reports = [
            self._call("POST", "/v1/articles", rows[start : start + UPLOAD])
            for start in range(0, len(rows), UPLOAD)
        ]
        return {
            "articles": len(rows),
            "passages": sum(item["passages"] for report in reports for item in report["stored"]),
            "seconds": round(time.perf_counter() - begun, 2),
            "refused": [
                [item["origin"], item["code"]] for report in reports for item in report["refused"]
            ],
        }

    def ask(self, case: Case) -> Reply:
        """Ask with the case's history and filters."""
        history = [{"role": turn.role, "content": turn.content} for turn in case.history]
        body = {"question": case.question, **_filters(case)}
        if history:
            body["history"] = history
        return reply_from_answer(self._call("POST", "/v1/ask", body))

    def rank(self, case: Case, reply: Reply) -> Reply:
        """Search for what was asked, deeper."""
        standalone = None
        if case.history and case.standalone:
            standalone = self._search(case, case.standalone)
        return replace(reply, ranked=self._search(case, reply.query), ranked_standalone=standalone)

    def text(self, article: str, version: int | None = None) -> str:
        """Return an article's text; raises ArticleNotFound."""
        query = "" if version is None else f"?version={version}"
        answer = self._call("GET", f"/v1/articles/{quote(article, safe='')}{query}")
        return str(answer["text"])

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _search(self, case: Case, query: str) -> tuple[Ranked, ...]:
        body = {"query": query, "limit": DEPTH, **_filters(case)}
        return ranked_from_results(self._call("POST", "/v1/search", body)["results"])

    def _call(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        try:
            response = self._client.request(method, path, json=body)
            answer: Any = response.json()
        except (httpx.HTTPError, ValueError) as error:
            raise ServerUnreachable(
                f"No Dateline server answers at {self._client.base_url}: {error}.",
                remedy="Start one with `dateline serve`.",
            ) from error
        if response.status_code == httpx.codes.NOT_FOUND:
            raise ArticleNotFound(f"The server has no {path}.")
        if response.is_error:
            raise ServerRefused(
                str(answer.get("code", response.status_code)), str(answer.get("detail", answer))
            )
        return answer if isinstance(answer, dict) else {"results": answer}


def _filters(case: Case) -> dict[str, Any]:
    given: dict[str, Any] = {}
    if case.as_of is not None:
        given["as_of"] = case.as_of.isoformat()
    if case.within:
        given["articles"] = list(case.within)
    return given
