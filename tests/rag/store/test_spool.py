from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rag.errors import DataFolderError
from rag.store import spool
from rag.store.spool import VectorSpool


def test_what_was_added_comes_back_in_parts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spool, "PART", 2)
    vectors = np.arange(9, dtype=np.float32).reshape(3, 3)
    with VectorSpool(tmp_path, 3) as kept:
        kept.add([7, 2**40], vectors[:2])
        kept.add([3], vectors[2:])
        for _ in range(2):  # as often as wanted
            parts = list(kept.parts())
            assert [keys for keys, _ in parts] == [[7, 2**40], [3]]
            np.testing.assert_array_equal(np.concatenate([part for _, part in parts]), vectors)
        kept.add([4], vectors[:1])  # behind what was read
        assert [keys for keys, _ in kept.parts()] == [[7, 2**40], [3, 4]]
    assert not any(tmp_path.iterdir())


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataFolderError, match="nowhere"):
        VectorSpool(tmp_path / "nowhere", 3)


def test_a_full_disk_is_said(tmp_path: Path) -> None:
    with VectorSpool(tmp_path, 3) as kept, Path("/dev/full").open("wb", buffering=0) as full:
        kept._file.close()
        kept._file = full  # what a full disk does to a write
        with pytest.raises(DataFolderError, match="No space left"):
            kept.add([1], np.zeros((1, 3), np.float32))
