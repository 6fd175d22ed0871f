"""What was spoken of: the people, places and things that a question or an answer names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from rag.ask.places import other_names
from rag.ask.split import Parse
from rag.attribution.people import BODIES, TITLES, sex_of
from rag.language import sentences

if TYPE_CHECKING:
    from rag.attribution.parser import Word

Kind = Literal["person", "place", "body", "name", "thing", "things", "people"]
PROPER: tuple[Kind, ...] = ("person", "place", "body", "name")
MOST_READ = 1200
"""Code points of a text that are parsed: a few sentences at the end of an answer add nothing."""

_NOUNS = ("NN", "NNS", "NNP", "NNPS")
_LEFT = ("det", "amod", "compound", "poss", "nummod", "nmod", "quantmod", "case", "advmod")
_WHERE = frozenset("in at to from near into towards toward inside across".split())
_TIMES = frozenset(
    """january february march april may june july august september october november december
    monday tuesday wednesday thursday friday saturday sunday day week month year time morning
    evening afternoon night today tomorrow yesterday moment hour minute days weeks months years
    hours minutes noon midnight spring summer autumn winter fall""".split()
)
_NO_THINGS = frozenset(
    "way kind sort lot part number case fact thing things place person reason example bit".split()
)
_PEOPLE = frozenset(
    """man woman guy boy girl people men women spokesperson spokespeople son daughter wife
    husband brother sister aide aides member critic winner loser voter host owner nominee rival
    opponent founder""".split()
)
_BY_MEANS = frozenset("by on via over".split())
_MEANS = frozenset("phone telephone video radio mail email air plane television tv".split())
_SAID = frozenset(
    """say said says saying tell told tells state stated add added confirm confirmed announce
    announced deny denied dismiss dismissed refute refuted describe described characterize
    characterized stress stressed emphasize emphasized note noted explain explained claim claimed
    call called warn warned remark remarked clarify clarified insist insisted argue argued think
    believe believed respond responded answer answered""".split()
)


@dataclass(frozen=True, slots=True)
class Mention:
    """Something that a text names, with where it stands in that text."""

    text: str
    """With what belongs to it: "the December meeting between Putin and the envoys"."""
    core: str
    """Without what follows the noun."""
    head: str
    """The noun, in lower case."""
    kind: Kind
    role: str
    """`subject`, `object`, `about` (after "about", "of" and the like), `with` or `other`."""
    start: int
    end: int
    definite: bool = False
    says: bool = False
    """Whether it is the subject of a verb of saying."""


def mentions(text: str, parse: Parse) -> list[Mention]:
    """Return what a text names, in reading order; asked-for things ("which car") are not among it.

    Several people who do one thing together come as one mention too, before the first of them.
    """
    text = text[:MOST_READ]
    found: list[Mention] = []
    for words in parse(text, [start for start, _ in sentences(text)]):
        found += _of_sentence(text, words)
    return found


def _of_sentence(text: str, words: Sequence[Word]) -> Iterator[Mention]:
    for word in words:
        if word.tag not in _NOUNS or word.relation == "compound" or _asked_for(word):
            continue
        lower = word.lower
        if lower in _TIMES or lower in _NO_THINGS or _by_means(word) or _of_speaker(word):
            continue
        others = [item for item in word.kids("conj") if item.tag in ("NNP", "NNPS")]
        if others and word.tag in ("NNP", "NNPS"):
            yield _mention(text, word, "people", _with_conjuncts(word))
        yield _mention(text, word, _kind(word), _extent(word, whole=True))


def of_time(text: str, parse: Parse) -> bool:
    """Whether words say a time: "a month later", "in May 2022", "the year before"."""
    words = [word for sentence in parse(text, [0]) for word in sentence]
    nouns = [word for word in words if word.tag in _NOUNS and word.relation != "compound"]
    return bool(nouns) and all(word.lower in _TIMES for word in nouns)


def counted(question: str, parse: Parse) -> str | None:
    """Return what a question counts: the crashes of "How many crashes did it count?"."""
    for words in parse(question, [0]):
        for word in words:
            many = [kid for kid in word.children if kid.lower == "many" and kid.index < word.index]
            if many and word.tag == "NNS":
                start = min(kid.start for kid in many)
                joined = [item for kid in word.kids("conj", "cc") for item in kid.subtree()]
                own = [item for item in word.subtree() if item not in joined]
                end = max(item.end for item in own)
                return question[start + len("many") : end].strip(" ,")
    return None


def _mention(text: str, word: Word, kind: Kind, span: tuple[int, int]) -> Mention:
    core = span if kind == "people" else _extent(word, whole=False)
    owner = _top(word)
    verb = owner.head
    return Mention(
        text=text[slice(*span)].strip(" \"'“”,"),
        core=text[slice(*core)].strip(" \"'“”,"),
        head=word.lower,
        kind=kind,
        role=_role(owner),
        start=span[0],
        end=span[1],
        definite=any(kid.lower in ("the", "this", "that") for kid in word.kids("det")),
        says=owner.relation == "nsubj" and verb is not None and verb.lower in _SAID,
    )


def _asked_for(word: Word) -> bool:
    return any(kid.tag in ("WDT", "WP$", "WRB", "WP") for kid in word.children) or any(
        kid.lower in ("many", "much") for kid in word.kids("amod")
    )


def _of_speaker(word: Word) -> bool:
    return any(kid.lower in ("my", "our", "your") for kid in word.kids("poss"))


def _by_means(word: Word) -> bool:
    """Whether it only says by which means: "talk on the phone"."""
    head = word.head
    return word.lower in _MEANS and head is not None and head.lower in _BY_MEANS


def _top(word: Word) -> Word:
    """Return the first of several joined words: their place in the sentence is its place."""
    while word.relation == "conj" and word.head is not None:
        word = word.head
    return word


def _kind(word: Word) -> Kind:
    own = [item.lower.rstrip(".") for item in (*word.kids("compound", "poss"), word)]
    if word.tag in ("NNP", "NNPS"):
        if len(own) == 1 and len(other_names(word.text)) > 1:
            return "place" if word.lower != "kremlin" else "body"
        team = word.text.endswith("s") and any(kid.lower == "the" for kid in word.kids("det"))
        if team or any(item in BODIES for item in own):
            return "body"
        if any(item in TITLES for item in own) or sex_of(own):
            return "person"
        head = word.head
        return "place" if head is not None and head.lower in _WHERE else "name"
    if word.lower.rstrip("s") in TITLES or word.lower in _PEOPLE:
        return "person" if word.tag == "NN" else "people"
    return "thing" if word.tag == "NN" else "things"


def _role(word: Word) -> str:
    head = word.head
    if word.relation in ("nsubj", "nsubjpass"):
        return "subject"
    if word.relation in ("dobj", "dative", "attr", "oprd"):
        return "object"
    if word.relation == "pobj" and head is not None:
        if head.lower in ("about", "of", "on", "over", "for", "regarding", "against"):
            return "about"
        return "with" if head.lower in ("with", "between", "by") else "other"
    return "other"


def _extent(word: Word, whole: bool) -> tuple[int, int]:
    """Return from where to where a noun reaches: with its complements when ``whole``."""
    found = [word]
    for kid in word.children:
        if (kid.index < word.index and kid.relation in _LEFT) or (
            whole and kid.index > word.index and kid.relation == "prep" and kid.kids("pobj")
        ):
            found += kid.subtree()
    return min(item.start for item in found), max(item.end for item in found)


def _with_conjuncts(word: Word) -> tuple[int, int]:
    chain = [word]
    for item in chain:
        chain += item.kids("conj")
    spans = [_extent(item, whole=False) for item in chain]
    return min(start for start, _ in spans), max(end for _, end in spans)


_EVENTS = {
    "meet": "meeting", "met": "meeting", "see": "meeting", "seen": "meeting",
    "receive": "meeting", "received": "meeting",
    "talk": "conversation", "talked": "conversation", "speak": "conversation",
    "spoke": "conversation", "spoken": "conversation", "call": "call", "phone": "call",
    "visit": "visit", "visited": "visit", "travel": "trip", "go": "trip", "fly": "trip",
    "leave": "trip", "come": "trip", "vote": "vote", "voted": "vote", "buy": "purchase",
    "bought": "purchase", "recall": "recall", "attack": "attack", "strike": "strike",
    "agree": "agreement", "propose": "proposal", "proposed": "proposal", "win": "victory",
    "won": "victory", "beat": "victory", "resign": "resignation", "announce": "announcement",
    "announced": "announcement", "die": "death", "died": "death", "arrest": "arrest",
    "arrested": "arrest",
}  # fmt: skip
"""Verbs and the nouns of what they tell of."""
_WORD = re.compile(r"[A-Za-z]+")


def event(question: str, asked: Sequence[Mention], answered: Sequence[Mention]) -> str | None:
    """Name what a question tells of with a verb: "the call between Putin and Trump".

    The noun is the answer's, where that goes on about it, else the verb's own.
    """
    names = [item for item in asked if item.kind in PROPER and item.role != "other"]
    names = [item for item in names if item.kind != "place"] or names[:1]
    nouns = set(_EVENTS.values())
    noun = next((item.head for item in answered if item.definite and item.head in nouns), None)
    noun = noun or next(
        (_EVENTS[word] for word in _WORD.findall(question.lower()) if word in _EVENTS), None
    )
    if noun is None or not names:
        return None
    first, *others = dict.fromkeys(item.core for item in names)
    return f"the {noun} between {first} and {others[0]}" if others else f"the {noun} of {first}"
