from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from rag.errors import ArticleError, DatelineError, SourceEmpty, SourceTooLarge
from rag.ingest.clean import MAX_TITLE, clean, clean_text, cluster_key, dateline
from rag.types import Article, FieldOrigin, Source

MANY = 1_000_000


def cleaned(text: str, **fields: str) -> Article:
    article, _ = clean(Source(text=text, origin="o", **fields), MANY)
    return article


def test_line_ends_and_controls_are_unified_and_letters_stay() -> None:
    raw = "\ufeffOne \r\nTwo\r\x00\x1b[31mThree\x0bFour\n\n\n\nE\u0301mile\u00a0“q”  "
    assert clean_text(raw) == "One\nTwo\n[31mThree\nFour\n\nE\u0301mile\u00a0“q”"


def test_cleaning_twice_changes_nothing(seeds: Path) -> None:
    for path in seeds.iterdir():
        once = clean_text(path.read_text())
        assert clean_text(once) == once


def test_a_lone_surrogate_is_refused() -> None:
    with pytest.raises(ArticleError, match="surrogate at offset 1"):
        clean_text("a\ud800")


@pytest.mark.parametrize(
    ("text", "place", "rest"),
    [
        ("MOSCOW\nPutin met.", "MOSCOW", "Putin met."),
        ("MOSCOW — Peskov said.", "MOSCOW", "Peskov said."),
        ("WASHINGTON (AP) — He said.", "WASHINGTON", "He said."),
        ("NEW YORK, N.Y. — He said.", "NEW YORK, N.Y", "He said."),
        ("Peskov said — again.", None, "Peskov said — again."),
    ],
)
def test_the_dateline_is_told_from_the_text(text: str, place: str | None, rest: str) -> None:
    found, start = dateline(text)
    assert (found and found.rstrip("."), text[start:]) == (place, rest)


def test_what_the_text_does_not_say_stays_unknown() -> None:
    article = cleaned("MOSCOW\nPutin met the envoy on Thursday. More.")
    assert (article.outlet, article.author, article.published_at) == (None, None, None)
    assert article.published_from == "unknown"
    assert (article.place, article.title) == ("MOSCOW", "Putin met the envoy on Thursday.")
    assert article.title_from == "derived"


def test_a_long_derived_title_is_cut_at_a_word() -> None:
    article = cleaned("Word " * 60 + ".")
    assert len(article.title) <= MAX_TITLE + 1
    assert article.title.endswith("Word…")


def test_a_given_title_is_not_derived() -> None:
    assert cleaned("Text.", title="Given").title_from == "metadata"


def test_ids_come_from_id_name_or_content() -> None:
    assert cleaned("Text.", id="x:1").id == "x:1"
    assert cleaned("Text.", name="a story (1)").id == "a-story-1"
    by_text = cleaned("Text.").id
    assert by_text == cleaned("Text.").id != cleaned("Other.").id
    assert cleaned("Text.", url="https://x.org/1").id == cleaned("New.", url="https://x.org/1").id


def test_the_same_words_make_one_cluster() -> None:
    assert cluster_key("“Yes,” he said.\n") == cluster_key('"Yes", he SAID')
    assert cluster_key("Yes, he said") != cluster_key("No, he said")


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"text": "   "}, SourceEmpty),
        ({"text": "!?"}, SourceEmpty),
        ({"text": "x" * (MANY + 1)}, SourceTooLarge),
        ({"text": "x", "id": "a/b"}, ArticleError),
        ({"text": "x", "id": "a" * 201}, ArticleError),
        ({"text": "x", "title": "t" * 1_001}, ArticleError),
        ({"text": "x", "outlet": "a\x1bb"}, ArticleError),
        ({"text": "x", "url": "javascript:alert(1)"}, ArticleError),
        ({"text": "x", "url": "http://[::1"}, ArticleError),
    ],
)
def test_what_breaks_the_rules_is_refused(
    fields: dict[str, str], kind: type[DatelineError]
) -> None:
    with pytest.raises(kind):
        clean(Source(origin="o", **fields), MANY)


def test_the_appeal_at_the_end_of_a_seed_is_not_news(seeds: Path) -> None:
    text = (seeds / "004_55e2c02903bf544b.txt").read_text()
    article, spans = clean(Source(text=text, origin="o"), MANY)
    news = " ".join(article.text[start:end] for start, end in spans)
    assert "very positive" in news
    for appeal in ("Message from", "Dear readers", "$2", "Remind me", "contributed reporting"):
        assert appeal in article.text
        assert appeal not in news


def test_the_other_seeds_are_news_to_the_last_word(seeds: Path) -> None:
    for path in sorted(seeds.iterdir())[:4]:
        article, spans = clean(Source(text=path.read_text(), origin="o"), MANY)
        assert spans[-1][1] == len(article.text)
        assert len(spans) == 1


@pytest.mark.parametrize(
    ("origin", "title_from", "published_from"),
    [("page", "page", "page"), ("feed", "feed", "feed"), ("path", "metadata", "metadata")],
)
def test_fields_say_where_they_came_from(
    origin: FieldOrigin, title_from: str, published_from: str
) -> None:
    moment = datetime(2025, 3, 18, tzinfo=UTC)
    origins = {"title": origin, "published_at": origin}
    source = Source(
        text="MOSCOW\nText.", origin="o", title="T", outlet="O", section="World",
        published_at=moment, updated_at=moment, url="https://X.org/a?utm_id=1", origins=origins,
    )  # fmt: skip
    article, _ = clean(source, MANY)
    assert (article.title_from, article.published_from) == (title_from, published_from)
    assert article.origins == {
        "title": origin, "published_at": origin, "outlet": "given", "section": "given",
        "updated_at": "given", "url": "given", "place": "text",
    }  # fmt: skip
    assert (article.url, article.section, article.updated_at) == (
        "https://x.org/a",
        "World",
        moment,
    )


def test_a_given_place_wins_over_the_dateline() -> None:
    article = cleaned("MOSCOW\nText.", place="KYIV")
    assert (article.place, article.origins["place"]) == ("KYIV", "given")


def test_a_page_s_url_makes_its_id_and_a_name_without_letters_does_not() -> None:
    by_url = cleaned("Text.", name="a", url="https://x.org/1?utm_id=2").id
    assert by_url == cleaned("Other.", url="https://X.org/1").id
    assert cleaned("Text.", name="???").id == cleaned("Text.").id


def test_a_text_without_news_is_refused() -> None:
    with pytest.raises(SourceEmpty, match="only appeals"):
        cleaned("Sign up for our newsletter.\nRead more")


def test_a_language_that_is_not_given_is_detected_and_says_so() -> None:
    text = "The minister said on Monday that talks about the budget will be resumed in spring."
    article = cleaned(text)
    assert (article.language, article.origins["language"]) == ("en", "derived")
    given = cleaned(text, language="en-GB")
    assert (given.language, given.origins["language"]) == ("en-GB", "given")
    short = cleaned("Talks resume.")
    assert short.language is None
    assert "language" not in short.origins
