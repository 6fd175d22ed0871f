from __future__ import annotations

import pytest
import torch
from transformers import BertConfig, BertModel

from rag.models.embedder import has_bfloat16
from rag.models.encoder import Encoder, supported
from rag.models.reader_network import from_bert

pytestmark = pytest.mark.skipif(not supported(), reason="this torch lacks what the encoder needs")

ROWS = [[1, 5, 9, 2], [1, 7, 2], [1, *range(10, 80), 2]]


def bert(spread: float = 0.2) -> BertModel:
    """A small network; the wider its weights are spread, the greater its logits."""
    torch.manual_seed(1)
    config = BertConfig(
        vocab_size=100, hidden_size=32, num_hidden_layers=2, num_attention_heads=4,
        intermediate_size=64, max_position_embeddings=80, initializer_range=spread,
    )  # fmt: skip
    return BertModel(config).eval()


def one_by_one(model: BertModel, types: list[list[int]] | None = None) -> torch.Tensor:
    """What transformers computes, a text at a time."""
    with torch.inference_mode():
        return torch.cat([
            model(
                torch.tensor([row]),
                token_type_ids=torch.tensor([types[at]]) if types else None,
            ).last_hidden_state[0]
            for at, row in enumerate(ROWS)
        ])  # fmt: skip


def test_states_are_those_of_transformers() -> None:
    model = bert()
    states = Encoder(from_bert(model.state_dict()), 4, torch.float32)(ROWS)
    torch.testing.assert_close(states, one_by_one(model), atol=1e-4, rtol=1e-4)


def test_segments_are_taken_into_account() -> None:
    model = bert()
    types = [[0] * (len(row) // 2) + [1] * (len(row) - len(row) // 2) for row in ROWS]
    states = Encoder(from_bert(model.state_dict()), 4, torch.float32)(
        ROWS, [kind for row in types for kind in row]
    )
    torch.testing.assert_close(states, one_by_one(model, types), atol=1e-4, rtol=1e-4)
    assert not torch.allclose(states, one_by_one(model), atol=1e-2)


@pytest.mark.parametrize("shift", [60.0, -60.0])
def test_logits_beyond_the_range_of_powers_of_two_do_no_harm(shift: float) -> None:
    model = bert()
    for layer in model.encoder.layer:
        # One constant more in every logit changes no share, but takes 2 ** logit out of range.
        layer.attention.self.query.bias.data.fill_(shift)
        layer.attention.self.key.bias.data.fill_(8.0)
    states = Encoder(from_bert(model.state_dict()), 4, torch.float32)(ROWS)
    torch.testing.assert_close(states, one_by_one(model), atol=5e-3, rtol=5e-3)


@pytest.mark.skipif(not has_bfloat16(), reason="this processor has no bfloat16 instructions")
def test_bfloat16_is_near() -> None:
    model = bert()
    states = Encoder(from_bert(model.state_dict()), 4, torch.bfloat16)(ROWS).float()
    near = torch.nn.functional.cosine_similarity(states, one_by_one(model), dim=1)
    assert near.min() > 0.999


def test_a_text_does_not_see_its_neighbours() -> None:
    encoder = Encoder(from_bert(bert().state_dict()), 4, torch.float32)
    torch.testing.assert_close(encoder(ROWS)[4:7], encoder([ROWS[1]]), atol=1e-5, rtol=1e-5)
