"""The reader's network: a BERT encoder with heads for answerability, sentences and spans.

Training and inference share this file. It imports torch, so import it where it is used.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.rnn import pad_sequence

from rag.models.encoder import Encoder, supported
from rag.models.reader_input import Row

MASKED = -1e4


@dataclass(frozen=True, slots=True)
class Sizes:
    """The sizes of the encoder; the defaults are those of MiniLM-L6-H384."""

    vocabulary: int = 30_522
    positions: int = 512
    hidden: int = 384
    layers: int = 6
    heads: int = 12
    inner: int = 1_536
    verdicts: int = 0
    """3 for weights that also judge claims (supported, contradicted, not stated); else 0."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows padded to one length."""

    ids: Tensor
    types: Tensor
    mask: Tensor
    """(rows, length) bool: a token is there."""
    passage: Tensor
    """(rows, length) bool: a token of the passage, or CLS, which stands for "no span"."""
    pool: Tensor
    """(rows, sentences, length): each sentence's mean over its tokens."""
    present: Tensor
    """(rows, sentences) bool: the sentence has tokens."""


@dataclass(frozen=True, slots=True)
class Scores:
    """What the heads say, as logits in float32."""

    answerable: Tensor
    sentences: Tensor
    start: Tensor
    end: Tensor
    verdict: Tensor | None
    """(rows, 3): supported, contradicted, not stated; None for weights without that head."""


class ReaderHeads(nn.Module):
    """Says what the encoder's states mean."""

    def __init__(self, sizes: Sizes, dropout: float = 0.0) -> None:
        super().__init__()
        hidden = sizes.hidden
        self.span = nn.Linear(hidden, 2)
        self.sentence = nn.Linear(hidden, 1)
        self.judge = nn.Sequential(
            nn.Linear(2 * hidden, hidden), nn.GELU(), nn.Dropout(dropout), nn.Linear(hidden, 1)
        )
        self.verdict = None
        if sizes.verdicts:
            self.verdict = nn.Sequential(
                nn.Linear(2 * hidden, hidden),
                nn.GELU(),
                nn.Dropout(dropout),
                nn.Linear(hidden, sizes.verdicts),
            )

    def scores(self, states: Tensor, batch: Batch) -> Scores:
        """Return the logits of every head; ``states`` are (rows, length, hidden)."""
        start, end = self.span(states).float().unbind(-1)
        start = start.masked_fill(~batch.passage, MASKED)
        end = end.masked_fill(~batch.passage, MASKED)
        pooled = batch.pool.to(states.dtype) @ states
        sentences = self.sentence(pooled).float().squeeze(-1)
        sentences = sentences.masked_fill(~batch.present, MASKED)
        # The judge sees the sentences that the sentence head would cite.
        weights = torch.softmax(sentences, dim=-1).to(states.dtype)
        evidence = (weights[:, None, :] @ pooled).squeeze(1)
        both = torch.cat([states[:, 0], evidence], dim=-1)
        answerable = self.judge(both).float().squeeze(-1)
        verdict = None if self.verdict is None else self.verdict(both).float()
        return Scores(answerable, sentences, start, end, verdict)


class ReaderNetwork(ReaderHeads):
    """Reads question and passage together, in a way that can be trained."""

    def __init__(self, sizes: Sizes, dropout: float = 0.0) -> None:
        super().__init__(sizes, dropout)
        hidden = sizes.hidden
        self.words = nn.Embedding(sizes.vocabulary, hidden)
        self.places = nn.Embedding(sizes.positions, hidden)
        self.segments = nn.Embedding(2, hidden)
        self.norm = nn.LayerNorm(hidden, eps=1e-12)
        self.layers = nn.ModuleList(_Layer(sizes, dropout) for _ in range(sizes.layers))
        self._dropout = dropout
        self._heads = sizes.heads

    def forward(self, batch: Batch) -> Scores:
        """Return the logits of every head."""
        places = torch.arange(batch.ids.shape[1])
        states = self.words(batch.ids) + self.places(places) + self.segments(batch.types)
        states = functional.dropout(self.norm(states), self._dropout, self.training)
        mask = batch.mask[:, None, None, :]
        if self.training:
            mask = self._bias(mask)
        for layer in self.layers:
            states = layer(states, mask)
        return self.scores(states, batch)

    def _bias(self, mask: Tensor) -> Tensor:
        """Return what is added to the attention's logits: nothing, or MASKED for padding."""
        rows, _, _, length = mask.shape
        kind = torch.bfloat16 if torch.is_autocast_enabled("cpu") else torch.float32
        bias = torch.zeros(rows, 1, 1, length, dtype=kind).masked_fill(~mask, MASKED)
        return bias.expand(rows, self._heads, 1, length).reshape(-1, 1, length)


