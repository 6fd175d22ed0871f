"""Fill a fragment into the last question: "And in Cuba?", "When?", "Why not?"."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rag.ask.bare import AUXILIARY, asked_of, bare, opening
from rag.ask.mentions import PROPER, Mention, mentions, of_time
from rag.ask.referents import Said, resolved, topic
from rag.ask.split import Parse
from rag.attribution.days import MONTHS

if TYPE_CHECKING:
    from rag.attribution.parser import Word

_PREPOSITION = r"(?:at|on|in|by|for|from|to|with|since|until|about|of|after|before|during)"
_BARE = bare(_PREPOSITION)
_CONNECTS = r"(?:(?:and|but|so|then|ok(?:ay)?)\b[\s,]*)*"
_OPENS = re.compile(
    r"^(?:(?:and|but|so|or|then|ok(?:ay)?|well|(?:what|how)(?= about\b))\b[\s,]*)*"
    r"(?P<about>\babout\b)?\s*",
    re.IGNORECASE,
)
_WH = opening(_PREPOSITION)
_OWNED = re.compile(r"^(?:his|her|its|their|whose)\b", re.IGNORECASE)
_ANY = re.compile(r"^(?:any|some|no)\b", re.IGNORECASE)
_ASKS_WHO = re.compile(r"^who(?:m|se)?\b", re.IGNORECASE)
_WAS_THAT = re.compile(
    rf"^{_CONNECTS}(?P<ask>when|where)(?: (?:was|is)|['’]s)"
    r" (?:that|this)(?: (?:said|done|supposed to be|going to be))?\W*$",
    re.IGNORECASE,
)
_STRANDED = re.compile(
    rf"^{_CONNECTS}(?P<ask>where|who|whom|what) (?P<prep>to|from|with|for|by|about|against|at)\W*$",
    re.IGNORECASE,
)
_PREDICATE = re.compile(
    r" (?:under ?way|in (?:place|force|doubt|question|danger)|on (?:hold|track|course|time)|"
    r"at (?:risk|hand|stake|home|war)|over|legal|illegal|ready|true|possible|likely|open|closed|"
    r"dead|alive|planned|expected|due)\b"
)
"""What is said of a subject, where the parser takes it for a part of it."""
_LAST_PREPOSITION = re.compile(r" (?:to|from|with|for|by|about|against|at)$", re.IGNORECASE)
_SAY_WHAT = re.compile(
    r"^(?P<head>What (?:did|does|has|have) .+? )(?:say|said) (?:about|on)\b", re.IGNORECASE
)
"""When somebody said what he did about a thing is when he spoke about it."""
_WHICH_ONES = re.compile(
    rf"^{_CONNECTS}which (?:ones?|of (?:them|those|these))"
    r"(?P<where> (?:in|at|on|from|of|for|near|outside) [^?]+?)?\W*$",
    re.IGNORECASE,
)
_WEEKDAYS = r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
_TIME = re.compile(
    # "By May" may be a person's doing.
    r" (?!(?:at|by|for|from|of|after|before) May\b(?! \d))"
    r"(?:at|on|in|by|for|from|since|until|of|after|before|during) (?:(?:early|late|mid)[ -]?)?"
    rf"(?:(?:{MONTHS})\b(?: \d{{1,2}})?(?:,? \d{{4}})?|\d{{4}}|(?:last |next )?{_WEEKDAYS})\b|"
    rf" (?:yesterday|today|tomorrow|tonight|(?:last|next|this) (?:{_WEEKDAYS}|night|week|weekend|"
    r"month|year|spring|summer|autumn|fall|winter))\b"
)
_HOW_MANY = re.compile(
    rf"^{_CONNECTS}how (?:many|much)"
    r"(?P<where> (?:in|at|on|from|of|for|near|outside|by|after|before|during|since) [^?]+?)\W*$",
    re.IGNORECASE,
)
_COUNTS = re.compile(r"^how (?:many|much)\b", re.IGNORECASE)
LONGEST = 9
"""Words of a fragment; a longer one is a sentence that the parser did not understand."""


def filled(text: str, said: Said, parse: Parse, wrong: str = "") -> str | None:
    """Return the last question with a fragment in its place; None for what is no fragment.

    ``wrong`` is what was asked about by mistake.
    """
    if alone := _BARE.match(text) or _WAS_THAT.match(text):
        last = _SAY_WHAT.sub(r"\g<head>speak about", said.question)
        return asked_of(alone["ask"], last, _WH, lambda body: _negated(body, parse))
    if stranded := _STRANDED.match(text):
        body = asked_of(stranded["ask"], said.question, _WH, lambda body: body)
        return f"{_LAST_PREPOSITION.sub('', body.rstrip('?.! '))} {stranded['prep'].lower()}?"
    if (ones := _WHICH_ONES.match(text)) and (
        named := _which(ones["where"] or "", said.question, parse)
    ):
        return named
    many = _HOW_MANY.match(text)
    if many and _is_fragment(many["where"].strip(), parse) and (counting := _counting(said)):
        return _exchanged(many["where"], many["where"].strip(), counting, parse, wrong)
    fragment = text[_OPENS.match(text).end() :].strip(" ?.!,")  # type: ignore[union-attr]
    if not fragment or not _is_fragment(fragment, parse):
        return None
    fragment = resolved(fragment, said, parse, whole=False)
    if _OWNED.match(text.split(maxsplit=1)[-1]) or _OWNED.match(text):
        who = "Who" if _ASKS_WHO.match(said.question) else "What"
        return f"{who} is {fragment}?"
    if _ANY.match(fragment):
        return f"Is there {fragment[0].lower()}{fragment[1:]}?"
    return _exchanged(text, fragment, said, parse, wrong)


def _counting(said: Said) -> Said | None:
    """Return what was said with the last question that counts something."""
    now: Said | None = said
    while now is not None and not _COUNTS.match(now.question):
        now = now.before
    return now


def _which(where: str, last: str, parse: Parse) -> str | None:
    """Ask which ones of those that the last question counted, or asked for, are meant.

    "Which ones in Mexico?", after "How many U.S. cities host it?", asks for cities of another kind:
    of what the noun had before it nothing stays.
    """
    for words in parse(last, [0]):
        for word in words:
            asks = [kid for kid in word.children if kid.tag in ("WDT", "WP") or kid.lower == "many"]
            if not asks or word.tag not in ("NN", "NNS") or asks[0].index > word.index:
                continue
            start = min(item.start for item in word.subtree())
            noun = last[word.start if where else asks[0].end : word.end].strip()
            return f"{last[:start]}Which {noun}{where}{last[word.end :]}"
    return None


def _is_fragment(text: str, parse: Parse) -> bool:
    """Whether words have no verb of their own, nor a question word."""
    words = [word for sentence in parse(f"{text}.", [0]) for word in sentence]
    if len(words) > LONGEST + 1 or AUXILIARY.match(text) or _WH.match(text):
        return False
    return not any(_finite(word) for word in words)


def _finite(word: Word) -> bool:
    return word.tag in ("MD", "VBD", "VBZ", "VBP", "WP", "WRB", "VB") and (
        word.lower != "according"
    )


def _exchanged(text: str, fragment: str, said: Said, parse: Parse, wrong: str) -> str:
    """Put a fragment for its like in the last question, else ask the last question with it."""
    last = said.question
    if fragment.lower().startswith("about "):
        fragment = fragment[6:]
    first = fragment.split()[0].lower()
    if re.fullmatch(_PREPOSITION, first) or first in ("according", "between"):
        if found := _phrase(fragment, last, parse):
            return _put(fragment, last, *found)
        if of_time(fragment, parse):
            return _at_another_time(fragment, last)
        return f"{last.rstrip('?.! ')} {fragment}?"
    if of_time(fragment, parse):
        return _at_another_time(fragment, last)
    asked = said.asked(parse)
    if wrong:
        for item in asked:
            if wrong.strip().lower() in (item.core.lower(), item.head):
                return _put(fragment, last, item.start, item.end)
    other = _like(fragment, asked, last, said, parse)
    if other is None:
        return f"{last} {text}"
    # "The sanctions", after "a strike on Iran", are those on Iran.
    bare = re.match(r"(?:the|that|this)\b", fragment, re.IGNORECASE) and not re.search(
        rf"[A-Z]|\b{_PREPOSITION}\b", fragment[1:]
    )
    end = last.index(other.core, other.start) + len(other.core) if bare else other.end
    return _put(fragment, last, other.start, end)


def _at_another_time(fragment: str, last: str) -> str:
    """Ask the last question of another time, in the place of the month or year that it names."""
    when = f"on {fragment}" if re.fullmatch(_WEEKDAYS, fragment) else fragment
    return f"{_TIME.sub('', last).rstrip('?.! ')} {when}?"


def _like(
    fragment: str, asked: list[Mention], last: str, said: Said, parse: Parse
) -> Mention | None:
    """Return what of the last question a fragment may stand for."""
    mine = Said(question=fragment).asked(parse)
    proper = bool(mine) and mine[0].kind in PROPER
    if not proper and (same := [item for item in asked if mine and item.head == mine[0].head]):
        return same[-1]
    about = [item for item in asked if item.role == "about" and " about " in last[: item.start + 1]]
    if about:
        return about[0]
    if proper:
        places = [item for item in asked if item.kind == "place"]
        if mine[0].kind == "place" and places:
            return places[-1]
        names = [item for item in asked if item.kind in PROPER]
        if mine[0].kind in ("name", "person") and (
            people := [item for item in names if item.kind != "place"]
        ):
            names = people
        if names:
            return names[-1]
    found = topic(said, parse)
    return next((item for item in asked if item.text == found), None)


def _phrase(fragment: str, last: str, parse: Parse) -> tuple[int, int] | None:
    """Return where in the last question a phrase with the same preposition stands.

    A time takes the place of a time, and no place that of one.
    """
    preposition = fragment.split()[0].lower()
    timed = of_time(fragment, parse)
    found = None
    for words in parse(last, [0]):
        for word in words:
            if word.lower == preposition and word.tag in ("IN", "TO", "VBG"):
                inner = word.subtree()
                start, end = inner[0].start, inner[-1].end
                if of_time(last[start:end], parse) == timed:
                    found = (start, end)
    return found if found and found[0] > 0 else None


def _put(fragment: str, last: str, start: int, end: int) -> str:
    return f"{last[:start]}{fragment}{last[end:]}".rstrip("?.! ") + "?"


def _negated(body: str, parse: Parse) -> str:
    """Put "not" behind the subject of "is Russia on the list"."""
    if re.search(r"\bnot\b|n['’]t\b", body):
        return body
    subject = next((item for item in mentions(body, parse) if item.role == "subject"), None)
    found = subject or next(iter(mentions(body, parse)), None)
    if found is None:
        return f"{body.rstrip('?.! ')} not"
    end = found.end
    if told := _PREDICATE.search(body, body.index(found.core, found.start) + len(found.core)):
        # "Are the talks under way" ends with what it says of them.
        end = min(end, told.start())
    return f"{body[:end]} not{body[end:]}"
