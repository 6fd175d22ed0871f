"""Which names of a collection mean the same speaker."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from rag.attribution.names import bare
from rag.attribution.people import BODIES

# A last name alone means a person where he is named so many times as often as all namesakes.
_DOMINANT = 10
_SUFFIXES = frozenset("jr sr ii iii iv".split())
_PARTICLES = frozenset("de van von der bin al la el da dos del di du ben ibn ter le".split())
_LETTERS = re.compile(r"[^a-z]")
# "Secretary of State Marco Rubio"
_OF_STATE = re.compile(
    r"^.*\b(?:Secretary|Minister|Director|President|Chair(?:man|woman)?|Head) of (?:the )?"
    r"(?:\S+ ){1,3}?(?=\S+ \S+$)"
)
# Endings and letters that transliterations write differently.
_SPELLINGS = (
    (re.compile(r"(?:iy|yy|ii|ij|yj|iyy|ij)$"), "y"),
    (re.compile(r"skiy$|skij$|skyy$"), "sky"),
    (re.compile(r"^aleks"), "alex"),
    (re.compile(r"^y(?=e)"), ""),
    (re.compile(r"(?<=[aeou])i$"), "y"),
)
# First names that are one name: short forms and spellings.
_SAME_NAMES = """
    steve steven stephen / mike michael mick mikey / joe joseph joey / jim james jimmy
    jamie / bob robert rob bobby robbie bert / bill william will billy willy liam / tom
    thomas tommy / dan daniel danny / dave david / chris christopher christian / matt
    matthew / tony anthony antony / ted theodore edward ed eddie / rick richard dick rich
    ricky / jeff jeffrey geoffrey geoff / greg gregory gregg / ken kenneth kenny / ron
    ronald ronnie / don donald donnie / sam samuel sammy / ben benjamin benny / nick
    nicholas nicolas nik / alex alexander aleksandr alexandr sasha / andy andrew andrei
    andrey andriy / kate katherine catherine kathryn kathy cathy katie katy kathleen / liz
    elizabeth beth betsy lizzie eliza / jen jennifer jenny / sue susan suzanne susie / pat
    patrick patricia / peggy margaret meg maggie / nancy nan / debbie deborah debra deb /
    kim kimberly / barb barbara / cindy cynthia / val valerie / vicki victoria vicky /
    larry lawrence laurence / jerry gerald jerome / harry harold henry hank / jack john
    johnny jon jonathan / fred frederick freddie / phil philip phillip / tim timothy /
    doug douglas / ray raymond / charlie charles chuck / bernie bernard / gabe gabriel /
    josh joshua / zach zachary zack / nate nathan nathaniel / dmitry dmitri dmitriy dmytro
    / sergei sergey serhiy / alexei alexey aleksei oleksiy / vladimir vladamir volodymyr /
    mohammed muhammad mohamed mohammad mohammad / yuri yury iurii / mikhail michail /
    nikolai nikolay / evgeny yevgeny evgeni yevgeni / abdullah abdallah / kamala / ali /
    xi / tucker / al albert alan allen alfred / art arthur / cal calvin / gus august /
    ollie oliver / sid sidney sydney / walt walter / wes wesley / mitch mitchell / max
    maxwell maximilian / leo leonard leon lenny len / lou louis luis lewis / mandy amanda
    / abby abigail / becky rebecca / tina christina kristina cristina / chrissy christine
    / dot dorothy / gwen gwendolyn / jackie jacqueline / jess jessica jessie / jo joanna
    joanne / judy judith / mel melissa melanie / mindy melinda / molly mary / pam pamela /
    sandy sandra / sherry cheryl / steph stephanie / terry terrence theresa terence /
    trish patricia / nikki nicole / sonny / trey / brad bradley / clint clinton / curt
    curtis / vince vincent / russ russell / stan stanley / herb herbert / gil gilbert
