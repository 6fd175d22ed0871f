"""The requests about what is stored: articles, the jobs that store them, names, collections."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from api.client import options
from api.client.call import Call, given, named, once, segment
from api.replies import CollectionList, CollectionMade, JobItems, JobList, KnownNames
from rag.collections import Collection
from rag.types import Article, IngestReport, Job, Page


def add(articles: Sequence[Mapping[str, Any]]) -> Call[IngestReport]:
    """Store articles."""
    body = [given(article) for article in articles]
    return Call("POST", "/v1/articles", IngestReport, body, headers=once())


def add_later(articles: Sequence[Mapping[str, Any]]) -> Call[Job]:
    """Store articles in a job."""
    body = [given(article) for article in articles]
    return Call("POST", "/v1/articles/batch", Job, body, headers=once())


def add_files(files: Sequence[Path]) -> Call[Job]:
    """Store what is in files."""
    return Call("POST", "/v1/articles/files", Job, files=files)


def add_urls(urls: Sequence[str]) -> Call[Job]:
    """Store what is at web addresses."""
    return Call("POST", "/v1/articles/urls", Job, {"urls": list(urls)}, headers=once())


def articles(page_size: int, more: Mapping[str, Any]) -> Call[Page]:
    """List articles; those that filters choose are ordered by date, as the server wants it."""
    filters = named(more, options.Listing)
    order = {"order": "newest"} if filters else {}
    return Call("GET", "/v1/articles", Page, query={"limit": page_size, **order, **filters})


def article(article_id: str, version: int | None) -> Call[Article]:
    """Read an article."""
    return Call("GET", _article(article_id), Article, query=given({"version": version}))


def set_status(article_id: str, body: Mapping[str, str]) -> Call[Article]:
    """Retract or reinstate an article."""
    return Call("PATCH", _article(article_id), Article, dict(body), headers=once())


def delete(article_id: str) -> Call[None]:
    """Remove an article."""
    return Call("DELETE", _article(article_id), None, headers=once())


def jobs(page_size: int) -> Call[JobList]:
    """List jobs."""
    return Call("GET", "/v1/jobs", JobList, query={"limit": page_size})


def job(job_id: str) -> Call[Job]:
    """Read a job."""
    return Call("GET", _job(job_id), Job)


def job_items(job_id: str, outcome: str | None, page_size: int) -> Call[JobItems]:
    """List the items of a job."""
    query = given({"outcome": outcome, "limit": page_size})
    return Call("GET", f"{_job(job_id)}/items", JobItems, query=query)


def job_events(job_id: str) -> Call[None]:
    """Follow a job."""
    return Call("GET", f"{_job(job_id)}/events", None)


def cancel_job(job_id: str) -> Call[Job]:
    """Stop a job."""
    return Call("POST", f"{_job(job_id)}/cancel", Job, headers=once())


def names(kind: str, start: str, limit: int) -> Call[KnownNames]:
    """List `outlets` or `speakers`."""
    return Call("GET", f"/v1/{kind}", KnownNames, query={"q": start, "limit": limit})


def collections() -> Call[CollectionList]:
    """List collections."""
    return Call("GET", "/v1/collections", CollectionList, of_service=True)


def collection(name: str) -> Call[Collection]:
    """Read about a collection."""
    return Call("GET", _collection(name), Collection, of_service=True)


def create_collection(name: str, more: Mapping[str, Any]) -> Call[CollectionMade]:
    """Make a collection. It takes no idempotency key: a name exists once."""
    body = {"name": name, **given(more)}
    return Call("POST", "/v1/collections", CollectionMade, body, of_service=True)


def change_collection(name: str, more: Mapping[str, Any]) -> Call[Collection]:
    """Change a collection."""
    return Call(
        "PATCH", _collection(name), Collection, given(more), headers=once(), of_service=True
    )


def delete_collection(name: str) -> Call[None]:
    """Remove a collection."""
    return Call("DELETE", _collection(name), None, headers=once(), of_service=True)


def _article(article_id: str) -> str:
    return f"/v1/articles/{segment(article_id)}"


def _job(job_id: str) -> str:
    return f"/v1/jobs/{segment(job_id)}"


def _collection(name: str) -> str:
    return f"/v1/collections/{segment(name)}"
