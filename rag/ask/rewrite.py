"""Make a question stand alone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag.ask import recall
from rag.ask.compose import ABSTENTION
from rag.ask.ellipsis import filled
from rag.ask.joined import goes_on, joined
from rag.ask.plain import paired
from rag.ask.referents import Said, resolved
from rag.ask.split import Parse
from rag.attribution.parser import parse as grammar
from rag.types import Query, Turn

MOST_ANSWERED = 600
"""Code points of the last answer that are searched for."""
MOST_TURNS = 60
"""Messages that a follow-up may lean on, the last ones: each question among them is completed."""
_SUBJECT = r"(?:subject|topic|question|matter|issue|note)"
CHANGES_SUBJECT = re.compile(
    rf"""
    ^(?:(?:ok(?:ay)?|so|well|right|now|and|thanks|thank\ you|good|fine)\b[\s,.]*)*
    (?:
        (?:on\ )?(?:(?:an?|the)\ )?(?:completely\ |totally\ )?
            (?:different|new|another|next|other|separate)\ {_SUBJECT} |
        something\ (?:else|different)(?:\ (?:now|entirely))? |
        (?:let['’]?s|let\ us|can\ we|could\ we|i(?:['’]d|\ would)\ like\ to|i\ want\ to)\
            (?:change|switch|move)\ ?(?:on\ to\ |on|to\ )?(?:(?:the|a|an)\ )?
            (?:(?:new|different|another)\ )?{_SUBJECT}? |
        (?:changing|switching)\ (?:the\ )?{_SUBJECT}s? |
        moving\ on | by\ the\ way | btw |
        (?:leaving\ |putting\ )?(?:that|this)\ aside |
        (?:forget|never\ mind)\ (?:about\ )?(?:that|it)
    )
    [\s]*[,.:;!?–—-]+\s*
    """,
    re.IGNORECASE | re.VERBOSE,
)
_MEANT = re.compile(
    r"^(?:(?:no|nope|sorry|wait|actually|not that|hm+|oh|well)\b[\s,.!–—-]*)*"
    r"(?:i (?:really |actually )?(?:mean|meant|was asking|asked|was talking|am asking)"
    r"(?: (?:about|for|of))?|no|sorry|not that)\b[\s,.:–—-]*(?=\S)",
    re.IGNORECASE,
)
_MEANING = re.compile(r",?\s*i mean(?:t)?\s*[.!?]*$", re.IGNORECASE)
_NOT_THAT = re.compile(r",?\s*(?:and )?not (?P<wrong>[^,.?!]+)[.?! ]*$", re.IGNORECASE)
_ENDS = re.compile(r"(?<=[.?!])\s+(?=\S)")


def rewrite(question: str, history: Sequence[Turn], parse: Parse = grammar) -> Query:
    """Complete a follow-up from the conversation; what stands alone stays as it is.

    A fragment ("And in Cuba?", "When?") takes its place in the last question; pronouns, "there",
    "that one" and "the other one" become what was spoken of; a correction puts the right thing for
    the wrong one; a new subject drops the old one. It is read as completed, and searched behind the
    last question and behind the last answer, which name what the follow-up leaves out.
    """
    text = " ".join(question.split())
    said, aside = Said(), False
    for turn in history[-MOST_TURNS:]:
        content = " ".join(turn.content.split())
        if turn.role == "user" and said.question and recall.wanted(content):
            # "Who said that?" and its answer go on about the last question.
            aside = True
        elif turn.role == "user" and content:
            aside = False
            said = Said(question=paired(_completed(content, said, parse).text), before=said)
        elif turn.role == "assistant" and not aside:
            told = "" if content == ABSTENTION else content
            said = Said(question=said.question, answer=told, before=said.before)
    done = _completed(text, said, parse)
    # "Which countries was the prince to visit on that trip?" may be read as it is, not found so.
    if not done.said.question or (done.text == text and not goes_on(text)):
        return Query(question=question, text=done.text)
    wordings = [done.text if done.quotes else joined(text, history[-MOST_TURNS:])]
    if done.said.answer:
        wordings.append(f"{done.said.answer[:MOST_ANSWERED]} {text}")
    return Query(question=question, text=done.text, wordings=tuple(wordings))


@dataclass(frozen=True, slots=True)
class _Completed:
    """A follow-up written out."""

    text: str
    said: Said
    """What of the conversation it goes back to."""
    quotes: bool = False
    """Whether it has the words of the last answer."""


def _turns(said: Said) -> Iterator[Said]:
    """Yield what was asked and answered, the last first."""
    now: Said | None = said
    while now is not None:
        yield now
        now = now.before


def _completed(text: str, said: Said, parse: Parse) -> _Completed:
    if turned := CHANGES_SUBJECT.match(text):
        rest = text[turned.end() :]
        if any(char.isalnum() for char in rest):
            return _Completed(rest[0].upper() + rest[1:], Said())
    if not said.question:
        return _Completed(text, said)
    told = next((one.answer for one in _turns(said) if one.answer), "")
    if (about := recall.wanted(text)) and (again := recall.said_again(about, told)):
        return _Completed(again, said, quotes=True)
    asked = text
    wrong = ""
    if meant := _MEANT.match(text):
        # What was answered was not what was asked for.
        said = Said(question=said.question, before=said.before)
        text = _MEANING.sub("", text[meant.end() :])
        if other := _NOT_THAT.search(text):
            wrong, text = other["wrong"], text[: other.start()]
    elif (mended := _MEANING.sub("", text)) != text:
        said, text = Said(question=said.question, before=said.before), mended
    *before, last = _ENDS.split(text)
    if before and not last.endswith("?"):
        before, last = [], text
    if not before and (filling := filled(last, said, parse, wrong)):
        return _Completed(filling, said)
    completed = resolved(last, said, parse)
    # Nothing had to be completed: what was said before the question stays with it.
    return _Completed(asked if completed == last else completed, said)
