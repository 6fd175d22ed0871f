from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from rag.ask.read import passage_sentences
from rag.dateline import Dateline
from rag.errors import ModelDamaged, ModelMissing
from rag.models.blend import BlendReader
from rag.models.cross_encoder import CrossEncoderReader
from rag.models.overlap import OverlapReader
from rag.models.scorer import FOLDER
from rag.types import Candidate, Filters, Reading

QUESTION = "Why was Russia not on the US tariff list?"
READER = CrossEncoderReader()


def candidates(dateline: Dateline, question: str = QUESTION, limit: int = 6) -> list[Candidate]:
    return dateline.answering.candidates(question, Filters(), limit)


def blended(dateline: Dateline) -> BlendReader:
    words = dateline.index.words
    overlap = OverlapReader(dateline.embedder, words.document_frequency, lambda: len(words))
    return BlendReader(READER, overlap)


def check(found: list[Candidate], readings: list[Reading]) -> None:
    assert len(readings) == len(found)
    for candidate, reading in zip(found, readings, strict=True):
        spans = passage_sentences(candidate)
        assert [(item.start, item.end) for item in reading.sentences] == spans
        assert all(0 <= item.score <= 1 for item in reading.sentences)
        assert 0 <= reading.answerable <= 1
        if reading.answer is not None:
            start, end = reading.answer
            assert candidate.passage.start <= start < end <= candidate.passage.end


@pytest.mark.parametrize("kind", ["cross-encoder", "blend"])
def test_every_sentence_is_scored_and_answers_lie_in_the_passage(
    dateline: Dateline, kind: str
) -> None:
    reader = READER if kind == "cross-encoder" else blended(dateline)
    for question in (QUESTION, "When will they speak?", "😀", "x " * 900):
        found = candidates(dateline, question)
        spans = [passage_sentences(item) for item in found]
        check(found, reader.read(question, found, spans))
    assert reader.read("Why?", [], []) == []


@pytest.mark.parametrize("kind", ["cross-encoder", "blend"])
def test_the_sentence_that_answers_scores_highest(dateline: Dateline, kind: str) -> None:
    reader = READER if kind == "cross-encoder" else blended(dateline)
    found = candidates(dateline)
    readings = reader.read(QUESTION, found, [passage_sentences(item) for item in found])
    score, text = max(
        (sentence.score, candidate.article.text[sentence.start : sentence.end])
        for candidate, reading in zip(found, readings, strict=True)
        for sentence in reading.sentences
    )
    assert "trade" in text
    assert score > 0.0


def test_a_batch_reads_like_one_by_one(dateline: Dateline) -> None:
    found = candidates(dateline)
    spans = [passage_sentences(item) for item in found]
    together = READER.read(QUESTION, found, spans)
    for candidate, mine, reading in zip(found, spans, together, strict=True):
        (alone,) = READER.read(QUESTION, [candidate], [mine])
        assert alone.answerable == pytest.approx(reading.answerable, abs=0.05)


def test_the_fingerprints_name_the_weights(dateline: Dateline) -> None:
    assert READER.fingerprint.startswith(f"{READER.name}@")
    blend = blended(dateline)
    assert blend.fingerprint.startswith("blend@")
    assert READER.fingerprint in blend.fingerprint


def test_missing_and_damaged_weights_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing):
        CrossEncoderReader(tmp_path / "none").warm()
    shutil.copytree(FOLDER, tmp_path / "copy")
    (tmp_path / "copy" / "model.safetensors").write_bytes(b"not weights")
    with pytest.raises(ModelDamaged):
        CrossEncoderReader(tmp_path / "copy").warm()


def test_the_weights_are_small_and_safe() -> None:
    files = {path.name: path.stat().st_size for path in FOLDER.iterdir()}
    assert set(files) == {"model.safetensors", "config.json", "README.md"}
    assert sum(files.values()) < 50_000_000
    assert json.loads((FOLDER / "config.json").read_text())["sizes"]["layers"] == 6
