from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from rag.errors import ModelMissing
from rag.models.calibration import Calibration
from rag.models.reader import Claim, Judge
from rag.models.reader_network import ReaderNetwork, Sizes
from rag.models.scorer import FOLDER, Scorer
from rag.models.support import MAX_PASSAGE, NetworkJudge

PASSAGE = "The mill closed in 2019, the mayor said. Forty people lost their jobs."


@pytest.fixture(scope="module")
def judge(tmp_path_factory: pytest.TempPathFactory) -> Judge:
    """A judge whose third head is made up, if the weights here lack it."""
    folder = tmp_path_factory.mktemp("weights") / "reader"
    shutil.copytree(FOLDER, folder)
    config = json.loads((folder / "config.json").read_text())
    if not config["sizes"].get("verdicts"):
        config["sizes"]["verdicts"] = 3
        (folder / "config.json").write_text(json.dumps(config))
        torch.manual_seed(0)
        weights = dict(ReaderNetwork(Sizes(verdicts=3)).state_dict())
        weights |= load_file(folder / "model.safetensors")
        save_file({key: part.half() for key, part in weights.items()}, folder / "model.safetensors")
    return NetworkJudge(Scorer(folder))


def test_probabilities_add_up_and_keep_the_order(judge: Judge) -> None:
    claims = [
        Claim(
            "The mill closed in 2019.", PASSAGE, "A mill closes", datetime(2019, 5, 1, tzinfo=UTC)
        ),
        Claim("", ""),
        Claim("😀", "\ud800 \x00 😀"),
        Claim("Nobody lost a job. " * 20, PASSAGE),
        Claim("The mill closed.", PASSAGE * 1000),
    ]
    found = judge.support(claims)
    assert len(found) == len(claims)
    for one in found:
        assert one.supported + one.contradicted + one.not_stated == pytest.approx(1)
        assert min(one.supported, one.contradicted, one.not_stated) >= 0
    (alone,) = judge.support(claims[3:4])
    assert alone.supported == pytest.approx(found[3].supported, abs=0.05)
    assert judge.support([]) == []


def test_what_is_beyond_the_bounds_is_not_read(judge: Judge) -> None:
    (long, cut) = judge.support(
        [Claim("It closed.", PASSAGE * 9_000), Claim("It closed.", (PASSAGE * 9_000)[:MAX_PASSAGE])]
    )
    assert long.supported == pytest.approx(cut.supported)


@pytest.mark.parametrize("text", ["word " * 400, "w" * 2_001, "a b " * 400 + "not"])
def test_a_claim_that_is_not_read_to_its_end_is_not_supported(judge: Judge, text: str) -> None:
    (found,) = judge.support([Claim(text, text)])
    assert (found.supported, found.not_stated) == (0.0, 1.0)


def test_weights_without_the_head_are_refused(tmp_path: Path) -> None:
    shutil.copytree(FOLDER, tmp_path / "reader")
    config = json.loads((FOLDER / "config.json").read_text())
    config["sizes"]["verdicts"] = 0
    (tmp_path / "reader" / "config.json").write_text(json.dumps(config))
    weights = load_file(FOLDER / "model.safetensors")
    bare = {name: part for name, part in weights.items() if not name.startswith("verdict.")}
    save_file(bare, tmp_path / "reader" / "model.safetensors")
    scorer = Scorer(tmp_path / "reader")
    assert not scorer.judges
    with pytest.raises(ModelMissing, match="no head"):
        NetworkJudge(scorer).support([Claim("It closed.", PASSAGE)])


def test_a_verdict_is_a_softmax_of_scaled_logits() -> None:
    even = Calibration().verdict((0.0, 0.0, 0.0))
    assert even == pytest.approx((1 / 3, 1 / 3, 1 / 3))
    sharp = Calibration(verdict_scale=2.0, verdict_bias=(0.0, 0.0, 900.0)).verdict((5.0, 0.0, 0.0))
    assert sharp == pytest.approx((0.0, 0.0, 1.0))
