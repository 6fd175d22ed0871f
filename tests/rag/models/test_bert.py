from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from rag.errors import ModelDamaged
from rag.models.bert import BertEmbedding, longest_read
from rag.models.embedder import Embedder, default_path
from rag.models.encoder import supported


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The default model's small files, to be altered, beside its weights."""
    for name in ("config.json", "modules.json", "sentence_bert_config.json", "tokenizer.json",
                 "tokenizer_config.json", "config_sentence_transformers.json"):  # fmt: skip
        shutil.copyfile(default_path() / name, tmp_path / name)
    shutil.copytree(default_path() / "1_Pooling", tmp_path / "1_Pooling")
    (tmp_path / "model.safetensors").symlink_to(default_path() / "model.safetensors")
    return tmp_path


def alter(path: Path, change: Mapping[str, object]) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))


def test_the_default_model_is_of_the_known_kind(folder: Path) -> None:
    assert longest_read(folder) == (256 if supported() else None)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("config.json", {"model_type": "mpnet"}),
        ("config.json", {"hidden_act": "gelu_new"}),
        ("config.json", {"position_embedding_type": "relative_key"}),
        ("config.json", {"is_decoder": True}),
        ("1_Pooling/config.json", {"pooling_mode_cls_token": True}),
        ("1_Pooling/config.json", {"pooling_mode_mean_tokens": False}),
        ("sentence_bert_config.json", {"do_lower_case": True}),
        ("sentence_bert_config.json", {"max_seq_length": None}),
        ("config_sentence_transformers.json", {"default_prompt_name": "query"}),
    ],
)
def test_a_model_of_another_kind_is_left_to_sentence_transformers(
    folder: Path, name: str, change: Mapping[str, object]
) -> None:
    alter(folder / name, change)
    assert longest_read(folder) is None


def test_a_module_more_is_left_to_sentence_transformers(folder: Path) -> None:
    modules = json.loads((folder / "modules.json").read_text())
    modules.insert(2, {"idx": 2, "name": "2", "path": "2_Dense", "type": "x.models.Dense"})
    (folder / "modules.json").write_text(json.dumps(modules))
    assert longest_read(folder) is None


def test_both_ways_give_the_same_vectors(folder: Path) -> None:
    texts = ["Peskov said no call is planned.", "", "word " * 1_000]
    ours = Embedder(str(folder), precision="float32")
    assert isinstance(ours._load(), BertEmbedding) or not supported()
    before = ours.embed(texts)
    alter(folder / "config_sentence_transformers.json", {"prompts": {"p": ""},
                                                         "default_prompt_name": "p"})  # fmt: skip
    theirs = Embedder(str(folder), precision="float32")
    assert not isinstance(theirs._load(), BertEmbedding)
    np.testing.assert_allclose(before, theirs.embed(texts), atol=1e-5)


def test_a_shorter_limit_is_kept(folder: Path) -> None:
    alter(folder / "sentence_bert_config.json", {"max_seq_length": 8})
    model = Embedder(str(folder), precision="float32")
    cut, same = model.embed(["a b c d e f g h i j k", "a b c d e f"])
    np.testing.assert_allclose(cut, same, atol=1e-5)


def test_damaged_files_are_named(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    (folder / "model.safetensors").write_bytes(b"no weights")
    with pytest.raises(ModelDamaged, match=r"model\.safetensors"):
        Embedder(str(folder)).warm()
    (folder / "modules.json").write_text("[")
    with pytest.raises(ModelDamaged, match=r"modules\.json"):
        Embedder(str(folder)).warm()
