"""Where and when something was said: "told Bloomberg TV", "on Friday"."""

from __future__ import annotations

import re

from rag.attribution.parser import Word

_DAY = re.compile(
    r"^(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|yesterday|today|tonight|"
    r"(?:jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\.?|january|february|march|april|may|june|"
    r"july|august|september|october|november|december|week|month|year|morning|afternoon|evening|"
    r"night|weekend)$",
    re.IGNORECASE,
)
_MEDIA = frozenset(
    """interview statement conference briefing tweet email e-mail letter speech rally post report
    release event remarks hearing debate twitter facebook instagram television tv radio
    testimony memo article editorial column appearance podcast filing social truth program
    show x cnn nbc abc cbs bbc msnbc fox reddit tiktok youtube""".split()
)
_PREPOSITIONS = frozenset("on in at during to via through with".split())
_TELL = frozenset("told tell tells telling".split())


def medium_and_day(verb: Word) -> tuple[list[Word], list[Word]]:
    """Return the words that name the medium and the day of a reporting verb, empty where none."""
    medium: list[Word] = []
    day: list[Word] = []
    for child in verb.children:
        inner = child.subtree()
        if child.relation in ("npadvmod", "advmod") and _DAY.match(child.text):
            day = day or inner
        elif child.relation == "prep" and child.lower in _PREPOSITIONS:
            for place in child.kids("pobj")[:1]:
                if _DAY.match(place.text):
                    day = day or inner
                elif place.lower in _MEDIA:
                    medium = medium or _named(place)
                    day = day or _nested_day(place)
        elif verb.lower in _TELL and child.relation in ("dative", "dobj"):
            # An outlet has a name; reporters and crowds are no medium.
            outlet = child.index > verb.index and any(w.tag.startswith("NNP") for w in inner)
            medium = medium or (inner if outlet else [])
    return medium, day


def _nested_day(word: Word) -> list[Word]:
    """Find the day inside a phrase: "in an interview on Friday"."""
    for child in _named(word):
        if child is not word and _DAY.match(child.text) and child.head is not None:
            return child.head.subtree() if child.relation == "pobj" else child.subtree()
    return []


def _named(place: Word) -> list[Word]:
    """Return a phrase without what is said: "a statement" of "a statement that we won"."""
    clauses = place.kids("acl", "relcl", "ccomp")
    said = {id(word) for clause in clauses for word in clause.subtree()}
    return [word for word in place.subtree() if id(word) not in said]
