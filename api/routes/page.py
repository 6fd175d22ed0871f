"""Serve the page that asks questions in a browser."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI
from fastapi.responses import FileResponse
from fastapi.staticfiles import StaticFiles


def add_page(app: FastAPI, folder: Path) -> None:
    """Serve a folder's index.html at `/` and its files below `/web/`; without one, nothing."""
    index = folder / "index.html"
    if not index.is_file():
        return

    @app.api_route("/", methods=["GET", "HEAD"], include_in_schema=False)
    async def page() -> FileResponse:
        return FileResponse(index)

    app.mount("/web", StaticFiles(directory=folder))
