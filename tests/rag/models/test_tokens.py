from __future__ import annotations

from pathlib import Path

import pytest
from tokenizers import Tokenizer, models, pre_tokenizers

from rag.errors import ModelDamaged, ModelMissing
from rag.models.embedder import default_path
from rag.models.tokens import Tokens, tokens

TEXTS = [
    "Peskov said: “no call” is planned, isn't it?",
    "",
    "  two\n\nparagraphs\u00a0apart\u3000here ",
    "naïve café 北京 U.S.-made 3,000.50 " + "x" * 500,
]


@pytest.mark.parametrize("text", TEXTS)
def test_words_together_have_the_tokens_of_the_text(text: str) -> None:
    mine = tokens(default_path())
    assert mine.in_words
    whole = Tokenizer.from_file(str(default_path() / "tokenizer.json"))
    whole.no_truncation()
    whole.no_padding()
    for _ in range(2):  # the second time from what is remembered
        assert mine.ids(text) == whole.encode(text, add_special_tokens=False).ids


def test_words_of_the_seeds_have_the_tokens_of_their_texts(seeds: Path) -> None:
    mine = tokens(default_path())
    for path in seeds.iterdir():
        text = path.read_text()
        assert mine.ids(text) == mine._encoded(text)


def test_special_tokens_go_around() -> None:
    assert tokens(default_path()).around() == ([101], [102])


def test_a_tokeniser_whose_tokens_span_words_reads_texts_whole() -> None:
    spanning = Tokenizer(models.BPE(vocab={"a": 0, " ": 1, "a ": 2, "a a": 3},
                                    merges=[("a", " "), ("a ", "a")]))  # fmt: skip
    mine = Tokens(spanning)
    assert not mine.in_words
    assert mine.ids("a a") == [3]
    spanning.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    assert not Tokens(spanning).in_words


def test_what_is_no_tokeniser_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match=str(tmp_path)):
        tokens(tmp_path)
    (tmp_path / "tokenizer.json").write_text("{")
    with pytest.raises(ModelDamaged, match=r"tokenizer\.json"):
        tokens(tmp_path)


def test_words_are_forgotten_before_they_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rag.models.tokens._WORDS", 10)
    mine = Tokens(Tokenizer.from_file(str(default_path() / "tokenizer.json")))
    for number in range(20):
        text = f"Word{number} and {number} more of word{number - 1}"
        assert mine.ids(text) == mine._encoded(text)
        assert len(mine._known) <= 10
    long = " ".join(f"w{number}" for number in range(30)) + " " + "y" * 50
    assert mine.ids(long) == mine._encoded(long)
    assert len(mine._known) <= 10
