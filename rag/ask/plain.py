"""Put a request as the plain question it is: "give me the exact quote where he says that ...".

The words about the asking retrieve nothing, and the reader was taught plain questions.
"""

from __future__ import annotations

import re

from rag.ask.kinds import AUXILIARIES, QUESTION_WORDS
from rag.ask.places import other_names
from rag.attribution.names import ROLE
from rag.language import terms

_LEAST = 2
"""A request keeps its wording when fewer content words than this would be left."""
_SAID = r"(?:quotes?|quotations?|sentences?|words?|statements?|wordings?|lines?|passages?|remarks?)"
_EXACT = r"(?:exact|verbatim|full|direct|actual|precise|very|own|literal)"

_ON = r"(?:re|on|about|regarding|concerning|over)"
_ASKING = r"(?:(?:give|show|find|get|pull|bring|read)\ (?:(?:me|us)\ )?)"
_QUOTED = r"(?:quotes?|quotations?|words?|statements?|remarks?)"
"""What somebody says; a line, a sentence or a passage may be another thing."""
_NO_NAMES = "|".join(
    [
        *QUESTION_WORDS,
        *sorted(AUXILIARIES),
        *"""i we you they he she it a an the any all some no every each more most both this that
        these those give show find get list want wanted need looking pull bring read search collect
        name stock stocks share price prices market famous key top best recent new old other many
        several exact direct in on of for from with by about at to and or but not please""".split(),
    ]
)
_OWN = rf"(?:['’]s?(?!\ (?:{_EXACT}\ )*{_SAID}\b))?"
_NAME = rf"(?-i:[A-Z])[\w.&-]+{_OWN}"
_NAMED = rf"""
    (?:(?:the\ )?(?!(?:{_NO_NAMES})\b){_NAME}
        (?:\ (?:{_NAME}|de|da|del|la|van|von|der|den|al|bin|of|{ROLE})){{0,4}}
    |(?:the|his|her|their)\ (?:[\w-]+{_OWN}\ ){{0,4}}{ROLE}(?:\ {_NAME}){{0,3}})
"""
"""Whom a request may be about: a name, or somebody's role."""


def _words(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE | re.VERBOSE)


# Each is tried until none fits: what is found is replaced by what stands beside it.
_CHANGES: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        _words(r"""
            ^\W*(?:ok(?:ay)?|so|hey|hi|hello|well|please|thanks|quick\ question|just\ curious|
                question|rumou?r\ check|fact[- ]check|
                (?:can|could|would)\ you(?:\ please)?(?:\ tell\ (?:me|us))?|
                tell\ me|remind\ me|do\ you\ know|any\ idea|
                i(?:['’]d|\ would)?\ (?:want|need|like)\ to\ know|
                (?:i|we)(?:['’]ve|\ have)?\ (?:read|heard|saw|seen)
                    (?:\ (?:somewhere|online|in\ the\ news|on\ tv))?\ that|
                (?:the\ )?(?:press|media|papers?|newspapers?|news)\ (?:says?|claims?|reports?)
                    (?:\ that)?
            )\b[\s,:;–-]+
        """),
        "",
    ),
    (
        _words(r"""
            ^\W*(?:(?:give|tell|show)\ (?:me|us)\ |what(?:['’]s|\ is)\ |any\ )?
            (?:the\ )? (?:latest|newest|(?:recent\ )?news|updates?) (?:\ (?:news|updates?))?
            \ (?:on|about|regarding|concerning|from|with)\b[\s,:]*
        """),
        "",
    ),
    (
        _words(r"""
            ^what\ (?:did|does|has|have)\ (.{2,60}?)
            \ (?:say|said|think|claim(?:ed)?|warn(?:ed)?|predict(?:ed)?|expect(?:ed)?)
            \ ((?:would|will|should|could|might|must|may|is|are|was|were|has|had|have)\ .{4,}?)
            [?.!\s]*$
        """),
        r"What \2, according to \1?",
    ),
    (_words(r"[\s,–-]*\b(?:word\ for\ word|verbatim)\b[\s,:–-]*"), " "),
    (
        _words(rf"""
            ^(?:{_ASKING} (?:the\ |an?\ )? (?:{_EXACT}\ )* {_SAID}
                |(?:the\ |an?\ )? (?:{_EXACT}\ )* {_QUOTED})
            \ (?:from|of|by)\ ({_NAMED})
            \ {_ON}\ (?!(?:which|what|whom)\b)
        """),
        r"What did \1 say about ",
    ),
    (
        _words(rf"""
            ^what\ (?:is|are|was|were)\ (.{{2,40}}?)['’]s?\ (?:{_EXACT}\ )+ {_SAID}
            \ {_ON}\b
        """),
        r"What did \1 say about",
    ),
    (
        _words(rf"""
            ^(?:a\ |any\ )?
            ({_NAMED}?) (?:(?<=\w)['’]s?)?\ (?:{_EXACT}\ )* (?:quotes?|quotations?)
            \ {_ON}\b
        """),
        r"What did \1 say about",
    ),
    (_words(r"^(?:give|tell|read) (?:\ (?:me|us))? \s+ (?=what\b|how\b)"), ""),
    (
        _words(rf"""
            ^(?:give|show|pull|find|get|quote|cite|read|bring|dig) (?:\ (?:me|us|out|up|for))*
            \s+ (?:the|a|an)?\s* (?:{_EXACT}\s+)* {_SAID}
            (?:\s+(?:where|in\ which|with\ which|by\ which|that|from|of|when|by|about|on)\b)? \s+
        """),
        "",
    ),
    (_words(rf"^(?:the\s+)? (?:{_EXACT}\s+)+ {_SAID} \s+ (?:(?:from|of|by|for|on)\s+)?"), ""),
    (_words(rf"^(?:in|with)\ (?:what|which)\ (?:{_EXACT}\ )*words\b"), "how"),
    (
        _words(rf"""
            ^(?:which|what)\ (?:{_EXACT}\ )*words?\ (did|does|do)\ (.+?)
            \ (?:use|choose|have|find)\ (?:for|of|about|to\ describe|on)\b
        """),
        r"how \1 \2 describe",
    ),
    (_words(r",?\s*\b(?:in|by)\ (?:his|her|its|their)\ own\ words\b,?"), ""),
    (
        _words(r"""
            \s*[.,;:?!–-]+\s* (?:any(?:thing|\ truth)?\ (?:to|in)\ (?:it|that|this)|
                (?:is|was)\ (?:that|this|it)\ (?:true|right|correct|so)|true\ or\ false|
                please|thanks?(?:\ you)?|right|correct
            ) [\s?.!]*$
        """),
        "?",
    ),
)

