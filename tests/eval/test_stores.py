from __future__ import annotations

from pathlib import Path

import pytest

from eval.stores import compared

pytest.importorskip("milvus_lite", reason="the extra `milvus` is not installed")


def test_both_stores_find_the_same_in_the_seeds(
    milvus_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    found = compared("gold", tmp_path, 20, milvus_url)
    assert found["passages"] == 17
    assert found["vectors"]["of the first hundred, the same"] == 1
    assert found["words"]["of the first hundred, the same"] == 1
    for search in ("words", "vectors", "both"):
        assert found[search]["of the first ten, the same"] > 0.9
        figures = found[search]["article Success@1"]
        assert figures["milvus"] == pytest.approx(figures["faiss"], abs=0.11)
