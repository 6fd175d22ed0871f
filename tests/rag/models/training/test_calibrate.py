from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from rag.models.calibration import Calibration
from rag.models.raw import Raw
from rag.models.scorer import FOLDER
from rag.models.training.calibrate import Read, calibrate, calibrate_verdicts, write
from rag.models.training.metrics import auroc, calibration_error, question_only, token_f1
from rag.models.training.text import Text

TEXT = "The mill closed in 2019. Forty people lost their jobs. The river is clean now."


def test_verdicts_are_scaled_to_how_often_they_are_right() -> None:
    chance = np.random.default_rng(3)
    truth = chance.integers(0, 3, 900)
    # Too sure by a factor of four, and right in 70% of cases.
    said = np.where(chance.random(900) < 0.7, truth, chance.integers(0, 3, 900))
    logits = 8.0 * np.eye(3)[said]
    scale, bias = calibrate_verdicts(logits, truth.tolist())
    calibration = Calibration(verdict_scale=scale, verdict_bias=bias)
    sure = [max(calibration.verdict(tuple(row))) for row in logits.tolist()]
    assert np.mean(sure) == pytest.approx(np.mean(said == truth), abs=0.03)


def test_a_passage_that_states_the_answer_gets_the_higher_probability() -> None:
    text = Text("doc", None, None, TEXT)
    (window,) = text.windows()
    start = TEXT.index("Forty")
    evidence = [{"start": start, "end": start + 30}]
    question = {"id": "q", "doc_id": "doc", "type": "fact", "evidence": evidence}
    good = Raw(2.0, 5.0, (-1.0, 2.0, -1.0), (start, start + 5))
    bad = Raw(-2.0, -5.0, (-2.0, -1.5, -2.0), None)
    reads = [
        Read(question, kind, [window], [raw]) for kind, raw in (("as is", good), ("twin", bad)) * 20
    ]
    found = calibrate(reads, trust=1.0)
    assert found.logit(good) > 2 > -2 > found.logit(bad)
    assert found.sentence(2.0) > 0.9 > 0.1 > found.sentence(-1.5)
    assert -5.0 < found.span_floor <= 5.0


def test_the_config_is_written_beside_the_weights(tmp_path: Path) -> None:
    shutil.copy(FOLDER / "model.safetensors", tmp_path)
    (tmp_path / "config.json").write_text('{"blend": {"kept": 1}}')
    write(tmp_path, Calibration(bias=0.5))
    config = json.loads((tmp_path / "config.json").read_text())
    assert Calibration(**config["calibration"]).bias == 0.5
    assert config["sizes"]["layers"] == 6
    assert config["blend"] == {"kept": 1}


def test_metrics_by_hand() -> None:
    assert auroc([0.9, 0.5, 0.5, 0.1], [True, True, False, False]) == 0.875
    assert np.isnan(auroc([0.1], [True]))
    assert token_f1("the 40 people", ["40 men", "none"]) == pytest.approx(0.5)
    assert calibration_error([0.0, 0.0, 1.0, 1.0], [False, False, True, False], bins=2) == 0.25


def test_a_question_that_betrays_its_label_is_told_by_its_words() -> None:
    train = ["Did the mayor resign?", "How old is the ferry?"] * 20
    scores = question_only(train, [True, False] * 20, ["Did he resign?", "How old is she?"])
    assert scores[0] > scores[1]
