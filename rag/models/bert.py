"""Sentence embeddings of the commonest kind, computed by ourselves: BERT, mean, unit length."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from rag.errors import ModelDamaged
from rag.models.tokens import tokens

Vectors = np.ndarray[Any, np.dtype[np.float32]]

_MEAN = {
    "pooling_mode_cls_token": False,
    "pooling_mode_mean_tokens": True,
    "pooling_mode_max_tokens": False,
    "pooling_mode_mean_sqrt_len_tokens": False,
}


class BertEmbedding:
    """Computes what sentence-transformers would, several times as fast (see `Encoder`)."""

    def __init__(self, folder: Path, longest: int, *, bfloat16: bool) -> None:
        import torch
        from safetensors.torch import load_file

        from rag.models.encoder import Encoder
        from rag.models.reader_network import from_bert

        config = _read(folder / "config.json")
        path = folder / "model.safetensors"
        try:
            self._encoder = Encoder(
                from_bert(load_file(path)),
                config["num_attention_heads"],
                torch.bfloat16 if bfloat16 else torch.float32,
                config["layer_norm_eps"],
            )
        except Exception as error:
            raise ModelDamaged(f"{path} cannot be loaded: {error}") from error
        self._tokens = tokens(folder)
        self._before, self._behind = self._tokens.around()
        self._room = longest - len(self._before) - len(self._behind)

    def __call__(self, texts: Sequence[str]) -> Vectors:
        """Return one unit vector for each text, (n, dimension) float32."""
        import torch

        rows = [self._row(text) for text in texts]
        with torch.inference_mode():
            states = torch.split(self._encoder(rows).float(), [len(row) for row in rows])
            means = torch.stack([of_one.mean(0) for of_one in states])
            vectors: Vectors = torch.nn.functional.normalize(means, dim=1).numpy()
        return vectors

    def _row(self, text: str) -> list[int]:
        return self._before + self._tokens.ids(text)[: self._room] + self._behind


def longest_read(folder: Path) -> int | None:
    """Return how many tokens the model in a folder reads; None when it is of another kind.

    The kind is known from the files that sentence-transformers writes. Anything unusual in them,
    and a torch that lacks what `Encoder` needs, means that sentence-transformers has to run it.
    """
    from rag.models.encoder import supported

    config, limits = _read(folder / "config.json"), _read(folder / "sentence_bert_config.json")
    modules = _read(folder / "modules.json") or []
    kinds = [str(module.get("type", "")).rpartition(".")[2] for module in modules]
    pooling = _read(folder / "1_Pooling" / "config.json")
    prompts = _read(folder / "config_sentence_transformers.json")
    usual = (
        kinds in (["Transformer", "Pooling"], ["Transformer", "Pooling", "Normalize"])
        and config.get("model_type") == "bert"
        and config.get("hidden_act") == "gelu"
        and config.get("position_embedding_type", "absolute") == "absolute"
        and not config.get("is_decoder")
        and {name: pooling.get(name) for name in _MEAN} == _MEAN
        and not limits.get("do_lower_case")
        and not prompts.get("default_prompt_name")
    )
    longest = limits.get("max_seq_length")
    if not usual or not isinstance(longest, int) or not supported():
        return None
    return min(longest, int(config["max_position_embeddings"]))


def _read(path: Path) -> Any:
    """Return what a JSON file holds, an empty object when there is none; raises ModelDamaged."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise ModelDamaged(f"{path} cannot be read: {error}") from error
