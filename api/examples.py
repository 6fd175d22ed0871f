"""Make the examples of the API's documents by really asking: ``python -m api.examples``.

Stores ``seeds/`` in a new folder, sends each request to the API in this process, and writes
``api/examples.json`` and the answers in ``docs/http-api.md``. Needs the ``[dev]`` extra; run it in
the project's folder when answers have changed.
"""

from __future__ import annotations

import json
import re
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

from api.openapi import EXAMPLES

SEEDS = Path("seeds")
PAGE = Path("docs/http-api.md")

ARTICLE = {
    "id": "harbour-2025-03-18",
    "title": "Harbour bridge to close for repairs",
    "outlet": "The Harbour Gazette",
    "published_at": "2025-03-18",
    "text": "The harbour bridge will close on Friday for two weeks of repairs, Mayor Ana Ruiz "
    "said on Tuesday. “Pedestrians can use the ferry free of charge,” Ruiz said.",
}


class Request(NamedTuple):
    """One request to show."""

    name: str
    summary: str
    method: str
    path: str
    body: dict[str, Any] | list[Any] | None = None


REQUESTS = (
    Request("ready", "Ready", "GET", "/readyz"),
    Request(
        "ask_answered",
        "The articles answer",
        "POST",
        "/v1/ask",
        {"question": "Why was Russia not on the US tariff list?"},
    ),
    Request(
        "ask_abstained",
        "The articles do not answer",
        "POST",
        "/v1/ask",
        {"question": "How many soldiers has Ukraine lost?"},
    ),
    Request(
        "chat",
        "The first question of a chat",
        "POST",
        "/v1/chat",
        {"question": "What did Peskov say about Cuba?"},
    ),
    Request(
        "search", "Two passages", "POST", "/v1/search", {"query": "Anchorage formula", "limit": 2}
    ),
    Request(
        "statements",
        "What one speaker says about a subject",
        "GET",
        "/v1/statements?speaker=Kremlin%20spokesman&about=phone%20call&limit=2",
    ),
    Request(
        "quote_changed",
        "One word is another",
        "POST",
        "/v1/quotes/lookup",
        {"quote": "There must be an attempt to achieve concrete results"},
    ),
    Request(
        "quote_not_found",
        "Nobody printed it",
        "POST",
        "/v1/quotes/lookup",
        {"quote": "We will achieve concrete results by Tuesday at the latest"},
    ),
    Request(
        "verified",
        "One sentence stands there, the other differs",
        "POST",
        "/v1/verify",
        {
            "text": "Russia was not included in the list of countries facing duties. Kirill "
            "Dmitriev visited the US for nine days."
        },
    ),
    Request("articles_listed", "The first two articles", "GET", "/v1/articles?limit=2"),
    Request("article", "An article", "GET", "/v1/articles/001_c863c091f001229a"),
    Request("articles_added", "A new article", "POST", "/v1/articles", ARTICLE),
    Request("articles_unchanged", "The same once more", "POST", "/v1/articles", ARTICLE),
    Request("job", "A batch that is stored", "POST", "/v1/articles/batch", [ARTICLE]),
    Request(
        "ask_of_new",
        "The new article answers",
        "POST",
        "/v1/ask",
        {"question": "When will the harbour bridge close for repairs?"},
    ),
    Request("timeline", "Two dated entries", "GET", "/v1/timeline?q=harbour%20bridge%20ferry"),
    Request(
        "retracted",
        "An article is retracted",
        "PATCH",
        f"/v1/articles/{ARTICLE['id']}",
        {"status": "retracted", "note": "The council had not decided yet."},
    ),
    Request(
        "answers_affected",
        "Answers that cite what was retracted",
        "GET",
        f"/v1/answers?affected_by={ARTICLE['id']}",
    ),
    Request("problem", "A bad filter", "POST", "/v1/ask", {"question": "Who?", "as_of": "soon"}),
)

# Where an answer stands in the page: a mark, then the block that is replaced.
_BLOCK = re.compile(r"(<!-- answer: (\w+) -->\n```json\n).*?(```)", re.DOTALL)


def make(seeds: Path) -> dict[str, dict[str, Any]]:
    """Answer every request on a collection that holds the seeds and nothing else."""
    from starlette.testclient import TestClient

    from api.app import build_app
    from rag.config import Settings
    from rag.dateline import Dateline

    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data=Path(folder))
        dateline = Dateline(settings)
        dateline.ingest([seeds])
        app = build_app(settings, dateline)
        with TestClient(app) as client:
            app.state.service.wait()
            found = {}
            for request in REQUESTS:
                dateline.read_statements()
                found[request.name] = _answer(client, request)
        dateline.close()
    return found


def write_into(page: str, examples: dict[str, dict[str, Any]]) -> str:
    """Return the page with the answer after each mark replaced by the example's."""

    def answer(match: re.Match[str]) -> str:
        shown = json.dumps(examples[match[2]]["response"], indent=2, ensure_ascii=False)
        return f"{match[1]}{shown}\n{match[3]}"

    return _BLOCK.sub(answer, page)


def _answer(client: Any, request: Request) -> dict[str, Any]:
    response = client.request(request.method, request.path, json=request.body)
    if response.status_code == 202:
        # What a job looks like in the end says more than what it looks like at first.
        while not (response := client.get(f"/v1/jobs/{response.json()['id']}")).json()[
            "finished_at"
        ]:
            time.sleep(0.05)
    body = {"request": request.body} if request.body else {}
    return {"summary": request.summary, **body, "response": response.json()}


def main() -> None:
    """Write both files anew."""
    examples = make(SEEDS)
    EXAMPLES.write_text(json.dumps(examples, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    PAGE.write_text(write_into(PAGE.read_text(encoding="utf-8"), examples), encoding="utf-8")


if __name__ == "__main__":
    main()
