"""Filters that no article can pass are named, with what may have been meant."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.config import Settings
from rag.dateline import Dateline
from rag.types import Filters


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, seeds: Path) -> Iterator[Dateline]:
    """A collection of which it is known who says what."""
    opened = Dateline(Settings(data=tmp_path_factory.mktemp("whole")))
    opened.ingest([seeds])
    opened.attributing.catch_up()
    yield opened
    opened.close()


@pytest.mark.parametrize(
    ("filters", "told"),
    [
        (Filters(speakers=("Peskow",)), "No speaker here is called 'Peskow'. Near it: "),
        (Filters(speakers=("Angela Merkel",)), "No speaker here is called 'Angela Merkel'."),
        (Filters(speakers=("peskov",)), None),
        (Filters(speakers=("Dmitry",)), None),
        (Filters(speakers=("Kremlin spokesman",)), None),
        (Filters(outlets=("No Such Paper",)), "No outlet here is called 'No Such Paper'."),
        (Filters(), None),
    ],
    ids=str,
)
def test_what_nobody_is_called_is_said(whole: Dateline, filters: Filters, told: str | None) -> None:
    answer = whole.ask("What was said about climate change?", filters=filters)
    assert answer.abstained
    notices = [item for item in answer.notices if item.code.endswith("_unknown")]
    if told is None:
        assert not notices
        return
    (notice,) = notices
    assert notice.message.startswith(told)
    assert ("Peskov" in notice.message) == ("Peskow" in notice.message)
