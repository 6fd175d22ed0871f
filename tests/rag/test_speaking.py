from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest

from rag.attribution import extract
from rag.config import Settings
from rag.dateline import Dateline
from rag.types import Filters, Source

STEEL = (
    "US President Joe Biden announced a plan for steel.\n"
    "“Steel will cost a quarter more by the summer,” Biden told Bloomberg TV on Friday.\n"
)
PARK = "Kremlin spokesman Dmitry Peskov dismissed reports that steel will cost less.\n"
OTHER = "Steel prices rose. Jane Roe said steel will cost the same as in the spring.\n"


@pytest.fixture
def own(tmp_path: object) -> Iterator[Dateline]:
    opened = Dateline(Settings(data=tmp_path, reader="overlap", min_confidence=0.0))  # type: ignore[arg-type]
    for number, text in enumerate((STEEL, PARK, OTHER)):
        opened.add(
            [
                Source(
                    text=text,
                    origin=f"test:{number}",
                    id=f"a{number}",
                    published_at=datetime(2024, 3, 9, tzinfo=UTC),
                )
            ]
        )
    opened.read_statements()
    yield opened
    opened.close()


def test_what_is_stored_is_not_parsed_again(own: Dateline, monkeypatch: pytest.MonkeyPatch) -> None:
    extract._REMEMBERED.clear()

    def parsed(_text: str) -> object:
        raise AssertionError("an article was parsed that is read")

    monkeypatch.setattr(extract, "_Reading", parsed)
    answer = own.ask("What will steel cost?")
    assert not answer.abstained
    own.search("steel", Filters(speakers=("Peskov",)))


def test_a_citation_says_where_and_when_it_was_said(own: Dateline) -> None:
    found = own.ask("What did Biden say steel will cost?", filters=Filters(articles=("a0",)))
    told = next(item for item in found.citations if "quarter more" in item.quote)
    assert (told.speaker, told.quote_type, told.cue) == ("Joe Biden", "direct", "told")
    assert (told.medium, told.when, told.day) == ("Bloomberg TV", "on Friday", date(2024, 3, 8))


@pytest.mark.parametrize("speaker", ["the US president", "Biden", "President Joseph R. Biden"])
def test_a_speaker_is_found_by_name_and_by_role(own: Dateline, speaker: str) -> None:
    filters = Filters(speakers=(speaker,))
    answer = own.ask("What will steel cost?", filters=filters)
    assert {item.speaker for item in answer.citations} == {"Joe Biden"}
    assert {item.article.id for item in own.search("steel", filters)} == {"a0"}


def test_part_of_a_name_will_do_where_nobody_has_it_as_a_last_name(own: Dateline) -> None:
    found = own.search("steel", Filters(speakers=("Dmitry Pes",)))
    assert {item.article.id for item in found} == {"a1"}
    assert own.search("steel", Filters(speakers=("Nobody",))) == []
    assert own.search("steel", Filters(speakers=("Biden",), articles=("a1",))) == []


def test_a_denial_is_told_as_one(own: Dateline) -> None:
    answer = own.ask("Will steel cost less?", filters=Filters(speakers=("Peskov",)))
    assert all(item.denied for item in answer.citations)
    assert "dismissed" in answer.text


def test_while_articles_wait_to_be_read_none_is_left_out(own: Dateline) -> None:
    own.add([Source(text="“Steel will cost nothing,” Joe Biden said.\n", origin="t", id="new")])
    assert own.speaking.articles(("Biden",), Filters()) is None
    found = own.search("steel will cost nothing", Filters(speakers=("Biden",)))
    assert {item.article.id for item in found} == {"a0", "new"}