_PAIR = re.compile(
    r"(?<![\w'’-])([A-Z]\w+)[-–]([A-Z]\w+) ((?:phone |telephone |peace |trade )?(calls?|meetings?|"
    r"talks|summits?|conversations?|negotiations|contacts?|relations|deals?|agreements?))\b"
    r"(?! between)"
)
"""A headline's way to say who meets whom: articles name the two one by one."""
_MEET = frozenset("call meeting talk summit conversation negotiation contact".split())
_COMPOUND = frozenset(
    """al el abu ben bin jean marie anna ocasio rolls mercedes hewlett coca guinea timor post pre
    anti pro non ex franco anglo sino russo indo euro greco austro afro latino inter trans mid neo
    ultra all north south east west lloyd smith saint san santa le la de du van von""".split()
)
"""First halves of names that are one name, and of words: "Rolls-Royce", "post-Brexit"."""


def _apart(found: re.Match[str]) -> str:
    """Write "a Putin-Trump call" as one between the two; countries alone make a deal so."""
    one, other, what, noun = found.groups()
    countries = all(len(other_names(name)) > 1 for name in (one, other))
    if not countries and (one.lower() in _COMPOUND or noun.rstrip("s") not in _MEET):
        return found.group()
    return f"{what} between {one} and {other}"


def paired(question: str) -> str:
    """Return a question with "a Putin-Trump call" put as one between the two."""
    return _PAIR.sub(_apart, question)


_TYPED = {
    "abt": "about", "wat": "what", "wut": "what", "whos": "who's", "whats": "what's",
    "wheres": "where's", "hows": "how's", "isnt": "isn't", "arent": "aren't", "wasnt": "wasn't",
    "doesnt": "doesn't", "didnt": "didn't", "dont": "don't", "hasnt": "hasn't", "wont": "won't",
    "cant": "can't", "u": "you", "ur": "your", "r": "are", "pls": "", "plz": "", "lol": "",
    "btw": "", "bc": "because", "govt": "government", "prez": "president", "pres": "president",
    "w": "with", "b4": "before",
}  # fmt: skip
_TYPING = re.compile(rf"(?<![\w.'’/-])(?:{'|'.join(_TYPED)})(?![\w'’/-]|\.\w)")
"""How people type; in lower case, so that no name is meant."""


def _typed(question: str) -> str:
    written = _TYPING.sub(lambda found: _TYPED[found.group()], question)
    return " ".join(written.split()) if written != question else question


def plain(question: str) -> str:
    """Return the question without words about how it should be answered, else as it is.

    "A Putin-Trump call" is put as a call between Putin and Trump.
    """
    question = paired(_typed(question))
    text = question.strip()
    for _ in range(len(_CHANGES)):
        before = text
        for pattern, other in _CHANGES:
            text = pattern.sub(other, text).strip()
        if text == before:
            break
    if text == question.strip() or len(set(terms(text))) < _LEAST:
        return question
    text = text.rstrip(" .,;:")
    return (text[:1].upper() + text[1:]) if text.endswith("?") else f"{text[:1].upper()}{text[1:]}?"
