"""Whatever is handed to a parser, it reads it or refuses it in our own words.

A hundred cases for each; more with ``FUZZ_CASES=10000 python -m pytest tests/rag/test_parsers.py``.
"""

from __future__ import annotations

import io
import json
import os
from typing import Any

import pydantic
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from api.errors import RequestInvalid
from api.openai_bodies import CompletionBody, EmbeddingBody, ResponseBody
from api.schemas import FilterFields
from rag import moments
from rag.ask.asked import asked
from rag.ask.rewrite import rewrite
from rag.attribution.quotes import find
from rag.errors import FilterError, InputError, MappingError, QuestionError
from rag.ingest.markdown import parse_markdown
from rag.ingest.record import parse_mapping, parse_time, source_from_record
from rag.ingest.rows import json_lines, table
from rag.store.rows import decode_cursor, encode_cursor
from rag.types import Source, Turn

fuzzed = settings(
    max_examples=int(os.environ.get("FUZZ_CASES", "100")),
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
# With lone surrogates: JSON can write them.
ANY_TEXT = st.text(st.characters())
DATES = st.one_of(
    ANY_TEXT,
    st.text("0123456789-:TZ+. W", max_size=30),
    st.datetimes().map(str),
    st.dates().map(str),
    st.from_regex(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}[+-]\d{2}:\d{2}", fullmatch=True),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(ANY_TEXT, inner, max_size=4),
    max_leaves=12,
)
FIELD = st.sampled_from("id url title outlet author published_at text language headline".split())
RECORD = st.dictionaries(FIELD | ANY_TEXT, JSON | DATES, max_size=6)


@fuzzed
@given(name=st.sampled_from(["as_of", "after", "before"]), value=DATES)
@example(name="as_of", value="9999-12-31")
@example(name="as_of", value="0001-01-01T00:00+23:59")
@example(name="before", value="9999-12-31T23:59:59-23:59")
def test_dates(name: str, value: str) -> None:
    try:
        found = moments.bound(name, value)
    except FilterError:
        return
    assert found is not None
    assert found.utcoffset() is not None
    moments.microseconds(found)


@fuzzed
@given(value=DATES, lenient=st.booleans())
@example(value="Tue, 18 Mar 2025 14:00:00 +9999", lenient=True)
@example(value="1 Jan 0001 00:00:00 +2300", lenient=True)
@example(value="31 Dec 9999 23:59:59 -2300", lenient=True)
def test_dates_of_records(value: str, lenient: bool) -> None:
    try:
        found = parse_time(value, "here", lenient=lenient)
    except InputError:
        return
    assert found is None or found.utcoffset() is not None


@fuzzed
@given(given_=st.dictionaries(st.sampled_from(list(FilterFields.model_fields)), JSON | DATES))
def test_filters(given_: dict[str, Any]) -> None:
    try:
        FilterFields.model_validate(given_).filters()
    except (pydantic.ValidationError, FilterError):
        return


@fuzzed
@given(cursor=ANY_TEXT | st.text("ABCab+/=-_0123"))
@example(cursor="é")
@example(cursor="=" * 3)
def test_cursors(cursor: str) -> None:
    try:
        decode_cursor(cursor)
    except InputError:
        return


@fuzzed
@given(last=st.text(max_size=200))
def test_a_cursor_comes_back_as_it_was(last: str) -> None:
    assert decode_cursor(encode_cursor(last)) == last


@fuzzed
@given(words=ANY_TEXT | st.text("title=text, ."))
def test_mappings(words: str) -> None:
    try:
        assert parse_mapping(words)
    except MappingError:
        return


@fuzzed
@given(record=JSON | RECORD, aliases=st.booleans())
def test_records(record: object, aliases: bool) -> None:
    try:
        found = source_from_record(record, place="here", origin="here", aliases=aliases)
    except InputError:
        return
    assert isinstance(found.text, str)


MAPPING = {"title": "headline", "text": "body.text"}


@fuzzed
@given(
    data=st.one_of(
        st.binary(max_size=300),
        st.lists(RECORD.map(json.dumps), max_size=4).map(lambda rows: "\n".join(rows).encode()),
        st.text(max_size=300).map(str.encode),
    ),
    mapping=st.sampled_from([None, MAPPING]),
)
@example(data=b"[" * 100_000, mapping=None)
@example(data=b'{"id": 1' + b"0" * 5_000 + b', "text": "x"}', mapping=None)
def test_json_lines(data: bytes, mapping: dict[str, str] | None) -> None:
    try:
        for item in json_lines(io.BytesIO(data), "here", "here", 10_000, mapping):
            assert isinstance(item, Source | InputError)
    except InputError:
        return


@fuzzed
@given(data=st.binary(max_size=300) | st.text('text,"\n;\t|é', max_size=200).map(str.encode))
def test_tables(data: bytes) -> None:
    try:
        for item in table(io.BytesIO(b"text,id\n" + data), "here", "here", 10_000, None):
            assert isinstance(item, Source | InputError)
    except InputError:
        return


TAGS = st.sampled_from("str int float bool null timestamp binary set omap pairs map seq".split())
YAML = st.one_of(
    ANY_TEXT,
    st.text("abc:-[]{}&*!|>'\"#%@`?, \n0123456789", max_size=80),
    st.tuples(TAGS, st.text("abc0123456789-:.e ", max_size=20)).map(
        lambda p: f"a: !!{p[0]} {p[1]}"
    ),
    st.datetimes().map(lambda moment: f"date: {moment}"),
)


@fuzzed
@given(matter=YAML, text=st.text(max_size=100))
@example(matter="a: !!timestamp x", text="")
@example(matter="a: !!bool x", text="")
@example(matter="a: !!int ''", text="")
@example(matter="&a [*a]: 1", text="")
@example(matter="{" * 5_000, text="")
def test_front_matter(matter: str, text: str) -> None:
    try:
        found = parse_markdown(f"---\n{matter}\n---\n{text}", "here")
    except InputError:
        return
    assert isinstance(found["text"], str)


@fuzzed
@given(text=ANY_TEXT)
@example(text="ignore " * 300)
@example(text="and " * 500)
@example(text="<|" * 1_000)
@example(text='"' * 2_000)
def test_questions(text: str) -> None:
    assert isinstance(asked(text), str)


@fuzzed
@given(
    question=st.text(max_size=200),
    history=st.lists(st.tuples(st.sampled_from(["user", "assistant"]), st.text(max_size=200))),
)
@example(question="And he?", history=[("user", ""), ("assistant", "")])
def test_follow_ups(question: str, history: list[tuple[Any, str]]) -> None:
    found = rewrite(question, [Turn(role=role, content=text) for role, text in history])
    assert isinstance(found.text, str)


@fuzzed
@given(quote=st.text(max_size=300) | st.text("“”\"'’ab ….,[]-", max_size=300))
def test_quotations(quote: str) -> None:
    text = "“We will never, ever surrender,” Ana Ruiz said. “It is late …”"
    try:
        for match in find(quote, lambda *_: [("a", text)]):
            assert 0 <= match.span.start < match.span.end <= len(text)
    except QuestionError:
        return


MESSAGE = st.fixed_dictionaries(
    {},
    optional={
        "role": st.sampled_from(["user", "assistant", "system", "tool", "developer"]) | JSON,
        "content": JSON
        | st.lists(st.fixed_dictionaries({"type": ANY_TEXT, "text": ANY_TEXT | JSON}), max_size=3),
        "type": ANY_TEXT,
    },
)
BODY = {
    "model": st.just("dateline") | JSON,
    "stream": st.booleans() | JSON,
    "dateline": st.none() | JSON,
    "response_format": st.none() | st.fixed_dictionaries({"type": ANY_TEXT}) | JSON,
    "input": ANY_TEXT | st.lists(MESSAGE, max_size=3) | JSON,
    "messages": st.lists(MESSAGE, max_size=4) | JSON,
}


@fuzzed
@given(kind=st.sampled_from([CompletionBody, ResponseBody, EmbeddingBody]), body=st.data())
def test_bodies_of_foreign_clients(kind: type[pydantic.BaseModel], body: st.DataObject) -> None:
    given_ = body.draw(st.fixed_dictionaries({}, optional=BODY))
    try:
        made: Any = kind.model_validate(given_)
        if isinstance(made, EmbeddingBody):
            assert made.texts
            return
        question, history = made.conversation()
        made.filters()
    except (pydantic.ValidationError, RequestInvalid, FilterError):
        return
    assert question
    assert all(turn.role in ("user", "assistant") for turn in history)
