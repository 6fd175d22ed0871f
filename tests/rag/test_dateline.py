from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from rag.config import Settings
from rag.dateline import Dateline
from rag.errors import EmbedderMismatch, FilterError, QuestionError
from rag.types import Answer, Filters, Turn

TARIFFS = "Why was Russia not on the US tariff list?"


def check_promises(dateline: Dateline, answer: Answer) -> None:
    """What holds for every answer: see the promises in the README."""
    for citation in answer.citations:
        article = dateline.article(citation.article_id, citation.version)
        assert article.text[citation.start : citation.end] == citation.quote
    assert [item.number for item in answer.citations] == list(range(1, len(answer.citations) + 1))
    quotes = {item.number: item.quote for item in answer.citations}
    for sentence in answer.sentences:
        assert sentence.citations
        for marked in re.findall(r"“([^”]*)”|\"([^\"]*)\"", sentence.text):
            words = next(filter(None, marked))
            assert any(words in quotes[number] for number in sentence.citations)
    assert answer.abstained == (not answer.sentences) == (answer.reason is not None)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        (TARIFFS, "no substantial trade relations"),
        ("What does Peskov say about sanctions on Iran?", "sanctions"),
        ("Did Peskov confirm that Kellogg was suspended?", "refuted media reports"),
        ("When was the previous phone call between Putin and Trump?", "March 18"),
    ],
)
def test_it_answers_with_exact_passages(dateline: Dateline, question: str, expected: str) -> None:
    answer = dateline.ask(question)
    assert not answer.abstained
    assert expected in answer.text
    check_promises(dateline, answer)


@pytest.mark.parametrize(
    "question", ["How many soldiers has Ukraine lost?", "What is the capital of Australia?"]
)
def test_it_abstains_when_the_articles_are_silent(dateline: Dateline, question: str) -> None:
    answer = dateline.ask(question)
    assert answer.abstained
    assert answer.reason in ("not_stated", "not_a_question_about_the_collection")
    assert len(answer.nearest) == 3
    assert answer.confidence < 0.5
    check_promises(dateline, answer)


def test_the_appeal_of_a_newspaper_is_never_quoted(dateline: Dateline) -> None:
    for question in (
        "How can readers support The Moscow Times?",
        "Who is an undesirable organization?",
    ):
        answer = dateline.ask(question, limit=10)
        text = answer.text + "".join(item.passage.text for item in answer.nearest)
        assert "Dear readers" not in text
        assert "undesirable" not in text
        assert "$2" not in text


def test_a_follow_up_is_answered_in_its_context(dateline: Dateline) -> None:
    history = [
        Turn(role="user", content=TARIFFS),
        Turn(role="assistant", content="There is no substantial trade."),
    ]
    answer = dateline.ask("And who said that?", history)
    assert answer.query == "Who said There is no substantial trade."
    assert not answer.abstained
    check_promises(dateline, answer)


def test_the_same_question_gets_the_same_answer(dateline: Dateline) -> None:
    one, two = dateline.answering.ask(TARIFFS), dateline.answering.ask(TARIFFS)
    assert (one.text, one.citations, one.confidence) == (two.text, two.citations, two.confidence)
    assert one.id != two.id


def test_timings_and_models_are_told(dateline: Dateline) -> None:
    answer = dateline.answering.ask(TARIFFS)
    assert {"rewrite", "retrieve", "read", "decide", "compose", "verify", "cite", "total"} == set(
        answer.timings
    )
    assert answer.models["embedder"] == dateline.embedder.fingerprint


def test_undated_articles_take_no_part_in_dated_questions(dateline: Dateline) -> None:
    answer = dateline.ask(TARIFFS, filters=Filters(as_of=datetime(2026, 1, 1, tzinfo=UTC)))
    assert answer.abstained
    assert answer.reason == "no_evidence"
    assert answer.notices[0].code == "undated_left_out"
    assert "5 articles have no date" in answer.notices[0].message


def test_only_the_speaker_asked_for_is_quoted(dateline: Dateline) -> None:
    question = "When did Witkoff say he would leave for Moscow?"
    answer = dateline.ask(question, filters=Filters(speakers=("witkoff",)))
    assert {item.speaker for item in answer.citations} == {"Steve Witkoff"}
    nobody = dateline.ask(question, filters=Filters(speakers=("Lavrov",)))
    assert nobody.abstained
    found = dateline.search(question, Filters(speakers=("witkoff",)), limit=2)
    assert {item.article.id for item in found} == {"004_55e2c02903bf544b"}
    assert dateline.search(question, Filters(speakers=("Lavrov",))) == []


@pytest.mark.parametrize("question", ["", "  \n", "?!", "x" * 2_001, "100k " * 20_000, "a\ud800"])
def test_a_question_that_is_none_is_refused(dateline: Dateline, question: str) -> None:
    for call in (dateline.ask, dateline.search):
        with pytest.raises(QuestionError):
            call(question)


def test_an_empty_range_of_time_is_refused(dateline: Dateline) -> None:
    when = datetime(2026, 1, 1, tzinfo=UTC)
    with pytest.raises(FilterError, match="between"):
        dateline.search("x", Filters(after=when, before=when))


def test_strange_questions_are_answered_or_declined(dateline: Dateline) -> None:
    strange = (
        "<script>alert(1)</script>",
        "'; DROP TABLE article; --",
        "😀 " * 100 + "a",
        "٣ س",
        "text:* AND outlet:x",
        "Peskov " * 250,
        "\u202eright to left",
    )
    for question in strange:
        check_promises(dateline, dateline.ask(question))


def test_search_finds_the_passage(dateline: Dateline) -> None:
    first, *_ = dateline.search("Anchorage formula territorial issue", limit=3)
    assert first.article.id == "003_146bb3441ec67a23"
    article = dateline.article(first.passage.article_id)
    assert article.text[first.passage.start : first.passage.end] == first.passage.text


