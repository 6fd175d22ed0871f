"""Plan what to look for: the kind of question, and its parts where it asks for several things."""

from __future__ import annotations

import re
from dataclasses import dataclass

from rag.ask.keywords import asked_about
from rag.ask.kinds import Kind, kind_of, of_now
from rag.ask.listed import arranges, listed
from rag.ask.plain import plain
from rag.ask.split import Parse, split
from rag.language import terms

MAX_PARTS = 4
"""Most parts a question is split into: each is retrieved and read on its own."""
STATES = ("fact", "yes_no")
"""Kinds of question that may ask how things stand."""
_SHORTEST = 3
"""A part of fewer words asks nothing."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be looked for."""

    kind: Kind
    text: str
    """The question as a whole, put plainly."""
    parts: tuple[str, ...] = ()
    """What is looked for one by one as well; empty when the question asks for one thing."""

    @property
    def of_state(self) -> bool:
        """Whether it asks how things stand, so that newer articles answer it better."""
        return self.kind in STATES and of_now(self.text)


_TOLD = r"(?:articles?|outlets?|sources?|briefings?|reports?|papers?|accounts?)\b"
_ALL = r"(?:all |the |these |those |different |various |several |five )*"
_AUX = r"(?:has|have|had|did|does|do|is|was|were|are)"
_ON = r"(?:on|about|whether|regarding|over|of)"
_WHEN = r"(?:,? (?:between|from|in|since|during|over|after|before|until|by) .+)?"
_ACROSS = (
    rf"(?:,? (?:across|over|between|among|through|throughout|in|from|according to) {_ALL}"
    rf"(?:{_TOLD}|time\b|coverage\b|one (?:article|briefing|report) to (?:the next|another)).*)?"
)
_MOVES = r"(?:chang|develop|evolv|shift|progress|unfold|mov|differ|vari|var)\w*"
_FRAMES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"^how {_AUX} (?P<topic>.+?) (?:been )?{_MOVES}{_ACROSS}$",
        rf"^how {_AUX} (?P<topic>.+?) (?:been )?{_MOVES}{_WHEN}$",
        r"^(?:what|whatever) (?:became|has become|happened|has happened) (?:of|to) (?P<topic>.+?)$",
        rf"^(?:(?:how|what) )?{_AUX} {_ALL}{_TOLD}.*? {_ON} (?P<topic>.+?)$",
    )
)
_LEADING = re.compile(r"^(?:the |what |whether )+", re.IGNORECASE)
_TELLING = re.compile(
    r"^(?:(?P<who>.+?)['’]s? )?(?:\w+ )?(?:accounts?|positions?|stances?|views?|lines?|attitudes?|"
    r"pictures?|tones?|statements?|story|versions?|descriptions?|message|language|rhetoric) "
    r"(?:of|on|about|regarding|towards?|over|as to) (?P<what>.+)$",
    re.IGNORECASE,
)
_ABOUT_ARTICLES = frozenset(
    terms(
        "articles outlets sources briefings reports papers accounts versions different various "
        "differ compare compared change changed say describe tell report"
    )
)
_ENDS = re.compile(r"(?<=[?])\s+(?=\S)")
_SCOPE = re.compile(
    rf",? \b(?:over time|(?:across|throughout|through|in) (?:all |the |these |those |different |"
    rf"various |several |five )+(?:{_TOLD}|coverage\b|reporting\b|pieces\b|stories\b)|"
    r"at (?:different|various) (?:times|points|moments|stages))(?=[\s,:;?.!]|$)",
    re.IGNORECASE,
)
"""Where the answer is looked for, which no article says: "over time" finds "at the time"."""
_SAID = r"(?:said|told|stated|mentioned)"
_BARE = re.compile(rf"^(?:and |so )?what {_AUX} .{{2,60}}? (?:say|{_SAID})\W*$", re.IGNORECASE)
"""Asks on after another question, and has no subject of its own."""
_ALL_SAID = re.compile(
    rf"^(?:list )?(?:everything|all|whatever) (?:that )?(?P<who>.{{2,60}}?) (?P<aux>has|have|had) "
    rf"{_SAID} (?:on|about|regarding|of) (?P<topic>[^:,;]+)[:,;]?(?P<items>.*)$",
    re.IGNORECASE,
)
_LISTED = re.compile(r",\s*(?:and\s+)?|\s+and\s+")


def plan(question: str, parse: Parse) -> Plan:
    """Name the kind and the parts of a question that stands alone.

    ``parse`` is asked only where a split is likely. There may be one part: a question about how
    something is told, put as a plain question about it.
    """
    kind = kind_of(question)
    question = asked_about(plain(question), parse)
    if kind in ("compare", "change") and _says_something(unscoped := _SCOPE.sub("", question)):
        question = unscoped
    asked = [piece.strip() for piece in _ENDS.split(question) if piece.strip()]
    whole = [
        piece
        for at, piece in enumerate(asked)
        if at == 0 or not (_BARE.match(piece) or arranges(piece))
    ]
    if len(whole) < len(asked):
        question, asked = " ".join(whole), whole
    parts = _all_said(question)
    for at, piece in enumerate(asked if not parts else ()):
        found = listed(piece, asked[at - 1] if at else "", parse) or split(piece, kind, parse)
        parts += found or ([piece] if len(asked) > 1 else [])
    if len(parts) < 2 and kind in ("compare", "change") and (about := _topic(question)):
        parts = [about]
    kept = [part for part in dict.fromkeys(parts) if _says_something(part)]
    return Plan(kind=kind, text=question, parts=tuple(kept[:MAX_PARTS]))


def _all_said(question: str) -> list[str]:
    """Ask for each thing of "everything that A has said about B: c, d and e"; empty for others."""
    if not (found := _ALL_SAID.match(question.strip().rstrip("?.! "))):
        return []
    about = f"What {found['aux']} {found['who']} said about"
    items = [item for item in _LISTED.split(found["items"].strip()) if item]
    topic = found["topic"].strip()
    return [f"{about} {topic}: {item}?" for item in items] or [f"{about} {topic}?"]


def _says_something(part: str) -> bool:
    """Whether a part asks about a thing, not only about "the articles"."""
    words = re.findall(r"[\w'’-]+", part.lower())
    return len(words) >= _SHORTEST and bool(set(terms(part)) - _ABOUT_ARTICLES)


def _topic(question: str) -> str | None:
    """Turn "how did A's account of B change" and "do the articles differ on B" to a plain question.

    The words about the telling retrieve nothing and keep the reader from what is told.
    """
    text = question.strip().rstrip("?.! ")
    for frame in _FRAMES:
        if found := frame.match(text):
            whole = found["topic"].strip(" ,")
            topic = _LEADING.sub("", whole) or whole
            if told := _TELLING.match(topic):
                the = "the " if told["who"] and f"the {topic}".lower() in whole.lower() else ""
                return f"What did {the}{told['who'] or 'they'} say about {told['what']}?"
            return f"What about {topic}?"
    return None
