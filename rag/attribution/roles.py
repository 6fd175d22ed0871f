"""How an article introduces its people ("US President"), and who a role in a request means."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal

from rag.attribution.names import NAME, ROLE, bare

MOST = 200
"""Longest description of one person that is kept, in code points."""
# Words before the noun of a role: "US", "deputy", "the bank's".
_REACH = 4
_LINKS = frozenset(
    """former prime vice deputy ex acting late first foreign defense defence finance interior press
    chief senior assistant special lead co presidential national""".split()
)
_PLACE = r"(?: (?:of|for|to) (?:the )?(?:[A-Z][\w’'-]*)(?: [A-Z][\w’'-]*){0,3}"
_BEFORE = re.compile(rf"(?P<noun>\b(?i:{ROLE}))(?P<place>{_PLACE}?)?),? (?P<name>{NAME.pattern})")
_AFTER = re.compile(
    rf"(?P<name>{NAME.pattern}), (?P<role>(?:[\w.’'&-]+ ){{0,{_REACH}}}?(?i:{ROLE})\b{_PLACE})?)"
)
_ABBREVIATED = re.compile(r"\b(?P<noun>Sen|Rep|Gov|Gen|Prof)\. (?P<name>" + NAME.pattern + ")")
_FULL = {"sen": "Senator", "rep": "Representative", "gov": "Governor", "gen": "General",
         "prof": "Professor"}  # fmt: skip
_NOUN = re.compile(rf"(?i:{ROLE})s?$")
_PLACES = {
    "american": "us", "usa": "us", "russian": "russia", "ukrainian": "ukraine", "french": "france",
    "german": "germany", "british": "uk", "britain": "uk", "chinese": "china", "iranian": "iran",
    "israeli": "israel", "japanese": "japan", "canadian": "canada", "mexican": "mexico",
    "turkish": "turkey", "polish": "poland", "italian": "italy", "spanish": "spain",
    "indian": "india", "australian": "australia", "brazilian": "brazil", "egyptian": "egypt",
    "syrian": "syria", "saudi": "arabia", "palestinian": "palestine", "belarusian": "belarus",
    "european": "eu", "hungarian": "hungary", "korean": "korea", "pakistani": "pakistan",
}  # fmt: skip
_SAME = {
    "spokesman": "spokesperson", "spokeswoman": "spokesperson", "advisor": "adviser",
    "chairwoman": "chair", "chairman": "chair", "congressman": "representative",
    "congresswoman": "representative", "premier": "minister", "defence": "defense",
}  # fmt: skip
_EMPTY = frozenset("the a an of for to and its his her their who is was at in".split())


def introductions(text: str) -> dict[str, str]:
    """Return how a text introduces each name: "US President", "the bank's chief economist".

    Names are without titles; several descriptions of one are joined with "; ".
    """
    found: dict[str, list[str]] = {}
    for match in _BEFORE.finditer(text):
        role = _led(text, match.start("noun"), match.end("noun"))
        _note(found, match["name"], role + (match["place"] or ""))
    for match in _AFTER.finditer(text):
        _note(found, match["name"], match["role"])
    for match in _ABBREVIATED.finditer(text):
        _note(found, match["name"], _FULL[match["noun"].lower()])
    return {name: _joined(roles) for name, roles in found.items()}


def is_role(words: str) -> bool:
    """Whether a request names somebody by what he is: "the US president", not by a name."""
    plain = words.strip().rstrip(".")
    last = plain.split()[-1] if plain else ""
    place = re.search(r"(?i)\b(?:of|for) (?:the )?[\w .]+$", plain)
    noun = plain[: place.start()].split()[-1:] if place else [last]
    return bool(noun) and _NOUN.fullmatch(noun[0]) is not None


def words_of(role: str) -> frozenset[str]:
    """Return the words of a role, folded so that "the American president" meets "US President"."""
    plain = re.sub(r"\b(?:United States|U\.S\.A?\.?)", "us", role, flags=re.IGNORECASE)
    words = (re.sub(r"['’]s?$", "", word) for word in re.findall(r"[\w’'-]+", plain.lower()))
    folded = (_PLACES.get(word, _SAME.get(word, word)) for word in words)
    return frozenset(word for word in folded if word and word not in _EMPTY)


def fit(described: str, wanted: frozenset[str]) -> Fit | None:
    """Tell how well the descriptions of a person fit a role, None where they do not.

    ``whole``: it has all its words and at most a country besides; ``more``: other words too, as the
    president of US Soccer for "US president"; ``less``: only some of its words, which says
    something where the same person is introduced with all of them elsewhere. "Former" and the like
    make another role: the former president is not the president.
    """
    found = {_fit(words_of(part), wanted) for part in described.split("; ")}
    return next((kind for kind in ("whole", "more", "less") if kind in found), None)


def _fit(words: frozenset[str], wanted: frozenset[str]) -> Fit | None:
    if not words or not wanted or (words ^ wanted) & _OTHER:
        return None
    if wanted <= words:
        return "whole" if words - wanted <= _COUNTRIES else "more"
    return "less" if words < wanted and not words <= _COUNTRIES else None


Fit = Literal["whole", "more", "less"]
_COUNTRIES = frozenset(_PLACES.values())
_OTHER = frozenset("former vice deputy ex acting late first assistant press co".split())


def _led(text: str, start: int, end: int) -> str:
    """Return the noun of a role with what qualifies it: "US President" of "with US President"."""
    begin = start
    before = list(re.finditer(r"[\w.’'-]+(?= )", text[max(0, start - 60) : start]))
    shift = max(0, start - 60)
    for word in reversed(before[-_REACH:]):
        at = shift + word.start()
        if text[shift + word.end() : begin] != " ":
            break
        plain = word.group().lower()
        abbreviated = re.fullmatch(r"(?:[A-Z]\.)+", word.group()) is not None
        ends = word.group().endswith(".") and not abbreviated
        if ends or not (word.group()[0].isupper() or plain in _LINKS):
            break
        begin = at
    return text[begin:end]


def _note(found: dict[str, list[str]], written: str, role: str) -> None:
    name = bare(written)
    role = " ".join(role.split())
    if name is not None and role and role not in found.setdefault(name.text, []):
        found[name.text].append(role)


def _joined(roles: Iterable[str]) -> str:
    joined = ""
    for role in roles:
        if len(joined) + len(role) + 2 > MOST:
            break
        joined = f"{joined}; {role}" if joined else role
    return joined
