from __future__ import annotations

from rag.ingest.boilerplate import news_spans


def news(text: str) -> list[str]:
    return [text[start:end] for start, end in news_spans(text)]


def test_a_line_of_boilerplate_splits_the_news() -> None:
    assert news("First.\nRead more: Other story\nSecond.") == ["First.", "Second."]


def test_an_appeal_runs_to_the_end() -> None:
    assert news("One.\nTwo.\nThree.\nDear readers,\nGive.\nThanks.") == ["One.\nTwo.\nThree."]


def test_an_appeal_at_the_head_is_news() -> None:
    text = "Dear readers, the minister wrote, please help.\nThat was on Monday.\nHe left."
    assert news(text) == [text]


def test_a_text_of_boilerplate_alone_stays() -> None:
    assert news("Read more: this") == ["Read more: this"]
