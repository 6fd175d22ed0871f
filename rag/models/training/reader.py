"""Train the reader: ``python -m rag.models.training.reader --data DATA --out FOLDER``.

Deterministic from ``--seed``; started again with the same options it goes on from the last
checkpoint. DATA holds one folder for each data set, as `docs/reader.md` lists them.
"""

from __future__ import annotations

import argparse
import itertools
import json
import time
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor
from torch.nn import functional

from rag.models.embedder import default_path, has_bfloat16
from rag.models.reader_network import ReaderNetwork, Scores, Sizes, from_bert
from rag.models.training.batches import IGNORED, Labels, plan, sources, tensors
from rag.models.training.examples import NEWSROOM, STORIES

DROPOUT = 0.1
WARM = 0.06
"""Share of the batches over which the learning rate rises."""
HEADS = ("span.", "sentence.", "judge.", "verdict.")
WEIGHTS = {
    "answerable": 1.0, "rank": 0.5, "sentence": 1.0, "pick": 0.3, "span": 0.5, "verdict": 0.7
}  # fmt: skip
KEPT = 0.998
"""What the running average of the weights keeps of itself at each batch."""


def losses(scores: Scores, labels: Labels) -> dict[str, Tensor]:
    """Return the parts of the loss, before weighting."""
    labelled = labels.sentences >= 0
    each = functional.binary_cross_entropy_with_logits(
        scores.sentences, labels.sentences.clamp(min=0.0), reduction="none"
    )
    sentence = (each * labelled).sum(-1) / labelled.sum(-1).clamp(min=1)
    evidence = labels.sentences == 1
    chosen = evidence.any(-1)
    log = torch.log_softmax(scores.sentences.masked_fill(labels.sentences < 0, -1e4), dim=-1)
    pick = -torch.logsumexp(log.masked_fill(~evidence, -1e4)[chosen], dim=-1)
    ends = [
        functional.cross_entropy(logits, place, ignore_index=IGNORED, reduction="none")
        for logits, place in ((scores.start, labels.start), (scores.end, labels.end))
    ]
    spans = labels.start != IGNORED
    return {
        "answerable": functional.binary_cross_entropy_with_logits(
            scores.answerable, labels.answerable
        ),
        "rank": _rank(scores.answerable, labels),
        "sentence": sentence.mean(),
        "pick": pick.sum() / max(1, len(chosen)),
        "span": (ends[0] + ends[1]).sum() / spans.sum().clamp(min=1) / 2,
        "verdict": _verdict(scores, labels),
    }


def _verdict(scores: Scores, labels: Labels) -> Tensor:
    """Return the cross-entropy of the verdicts on claims, scaled by how many rows are claims."""
    if scores.verdict is None:
        return torch.zeros(())
    lost = functional.cross_entropy(
        scores.verdict, labels.verdict, ignore_index=IGNORED, reduction="sum"
    )
    return lost / len(labels.verdict)


def _rank(logits: Tensor, labels: Labels) -> Tensor:
    """Each window that answers should win over the windows of its unit that do not.

    This is what makes the wording of the question worth nothing.
    """
    rival = (labels.unit[:, None] == labels.unit[None, :]) & (labels.answerable[None, :] == 0)
    compared = (labels.answerable == 1) & rival.any(-1)
    against = logits[None, :].expand_as(rival).masked_fill(~rival, -1e4)
    lost = torch.logsumexp(torch.cat([logits[:, None], against], dim=1), dim=1) - logits
    return (lost * compared).sum() / compared.sum().clamp(min=1)


def start(seed: int, earlier: Path | None = None) -> ReaderNetwork:
    """Return the network with the embedder's encoder and fresh heads, or with earlier weights."""
    torch.manual_seed(seed)
    network = ReaderNetwork(Sizes(verdicts=3), DROPOUT)
    if earlier is None:
        weights = from_bert(load_file(default_path() / "model.safetensors"))
    else:
        weights = {name: part.float() for name, part in load_file(earlier).items()}
    missing = network.load_state_dict(weights, strict=False)
    assert all(name.startswith(HEADS) for name in missing.missing_keys)  # noqa: S101
    # Too little data to learn words that the data does not hold.
    network.words.weight.requires_grad_(False)
    return network


def optimiser(network: ReaderNetwork, rate: float) -> torch.optim.AdamW:
    """Return AdamW, with a higher rate for the fresh heads."""
    named = [(n, p) for n, p in network.named_parameters() if p.requires_grad]
    groups = [
        {"params": [p for n, p in named if not n.startswith(HEADS)], "rate": rate},
        {"params": [p for n, p in named if n.startswith(HEADS)], "rate": 4 * rate},
    ]
    return torch.optim.AdamW(groups, lr=rate, weight_decay=0.01, fused=True)


