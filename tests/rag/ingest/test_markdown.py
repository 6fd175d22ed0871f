from __future__ import annotations

import pytest

from rag.errors import ArticleError
from rag.ingest.markdown import MAX_FRONT, parse_markdown


def test_front_matter_and_text_are_told_apart() -> None:
    found = parse_markdown(
        "\ufeff---\r\ntitle: 'A: b'\r\ndate: 2025-03-18\r\ntags: [x, y]\r\ndraft: false\r\n---\r\n"
        "Text.",
        "p",
    )
    assert found == {
        "fields": {"title": "A: b", "date": "2025-03-18", "tags": ["x", "y"]},
        "heading": None,
        "text": "Text.",
    }


def test_markup_goes_and_words_stay() -> None:
    found = parse_markdown(
        "# The *title*\n\nOne **bold** [link](http://x) and `code`,\nsame line.  \nNew line.\n\n"
        "![picture](p.png)\n\n## Part\n\n- a\n- b\n\n> quote\n\n```\ncode\n```\n<!-- no -->\n",
        "p",
    )
    assert found["heading"] == "The title"
    assert found["text"].split("\n\n") == [
        "One bold link and code, same line.\nNew line.", "Part", "a", "b", "quote", "code",
    ]  # fmt: skip


def test_a_rule_at_the_head_is_no_front_matter() -> None:
    assert parse_markdown("---\nNews of the day.", "p")["text"] == "News of the day."
    assert parse_markdown("---\n---\nNews.", "p") == {
        "fields": {},
        "heading": None,
        "text": "News.",
    }


@pytest.mark.parametrize(
    ("matter", "message"),
    [
        ("a: b: c", "not YAML"),
        ("- a", "no list of fields"),
        ("a: " + "[" * 3_000, "not YAML"),
        ("a: " + "x" * MAX_FRONT, "more than"),
        ("a: !!python/object/apply:os.system [ls]", "not YAML"),
    ],
)
def test_bad_front_matter_is_refused(matter: str, message: str) -> None:
    with pytest.raises(ArticleError, match=message):
        parse_markdown(f"---\n{matter}\n---\nText.", "p")


def test_aliases_do_not_expand() -> None:
    levels = "\n".join(
        f"{b}: &{b} [{','.join([f'*{a}'] * 9)}]"
        for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    )
    found = parse_markdown(f"---\na: &a [x,x]\n{levels}\ntitle: T\n---\nText.", "p")
    assert found["fields"] == {"a": ["x", "x"], "title": "T"}
