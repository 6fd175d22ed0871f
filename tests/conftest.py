"""What several tests share: the seeds, one opened collection of them, small articles."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.config import Settings
from rag.dateline import Dateline

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def seeds() -> Path:
    return ROOT / "seeds"


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Tests neither read nor write what the person running them has configured."""
    for name in list(os.environ):
        if name.upper().startswith("DATELINE_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="session")
def dateline(tmp_path_factory: pytest.TempPathFactory, seeds: Path) -> Iterator[Dateline]:
    """A collection of the seeds that tests only read."""
    opened = Dateline(Settings(data=tmp_path_factory.mktemp("seeds")))
    report = opened.ingest([seeds])
    assert report.count("added") == 5
    yield opened
    opened.close()
