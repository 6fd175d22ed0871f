from __future__ import annotations

import pytest

from rag.ask.read import passage_sentences
from rag.dateline import Dateline
from rag.models.overlap import Features, OverlapReader, probability
from rag.types import Candidate, Filters

SPARSE = Features(cosine=0.1, coverage=0.0, context=0.0, kind=0.0)


@pytest.fixture
def reader(dateline: Dateline) -> OverlapReader:
    words = dateline.index.words
    return OverlapReader(dateline.embedder, words.document_frequency, lambda: len(words))


def candidates(dateline: Dateline, question: str) -> list[Candidate]:
    return dateline.answering.candidates(question, Filters(), 6)


def test_every_sentence_is_scored_in_order(dateline: Dateline, reader: OverlapReader) -> None:
    found = candidates(dateline, "Who travels with Witkoff?")
    spans = [passage_sentences(item) for item in found]
    readings = reader.read("Who travels with Witkoff?", found, spans)
    assert len(readings) == len(found)
    for reading, mine in zip(readings, spans, strict=True):
        assert [(item.start, item.end) for item in reading.sentences] == list(mine)
        assert all(0 <= item.score <= 1 for item in reading.sentences)
        assert reading.answerable == max(item.score for item in reading.sentences)


def test_more_shared_words_and_likeness_are_more_probable() -> None:
    rich = Features(cosine=0.9, coverage=1.0, context=1.0, kind=1.0)
    assert probability(rich) > 0.6 > 0.05 > probability(SPARSE)


def test_words_that_no_passage_has_lower_the_share_that_is_covered(
    dateline: Dateline, reader: OverlapReader
) -> None:
    question = "How many soldiers has Ukraine lost?"
    found = candidates(dateline, question)
    rows = reader.features(question, found, [passage_sentences(item) for item in found])
    assert max(row.coverage for mine in rows for row in mine) < 0.5


def test_a_question_for_a_number_prefers_sentences_with_one(
    dateline: Dateline, reader: OverlapReader
) -> None:
    question = "How many trips has Witkoff made to Russia?"
    found = candidates(dateline, question)
    spans = [passage_sentences(item) for item in found]
    kinds = {
        found[row].article.text[slice(*spans[row][at])]: features.kind
        for row, mine in enumerate(reader.features(question, found, spans))
        for at, features in enumerate(mine)
    }
    seventh = next(text for text in kinds if "seventh trip" in text)
    assert kinds[seventh] == 1.0
    assert 0.0 in kinds.values()


def test_a_question_that_is_embedded_already_reads_the_same(
    dateline: Dateline, reader: OverlapReader
) -> None:
    question = "Who travels with Witkoff?"
    found = candidates(dateline, question)
    spans = [passage_sentences(item) for item in found]
    embedded = dateline.embedder.embed([question])[0]
    for mine, same in zip(
        reader.features(question, found, spans),
        reader.features(question, found, spans, embedded),
        strict=True,
    ):
        assert [row.cosine for row in same] == pytest.approx([row.cosine for row in mine], abs=0.02)
    opposite = reader.features(question, found, spans, -embedded)
    assert all(row.cosine < 0.3 for mine in opposite for row in mine)


def test_nothing_to_read_gives_nothing(reader: OverlapReader) -> None:
    assert reader.read("Why?", [], []) == []


def test_the_fingerprint_names_its_weights_and_the_embedder(reader: OverlapReader) -> None:
    assert reader.fingerprint.startswith("overlap@")
    assert "all-MiniLM-L6-v2" in reader.fingerprint
