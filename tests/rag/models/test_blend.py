from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from rag.ask.read import passage_sentences
from rag.dateline import Dateline
from rag.errors import ModelDamaged
from rag.models.blend import LARGEST, BlendReader, Inputs, Weights, inputs, standings
from rag.models.cross_encoder import CrossEncoderReader
from rag.models.overlap import Features, OverlapReader
from rag.models.raw import Raw
from rag.models.scorer import FOLDER
from rag.types import Candidate, Filters

ROW = Features(cosine=0.5, coverage=0.4, context=0.3, kind=1.0)
QUESTION = "When will Witkoff brief Trump on his 7 visits to Russia and Zanzibar?"


def blended(dateline: Dateline, folder: Path) -> BlendReader:
    words = dateline.index.words
    overlap = OverlapReader(dateline.embedder, words.document_frequency, lambda: len(words))
    return BlendReader(CrossEncoderReader(folder), overlap)


def candidates(dateline: Dateline) -> list[Candidate]:
    return dateline.answering.candidates(QUESTION, Filters(), 2)


@pytest.mark.parametrize("broken", [None, {}, {"evidence": {"bias": 1}}, "text"])
def test_incomplete_weights_are_refused(dateline: Dateline, tmp_path: Path, broken: object) -> None:
    shutil.copytree(FOLDER, tmp_path / "reader")
    config = json.loads((FOLDER / "config.json").read_text())
    config["blend"] = broken
    (tmp_path / "reader" / "config.json").write_text(json.dumps(config))
    with pytest.raises(ModelDamaged, match="not complete"):
        blended(dateline, tmp_path / "reader").read(QUESTION, [], [])


def test_other_weights_have_another_fingerprint(dateline: Dateline, tmp_path: Path) -> None:
    shutil.copytree(FOLDER, tmp_path / "reader")
    config = json.loads((FOLDER / "config.json").read_text())
    config["blend"]["confidence"]["bias"] += 1
    (tmp_path / "reader" / "config.json").write_text(json.dumps(config))
    changed = blended(dateline, tmp_path / "reader")
    assert changed.fingerprint != blended(dateline, FOLDER).fingerprint


def test_inputs_know_where_the_span_is_and_which_names_are_there(dateline: Dateline) -> None:
    found = candidates(dateline)[:1]
    spans = [passage_sentences(found[0])]
    offset = found[0].passage.start
    first = (spans[0][0][0] - offset, spans[0][0][0] - offset + 4)
    raw = Raw(50.0, 3.0, tuple(float(at) for at in range(len(spans[0]))), first)
    (measured,) = inputs(QUESTION, found, spans, [raw], [[ROW] * len(spans[0])])
    assert measured[0].span > 2.5
    assert all(row.span == 0 for row in measured[1:])
    assert all(row.answerable <= LARGEST for row in measured)
    assert [row.sentence for row in measured] == sorted(row.sentence for row in measured)
    (nobody,) = inputs("Will Zanzibar win?", found, spans, [raw], [[ROW] * len(spans[0])])
    (nothing,) = inputs("who won?", found, spans, [raw], [[ROW] * len(spans[0])])
    assert nobody[0].named == 0
    assert nothing[0].named == 1
    assert 0 < measured[0].named < 1


def row(sentence: float) -> Inputs:
    return Inputs(sentence, 1.0, 0.0, 0.5, 0.4, 0.3, 1.0, 1.0)


def test_the_best_sentence_leads_by_its_gap_and_others_trail() -> None:
    raws = [Raw(1.0, 0.0, (3.0, 1.0), None, (4.0, 0.0, 1.0))] * 2 + [Raw(0.0, 0.0, (), None)]
    measured = [[row(3.0), row(1.0)], [row(2.0)], []]
    first, second, nothing = standings("Did it end?", measured, [[3.0, 1.0], [2.0], []], raws)
    assert nothing is None
    assert first is not None
    assert second is not None
    assert first.lead == pytest.approx(1.0, abs=0.01)
    assert second.lead == pytest.approx(-1.0, abs=0.01)
    assert (first.rank, second.rank) == (1.0, 0.5)
    assert first.decided == pytest.approx(3.0, abs=0.1)
    (other, *_) = standings("Why did it end?", measured, [[3.0, 1.0], [2.0], []], raws)
    assert other is not None
    assert other.decided == 0


def test_a_logit_is_the_weighed_sum() -> None:
    weights = Weights.of({**dict.fromkeys(Inputs.__slots__, 2.0), "bias": -1.0}, Inputs)
    assert weights.logit(row(3.0)) == pytest.approx(2 * (3 + 1 + 0.5 + 0.4 + 0.3 + 1 + 1) - 1)