def train(options: argparse.Namespace) -> None:
    """Run the whole plan, from where an earlier run of it stopped."""
    out: Path = options.out
    out.mkdir(parents=True, exist_ok=True)
    network = start(options.seed, options.weights)
    average = start(options.seed, options.weights)
    steps = optimiser(network, options.rate)
    done = _resume(out / "checkpoint.pt", network, average, steps)
    every = sources(options.data, options.newsroom, options.newsroom_stories)
    batches = itertools.islice(plan(every, options.seed), done, options.batches)
    saved = noted = time.monotonic()
    sums: dict[str, float] = {}
    rows = 0
    network.train()
    for number, units in enumerate(batches, start=done):
        torch.manual_seed(options.seed * 1_000_003 + number)
        chance = Random(f"{options.seed}:{number}")  # noqa: S311 - not for secrets
        batch, labels = tensors(units, chance)
        for group in steps.param_groups:
            share = height(number, options.batches, options.warm, options.decay)
            group["lr"] = group["rate"] * share
        with torch.autocast("cpu", torch.bfloat16, enabled=has_bfloat16()):
            scores = network(batch)
        parts = losses(scores, labels)
        total = torch.stack([WEIGHTS[name] * part for name, part in parts.items()]).sum()
        total.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        steps.step()
        steps.zero_grad()
        _blend(average, network, min(KEPT, (number + 1) / (number + 10)))
        rows += len(labels.answerable)
        for name, part in parts.items():
            sums[name] = sums.get(name, 0.0) + part.item()
        if (number + 1) % 50 == 0:
            now = time.monotonic()
            means = {name: round(value / 50, 4) for name, value in sums.items()}
            speed = round(rows / (now - noted), 1)
            _note(out, {"step": number + 1, "of": options.batches, "rows": rows,
                        "rows_a_second": speed, **means})  # fmt: skip
            sums, rows, noted = {}, 0, now
        if time.monotonic() - saved > options.save_every or number + 1 == options.batches:
            _save(out, network, average, steps, number + 1)
            saved = time.monotonic()


def height(number: int, batches: int, warm: int, decay: int) -> float:
    """Return the learning rate of a batch as a share of the highest: up, level, down to zero."""
    return min(1.0, (number + 1) / max(1, warm), (batches - number) / max(1, decay))


@torch.no_grad()
def _blend(average: ReaderNetwork, network: ReaderNetwork, kept: float) -> None:
    for mean, part in zip(average.parameters(), network.parameters(), strict=True):
        if part.requires_grad:
            mean.lerp_(part, 1 - kept)


def _resume(
    path: Path, network: ReaderNetwork, average: ReaderNetwork, steps: torch.optim.AdamW
) -> int:
    if not path.exists():
        return 0
    state: dict[str, Any] = torch.load(path, weights_only=True)
    network.load_state_dict(state["network"])
    average.load_state_dict(state["average"])
    rates = [group["rate"] for group in steps.param_groups]
    steps.load_state_dict(state["steps"])
    for group, rate in zip(steps.param_groups, rates, strict=True):
        group["rate"] = rate
    return int(state["done"])


def _save(
    out: Path,
    network: ReaderNetwork,
    average: ReaderNetwork,
    steps: torch.optim.AdamW,
    done: int,
) -> None:
    """Write the checkpoint and both weights; a crash leaves the old ones."""
    state = {
        "network": network.state_dict(),
        "average": average.state_dict(),
        "steps": steps.state_dict(),
        "done": done,
    }
    torch.save(state, out / "checkpoint.new")
    (out / "checkpoint.new").replace(out / "checkpoint.pt")
    for name, weights in (("last", network), ("average", average)):
        (out / name).mkdir(exist_ok=True)
        half = {key: part.half().contiguous() for key, part in weights.state_dict().items()}
        save_file(half, out / name / "model.new")
        (out / name / "model.new").replace(out / name / "model.safetensors")


def _note(out: Path, line: dict[str, Any]) -> None:
    with (out / "log.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the options and train."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of the data sets")
    parser.add_argument("--newsroom", type=Path, default=NEWSROOM, help="our annotations")
    parser.add_argument("--newsroom-stories", type=Path, default=STORIES, help="and these")
    parser.add_argument("--out", type=Path, required=True, help="folder for weights and log")
    parser.add_argument("--weights", type=Path, help="go on from this model.safetensors")
    parser.add_argument("--batches", type=int, default=5_000, help="how many, of 16")
    parser.add_argument("--rate", type=float, default=1.5e-4, help="highest learning rate")
    parser.add_argument("--warm", type=int, default=150, help="batches in which the rate rises")
    parser.add_argument("--decay", type=int, default=700, help="last batches, in which it falls")
    parser.add_argument("--seed", type=int, default=20_26)
    parser.add_argument("--threads", type=int, default=0, help="0: one for each core")
    parser.add_argument("--save-every", type=float, default=240.0, help="seconds")
    options = parser.parse_args(arguments)
    if options.threads:
        torch.set_num_threads(options.threads)
    train(options)


if __name__ == "__main__":
    main()