"""
_GROUPS: dict[str, set[int]] = defaultdict(set)
for _number, _line in enumerate(_SAME_NAMES.split("/")):
    for _word in _line.split():
        _GROUPS[_word].add(_number)


@dataclass(frozen=True, slots=True)
class _Parts:
    """A name taken apart, folded to plain lower-case letters."""

    written: str
    first: str
    middle: tuple[str, ...]
    last: str
    suffix: str

    @property
    def alone(self) -> bool:
        """Whether it is a last name only."""
        return not self.first


def same(one: str, other: str) -> bool:
    """Whether two names can be one speaker's, judged by the names alone.

    Titles, case, accents, middle names and initials, short forms ("Steve", "Steven") and
    transliterations do not matter; another last name, first name, middle initial or "Jr." does. A
    last name alone can be anybody's who has it.
    """
    a, b = _parts(one), _parts(other)
    return a is not None and b is not None and _compatible(a, b)


def resolve(names: Mapping[str, int]) -> dict[str, str]:
    """Map every name of a collection to the canonical one of its speaker.

    ``names`` are written names with how often each speaks; give them as each article's fullest
    form. The canonical name is the commonest spelling without titles. A name that fits several
    speakers who are not one ("George Bush" of "George W. Bush" and "George H.W. Bush"; "Trump")
    stays itself unless one of them speaks ten times as often as all others.
    """
    groups: dict[str, list[_Parts]] = defaultdict(list)
    canonical: dict[str, str] = {}
    counts: dict[str, int] = defaultdict(int)
    for written, count in names.items():
        parts = _parts(written)
        if parts is None:
            canonical[written] = written
            continue
        plain = _plain(written)
        counts[plain] += count
        groups[parts.last].append(parts)
    for members in groups.values():
        for speaker in _speakers(members, names):
            best = max(
                {_plain(item.written) for item in speaker},
                key=lambda plain: (len(plain.split()) > 1, counts[plain], len(plain), plain),
            )
            for item in speaker:
                canonical[item.written] = best
    return canonical


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """One speaker of a collection whom a name may mean."""

    name: str
    """The commonest spelling without titles."""
    spellings: tuple[str, ...]
    """The names as articles write them."""
    count: int
    """How often he speaks."""


def namesake(written: str) -> str | None:
    """Return what all who may be this speaker share: the folded last name, or a body's whole name.

    None for what has no letters. Names with different ones are never one speaker.
    """
    parts = _parts(written)
    return None if parts is None else parts.last


def known(written: str, names: Mapping[str, int]) -> list[Known]:
    """Return the speakers whom a name may mean, the most frequent first.

    ``names`` are the names of its namesakes with how often each speaks, as for ``resolve``.
    """
    wanted = _parts(written)
    if wanted is None:
        return []
    canonical = resolve(names)
    spellings: dict[str, list[str]] = defaultdict(list)
    for name, best in canonical.items():
        spellings[best].append(name)
    found = []
    for best, mine in spellings.items():
        parts = [item for name in mine if (item := _parts(name)) is not None]
        told = [item for item in parts if not item.alone] or parts
        if parts and all(_compatible(wanted, item) for item in told):
            count = sum(names[name] for name in mine)
            found.append(Known(name=best, spellings=tuple(sorted(mine)), count=count))
    return sorted(found, key=lambda item: (-item.count, item.name))


def meant(found: Sequence[Known]) -> list[Known]:
    """Return the one who speaks ten times as often as all others together, else all of them."""
    others = sum(item.count for item in found[1:])
    return list(found[:1]) if found and found[0].count >= _DOMINANT * others else list(found)


def _speakers(members: Iterable[_Parts], names: Mapping[str, int]) -> list[list[_Parts]]:
    """Group the names of one last name into speakers, the most particular names first."""
    found: list[list[_Parts]] = []
    order = sorted(members, key=lambda item: (item.alone, -_particular(item), item.written))
    for item in order:
        fitting = [group for group in found if all(_compatible(item, known) for known in group)]
        if len(fitting) > 1:
            weights = [sum(names[known.written] for known in group) for group in fitting]
            top = max(range(len(fitting)), key=lambda index: weights[index])
            others = sum(weights) - weights[top]
            fitting = [fitting[top]] if weights[top] >= _DOMINANT * others else []
        if fitting:
            fitting[0].append(item)
        else:
            found.append([item])
    return found


def _particular(item: _Parts) -> int:
    return len("".join(item.middle)) + len(item.first) * 10 + bool(item.suffix) * 5


def _compatible(a: _Parts, b: _Parts) -> bool:
    if a.last != b.last or a.suffix != b.suffix:
        return False
    if a.alone or b.alone:
        return True
    if not _same_first(a.first, b.first):
        # "J. Edgar Hoover", "Edgar Hoover"
        return bool(a.middle) and _same_first(a.middle[0], b.first) and len(a.first) == 1
    for mine, theirs in zip(a.middle, b.middle, strict=False):
        short = min(len(mine), len(theirs))
        if mine[:short] != theirs[:short]:
            return False
    return True


def _same_first(a: str, b: str) -> bool:
    return a == b or bool(_GROUPS.get(a, set()) & _GROUPS.get(b, set()))


def _plain(written: str) -> str:
    """Return a name without titles."""
    written = _OF_STATE.sub("", " ".join(written.split()))
    name = bare(written)
    return name.text if name is not None else written


def _parts(written: str) -> _Parts | None:
    """Take a name apart, None for what has no letters."""
    plain = _plain(re.sub(r"[\"“”‘(][^\"“”’)]*[\"“”’)]", " ", written))
    # "J.D." and "JD" are one.
    plain = re.sub(r"\b((?:[A-Z]\.\s?){2,})", _initials, plain)
    words = [_folded(word) for word in plain.replace("-", "- ").split()]
    words = _joined([word for word in words if word])
    if not words:
        return None
    if any(word in BODIES for word in words):
        words = [word for word in words if word != "the"]
        return _Parts(written, "", (), " ".join(words), "")
    suffix = words.pop() if len(words) > 1 and words[-1] in _SUFFIXES else ""
    *before, last = words
    while before and before[-1] in _PARTICLES:
        last = f"{before.pop()} {last}"
    first, middle = (before[0], tuple(before[1:])) if before else ("", ())
    return _Parts(written, first, middle, _spelt(last), suffix)


def _initials(match: re.Match[str]) -> str:
    return match[1].replace(".", "").replace(" ", "") + " "


def _joined(words: list[str]) -> list[str]:
    """Put double names together again: "Ocasio-", "Cortez"."""
    joined: list[str] = []
    for word in words:
        if joined and joined[-1].endswith("-"):
            joined[-1] = joined[-1][:-1] + word
        else:
            joined.append(word)
    return [word.rstrip("-") for word in joined]


def _folded(word: str) -> str:
    plain = unicodedata.normalize("NFKD", word.replace("ß", "ss").replace("ø", "o")).lower()
    hyphen = "-" if plain.endswith("-") else ""
    plain = re.sub(r"['’]s$", "", plain)
    return _LETTERS.sub("", plain) + hyphen if _LETTERS.sub("", plain) else ""


def _spelt(word: str) -> str:
    for pattern, instead in _SPELLINGS:
        word = pattern.sub(instead, word)
    return word
