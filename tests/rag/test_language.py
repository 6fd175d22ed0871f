from __future__ import annotations

from rag.language import MAX_SENTENCE, normalise, quoted, sentences, terms


def texts(text: str) -> list[str]:
    return [text[start:end] for start, end in sentences(text)]


def test_sentences_end_at_full_stops_and_line_breaks_but_not_at_abbreviations() -> None:
    text = "MOSCOW\nU.S. President Trump met Mr. Putin. They spoke.\n\nIt ended"
    assert texts(text) == [
        "MOSCOW",
        "U.S. President Trump met Mr. Putin.",
        "They spoke.",
        "It ended",
    ]


def test_a_quotation_stays_with_the_words_that_report_it() -> None:
    text = "“We do not trade. In fact, there is none,” he said. He left."
    assert texts(text) == ["“We do not trade. In fact, there is none,” he said.", "He left."]


def test_offsets_count_code_points() -> None:
    text = "Émile 😀 came. Zoë left."
    assert texts(text) == ["Émile 😀 came.", "Zoë left."]


def test_an_endless_sentence_is_cut() -> None:
    for text in ("word " * 2_000, "x" * 5_000):
        spans = sentences(text)
        assert max(end - start for start, end in spans) <= MAX_SENTENCE
        assert "".join(text[a:b] for a, b in spans).replace(" ", "") == text.replace(" ", "")


def test_sentences_of_a_part_count_in_the_whole() -> None:
    text = "Title. One. Two."
    assert [text[a:b] for a, b in sentences(text, 7, 11)] == ["One."]


def test_terms_are_stems_without_stop_words_and_points() -> None:
    assert terms("Why were the U.S. tariffs négotiated?") == ["us", "tariff", "negoti"]


def test_quotations_are_found_with_both_kinds_of_marks() -> None:
    text = 'He said "one" and “two”.\n"open until the line ends\nnot this'
    assert [text[a:b] for a, b in quoted(text)] == ["one", "two", "open until the line ends"]


def test_an_empty_quotation_is_none() -> None:
    assert quoted('""') == []


def test_what_looks_the_same_compares_equal() -> None:
    assert normalise("“It’s\u00a0a test—now”") == normalise('"It\'s a test-now"')