class _Layer(nn.Module):
    def __init__(self, sizes: Sizes, dropout: float) -> None:
        super().__init__()
        hidden = sizes.hidden
        self._heads = sizes.heads
        self._dropout = dropout
        self.look = nn.Linear(hidden, 3 * hidden)
        self.merge = nn.Linear(hidden, hidden)
        self.norm_1 = nn.LayerNorm(hidden, eps=1e-12)
        self.widen = nn.Linear(hidden, sizes.inner)
        self.narrow = nn.Linear(sizes.inner, hidden)
        self.norm_2 = nn.LayerNorm(hidden, eps=1e-12)

    def forward(self, states: Tensor, mask: Tensor) -> Tensor:
        rows, length, hidden = states.shape
        parts = self.look(states).view(rows, length, 3, self._heads, hidden // self._heads)
        query, key, value = parts.permute(2, 0, 3, 1, 4)
        if self.training:
            seen = _attention(query, key, value, mask)
        else:
            seen = functional.scaled_dot_product_attention(query, key, value, attn_mask=mask)
        seen = self.merge(seen.transpose(1, 2).reshape(rows, length, hidden))
        states = self.norm_1(states + self._drop(seen))
        inner = self.narrow(functional.gelu(self.widen(states)))
        result: Tensor = self.norm_2(states + self._drop(inner))
        return result

    def _drop(self, states: Tensor) -> Tensor:
        return functional.dropout(states, self._dropout, self.training)


def _attention(query: Tensor, key: Tensor, value: Tensor, bias: Tensor) -> Tensor:
    """Attend like scaled_dot_product_attention, whose backward pass takes twice as long here."""
    queries, keys, values = (part.flatten(0, 1) for part in (query, key, value))
    scale = query.shape[-1] ** -0.5
    logits = torch.baddbmm(bias, queries, keys.transpose(1, 2), alpha=scale)
    return torch.bmm(torch.softmax(logits, dim=-1).to(values.dtype), values).view_as(query)


def collate(rows: Sequence[Row], sentences: Sequence[int]) -> Batch:
    """Pad rows to one batch; ``sentences[i]`` is how many sentences row ``i`` has."""
    length = max(len(row.ids) for row in rows)
    ids = torch.zeros(len(rows), length, dtype=torch.long)
    types = torch.zeros_like(ids)
    passage = torch.zeros(len(rows), length, dtype=torch.bool)
    pool = torch.zeros(len(rows), max(1, *sentences), length)
    for index, row in enumerate(rows):
        size = len(row.ids)
        ids[index, :size] = torch.tensor(row.ids)
        types[index, row.second : size] = 1
        passage[index, 0] = True
        passage[index, row.first : row.first + len(row.offsets)] = True
        numbers = torch.tensor(row.sentence, dtype=torch.long)
        at = torch.nonzero(numbers >= 0).squeeze(-1)
        pool[index, numbers[at], row.first + at] = 1.0
    counts = pool.sum(-1, keepdim=True)
    mask = torch.arange(length)[None, :] < torch.tensor([len(row.ids) for row in rows])[:, None]
    return Batch(ids, types, mask, passage, pool / counts.clamp(min=1.0), counts.squeeze(-1) > 0)


def from_bert(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Rename the encoder weights of a BERT checkpoint to this network's names."""
    taken: dict[str, Tensor] = {
        "words.weight": weights["embeddings.word_embeddings.weight"],
        "places.weight": weights["embeddings.position_embeddings.weight"],
        "segments.weight": weights["embeddings.token_type_embeddings.weight"],
        "norm.weight": weights["embeddings.LayerNorm.weight"],
        "norm.bias": weights["embeddings.LayerNorm.bias"],
    }
    layers = sum(name.endswith("intermediate.dense.weight") for name in weights)
    for number in range(layers):
        old, new = f"encoder.layer.{number}.", f"layers.{number}."
        for kind in ("weight", "bias"):
            parts = [weights[f"{old}attention.self.{part}.{kind}"] for part in _ATTENTION]
            taken[f"{new}look.{kind}"] = torch.cat(parts)
            for theirs, ours in _RENAMED.items():
                taken[f"{new}{ours}.{kind}"] = weights[f"{old}{theirs}.{kind}"]
    return taken


_ATTENTION = ("query", "key", "value")
_RENAMED: dict[str, str] = {
    "attention.output.dense": "merge",
    "attention.output.LayerNorm": "norm_1",
    "intermediate.dense": "widen",
    "output.dense": "narrow",
    "output.LayerNorm": "norm_2",
}


class FastReader:
    """The network for reading alone: the encoder that embeds, with the heads of a reader.

    ``weights`` are those of a `ReaderNetwork`. Reads several times the rows a second.
    """

    def __init__(self, weights: Mapping[str, Tensor], sizes: Sizes, dtype: torch.dtype) -> None:
        self._encoder = Encoder(weights, sizes.heads, dtype)
        self._heads = ReaderHeads(sizes)
        kept = self._heads.state_dict()
        self._heads.load_state_dict({name: weights[name].float() for name in kept})
        self._heads.to(dtype).eval()
        self.judges = self._heads.verdict is not None

    def __call__(self, rows: Sequence[Row], batch: Batch) -> Scores:
        """Return the logits of every head for the rows that ``batch`` was made of."""
        types = [int(at >= row.second) for row in rows for at in range(len(row.ids))]
        states = self._encoder([row.ids for row in rows], types)
        split = torch.split(states, [len(row.ids) for row in rows])
        return self._heads.scores(pad_sequence(list(split), batch_first=True), batch)


class PlainReader:
    """The same by torch's own layers, for a torch without the operations of `Encoder`."""

    def __init__(self, weights: Mapping[str, Tensor], sizes: Sizes, dtype: torch.dtype) -> None:
        self._network = ReaderNetwork(sizes)
        self._network.load_state_dict({name: part.float() for name, part in weights.items()})
        self._network.to(dtype).eval()
        self.judges = self._network.verdict is not None

    def __call__(self, rows: Sequence[Row], batch: Batch) -> Scores:  # noqa: ARG002
        """Return the logits of every head for the rows that ``batch`` was made of."""
        scores: Scores = self._network(batch)
        return scores


def load(path: str, sizes: Sizes, dtype: torch.dtype) -> FastReader | PlainReader:
    """Return the network with the weights of a safetensors file, ready to read."""
    from safetensors.torch import load_file

    kind = FastReader if supported() else PlainReader
    return kind(load_file(path), sizes, dtype)


SPAN_TOKENS = 30


def spans(scores: Scores, batch: Batch, trust: float) -> tuple[Tensor, Tensor, Tensor]:
    """Return the best span's first and last column, and its logit above that of "no span".

    A span lies within one sentence; ``trust`` is the weight of that sentence's score in the choice.
    """
    length = scores.start.shape[1]
    owner = torch.where(batch.pool.any(1), batch.pool.argmax(1), -1)
    bonus = trust * functional.logsigmoid(scores.sentences)
    start = scores.start + bonus.gather(1, owner.clamp(min=0))
    grid = start[:, :, None] + scores.end[:, None, :]
    columns = torch.arange(length)
    ahead = columns[None, :] - columns[:, None]
    allowed = (ahead >= 0) & (ahead < SPAN_TOKENS)
    same = (owner[:, :, None] == owner[:, None, :]) & (owner >= 0)[:, :, None]
    best = grid.masked_fill(~(allowed & same), 3 * MASKED).flatten(1).argmax(-1)
    first, last = best // length, best % length
    rows = torch.arange(len(best))
    none = scores.start[:, 0] + scores.end[:, 0]
    return first, last, scores.start[rows, first] + scores.end[rows, last] - none