def test_the_examination_finds_nothing_wrong(dateline: Dateline) -> None:
    findings = list(dateline.check())
    assert [finding.name for finding in findings] == [
        "catalogue",
        "embedder",
        "index",
        "statements",
        "language model",
    ]
    assert all(finding.ok for finding in findings)


# ---- ingest --------------------------------------------------------------------------------------


def opened(tmp_path: Path) -> Dateline:
    return Dateline(Settings(data=tmp_path / "data"))


def test_ingesting_again_does_nothing_and_a_change_is_a_new_version(
    tmp_path: Path, seeds: Path
) -> None:
    dateline = opened(tmp_path)
    folder = tmp_path / "in"
    folder.mkdir()
    for path in seeds.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    seen: list[str] = []
    assert dateline.ingest([folder], seen.append).count("added") == 5
    assert len(seen) == 5
    generation = dateline.catalogue.generation()
    assert dateline.ingest([folder]).count("unchanged") == 5
    assert dateline.catalogue.generation() == generation
    changed = folder / "001_c863c091f001229a.txt"
    changed.write_text(changed.read_text().replace("tangible trade", "measurable trade"))
    assert dateline.ingest([folder]).count("changed") == 1
    quoted = dateline.ask("Is there tangible or measurable trade between Russia and the US?")
    assert "measurable" in quoted.text
    assert "tangible" not in quoted.text
    assert "tangible" in dateline.article("001_c863c091f001229a", 1).text
    dateline.delete("001_c863c091f001229a")
    assert dateline.ask(TARIFFS).abstained
    dateline.close()


def test_one_bad_article_never_stops_the_rest(tmp_path: Path) -> None:
    dateline = opened(tmp_path)
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.txt").write_text("Good news came on Monday.")
    (tmp_path / "in" / "b.txt").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "in" / "c.txt").write_text(" ")
    lines = [json.dumps({"id": "x/y", "text": "Bad id."}), json.dumps({"id": "d", "text": "Fine."})]
    (tmp_path / "in" / "d.jsonl").write_text("\n".join(lines))
    report = dateline.ingest([tmp_path / "in"])
    assert [item.id for item in report.stored] == ["a", "d"]
    assert [item.code for item in report.refused] == [
        "source_encoding", "source_empty", "article_invalid",
    ]  # fmt: skip
    dateline.close()


def test_files_of_one_name_in_two_folders_are_two_articles(tmp_path: Path) -> None:
    dateline = opened(tmp_path)
    for folder, text in (
        ("one", "First story."),
        ("two", "Second story."),
        ("three", "First story."),
    ):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "index.txt").write_text(text)
    folders = [tmp_path / "one", tmp_path / "two", tmp_path / "three"]
    ids = [dateline.ingest([folder]).stored[0].id for folder in folders]
    assert ids[0] == ids[2] == "index"
    assert ids[1].startswith("index-")
    again = [dateline.ingest([folder]).stored[0].outcome for folder in folders]
    assert again == ["unchanged"] * 3
    dateline.close()


def test_reprints_are_one_source(tmp_path: Path) -> None:
    dateline = opened(tmp_path)
    text = "The minister resigned on Friday over the harbour contract."
    records = [
        {"id": f"r{n}", "text": text, "outlet": f"Paper {n}", "published_at": f"2025-01-0{n}"}
        for n in range(1, 4)
    ]
    (tmp_path / "r.jsonl").write_text("\n".join(json.dumps(record) for record in records))
    dateline.ingest([tmp_path / "r.jsonl"])
    answer = dateline.ask(
        "Why did the minister resign?", filters=Filters(as_of=datetime(2025, 1, 9, tzinfo=UTC))
    )
    (citation,) = answer.citations
    assert len(citation.also_in) == 2
    assert len(dateline.search("minister resigned")) == 1
    early = dateline.ask(
        "Why did the minister resign?", filters=Filters(before=datetime(2025, 1, 2, tzinfo=UTC))
    )
    assert early.citations[0].article_id == "r1"
    dateline.close()


def test_another_embedder_is_refused_until_everything_is_embedded_anew(tmp_path: Path) -> None:
    dateline = opened(tmp_path)
    (tmp_path / "a.txt").write_text("The minister resigned over the harbour contract.")
    dateline.ingest([tmp_path / "a.txt"])
    dateline.close()
    import shutil

    from rag.models.embedder import default_path

    shutil.copytree(default_path(), tmp_path / "other")
    settings = Settings(data=tmp_path / "data", embedder=str(tmp_path / "other"))
    with pytest.raises(EmbedderMismatch, match="reindex"):
        Dateline(settings)
    anew = Dateline(settings, any_embedder=True)
    assert anew.reindex() == 1
    anew.close()
    again = Dateline(settings)
    assert not again.ask("Why did the minister resign?").abstained
    again.close()


def test_another_process_sees_what_was_stored(tmp_path: Path) -> None:
    writer, reader = opened(tmp_path), opened(tmp_path)
    assert reader.ask("Why did the minister resign?").reason == "no_evidence"
    (tmp_path / "a.txt").write_text("The minister resigned over the harbour contract.")
    writer.ingest([tmp_path / "a.txt"])
    assert not reader.ask("Why did the minister resign?").abstained
    writer.close()
    reader.close()


def test_articles_are_listed_with_derived_titles_marked(dateline: Dateline) -> None:
    page = dateline.articles(limit=3)
    assert page.total == 5
    assert all(item.title_from == "derived" and item.outlet is None for item in page.items)
    rest = dateline.articles(limit=3, cursor=page.next_cursor)
    assert len(rest.items) == 2
    assert rest.next_cursor is None
