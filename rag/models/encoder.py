"""A BERT encoder that reads many texts fast on a processor: packed weights and no padding.

It imports torch, so import it where it is used.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

import torch
from torch import Tensor
from torch.nn import functional

STEP, WIDTH = 64, 16
"""All texts together, and each text in attention, take up a multiple of so many rows. oneDNN makes
a kernel for each shape it meets and keeps a thousand of them: with a shape for every length they
took 135 MB after 640 passages, and more after every batch."""
# Sums of powers of two beyond these are computed again with the greatest logit taken off first.
# MiniLM's logits reach 111 in its first layer, 26 in the others; both kinds of number end at 128.
_LEAST, _MOST = 2.0**-100, 2.0**116

_packed = torch.ops.mkldnn


def supported() -> bool:
    """Say whether torch was built with the operations that are used here."""
    return bool(torch.backends.mkldnn.is_available()) and all(  # type: ignore[no-untyped-call]
        hasattr(_packed, name) for name in ("_reorder_linear_weight", "_linear_pointwise")
    )


class Encoder:
    """Computes the last states of texts given as ids of tokens.

    ``weights`` are named as `reader_network.from_bert` names them. Against torch's own layers on
    one thread, in bfloat16, it reads 1.8 times the tokens a second: weights are laid out once as
    oneDNN wants them, the activation and the sums run within the products, texts lie end to end
    without padding, and attention is two batched products around a power of two.
    """

    def __init__(
        self,
        weights: Mapping[str, Tensor],
        heads: int,
        dtype: torch.dtype,
        epsilon: float = 1e-12,
    ) -> None:
        self._dtype, self._epsilon = dtype, epsilon
        self._words = weights["words.weight"].float()
        self._places = weights["places.weight"].float()
        self._segments = weights["segments.weight"].float()
        self._norm = (weights["norm.weight"].float(), weights["norm.bias"].float())
        self._hidden = self._words.shape[1]
        count = sum(name.endswith("widen.weight") for name in weights)
        self._layers = [
            _Layer(_below(weights, f"layers.{number}."), heads, dtype, epsilon)
            for number in range(count)
        ]

    def __call__(
        self, texts: Sequence[Sequence[int]], types: Sequence[int] | None = None
    ) -> Tensor:
        """Return the states of all tokens, text after text: (tokens, hidden).

        ``types`` has the segment of each token of all texts; without it all are of the first.
        """
        lengths = [len(text) for text in texts]
        total = sum(lengths)
        with torch.inference_mode():
            ids = torch.tensor([token for text in texts for token in text])
            places = torch.cat([torch.arange(length) for length in lengths])
            segments = self._segments[0] if types is None else self._segments[torch.tensor(types)]
            summed = self._words[ids] + self._places[places] + segments
            rows = _up_to(total + WIDTH, STEP)
            states = torch.zeros(rows, self._hidden, dtype=self._dtype)
            states[:total] = functional.layer_norm(
                summed, (self._hidden,), *self._norm, self._epsilon
            )
            for layer in self._layers:
                states = layer(states, lengths)
            return states[:total]


def _below(weights: Mapping[str, Tensor], name: str) -> dict[str, Tensor]:
    return {key.removeprefix(name): part for key, part in weights.items() if key.startswith(name)}


class _Layer:
    def __init__(
        self, weights: Mapping[str, Tensor], heads: int, dtype: torch.dtype, epsilon: float
    ) -> None:
        hidden = weights["merge.weight"].shape[0]
        self._heads, self._hidden, self._epsilon = heads, hidden, epsilon
        # Attention takes powers of two of the logits: one constant more in what makes the queries.
        scale = torch.ones(3 * hidden)
        scale[:hidden] = math.log2(math.e) / math.sqrt(hidden // heads)
        look = weights["look.weight"].float() * scale[:, None]
        self._look = _Packed(look, weights["look.bias"].float() * scale, dtype)
        self._merge, self._widen, self._narrow = (
            _Packed(weights[f"{name}.weight"], weights[f"{name}.bias"], dtype)
            for name in ("merge", "widen", "narrow")
        )
        self._norms = [
            (weights[f"{name}.weight"].to(dtype), weights[f"{name}.bias"].to(dtype))
            for name in ("norm_1", "norm_2")
        ]

    def __call__(self, states: Tensor, lengths: Sequence[int]) -> Tensor:
        seen = self._seen(self._look(states), lengths)
        states = self._normed(0, self._merge.onto(states, seen))
        return self._normed(1, self._narrow.onto(states, self._widen(states, "gelu")))

    def _normed(self, which: int, states: Tensor) -> Tensor:
        return functional.layer_norm(states, (self._hidden,), *self._norms[which], self._epsilon)

    def _seen(self, parts: Tensor, lengths: Sequence[int]) -> Tensor:
        """Attend within each text."""
        size = self._hidden // self._heads
        seen = parts.new_zeros(len(parts), self._heads, size)
        sums = parts.new_ones(self._heads, len(parts), 1)
        split = parts.view(len(parts), 3, self._heads, size).permute(1, 2, 0, 3)
        for own in _places(lengths):
            length = own.stop - own.start
            width = _up_to(length, WIDTH)
            # What is behind the text is of the next one, or empty: no power of it is left.
            query, key, value = split[:, :, own.start : own.start + width]
            powers = torch.exp2(torch.bmm(query, key.transpose(1, 2)))
            powers[:, :, length:] = 0
            torch.sum(powers[:, :length], -1, keepdim=True, out=sums[:, own])
            found = torch.bmm(powers, value)[:, :length]
            torch.div(found, sums[:, own], out=seen[own].transpose(0, 1))
        # Without the greatest logit taken off only the range can go wrong; bfloat16's is float32's.
        if not (sums.min() > _LEAST and sums.max() < _MOST):
            for own in _places(lengths):
                query, key, value = split[:, :, own]
                logits = torch.bmm(query, key.transpose(1, 2)).float() * math.log(2)
                shares = torch.softmax(logits, -1).to(value.dtype)
                seen[own] = torch.bmm(shares, value).transpose(0, 1)
        return seen.flatten(1)


def _up_to(number: int, step: int) -> int:
    """Round up to a multiple."""
    return -(-number // step) * step


def _places(lengths: Sequence[int]) -> Iterator[slice]:
    """Yield where each text lies."""
    start = 0
    for length in lengths:
        yield slice(start, start + length)
        start += length


class _Packed:
    """A linear layer whose weights lie as oneDNN wants them."""

    def __init__(self, weight: Tensor, bias: Tensor, dtype: torch.dtype) -> None:
        self._weight = _packed._reorder_linear_weight(weight.to(dtype).contiguous(), 16 * STEP)
        self._bias = bias.to(dtype)

    def __call__(self, states: Tensor, then: str = "none") -> Tensor:
        made: Tensor = _packed._linear_pointwise(
            states, self._weight, self._bias, then, [], "none" if then == "gelu" else ""
        )
        return made

    def onto(self, before: Tensor, states: Tensor) -> Tensor:
        """Return the layer's output added to what was before it."""
        made: Tensor = _packed._linear_pointwise.binary(
            states, before, self._weight, self._bias, "add"
        )
        return made
