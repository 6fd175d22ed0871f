"""Answer from the last answer's citations what is asked about it: who said so, where, how.

Nothing is searched: "that" is what was cited.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from rag.ask import compose
from rag.language import terms
from rag.types import AnswerSentence, Attribution, Citation

Wanted = Literal["speaker", "words", "article", "day"]
MOST = 5
"""Citations that one reply goes through."""
LONGEST = 12
"""Words of a question about the last answer; a longer one has a subject of its own."""

_THAT = r"""
    (?: that | this | it | so | those | these | them | him | her |
        (?:that|this|the)[ ](?:quote|quotation|sentence|statement|remark|line|claim|answer|
            information|last[ ]one) |
        the[ ](?:last|first|second|third)[ ]one )
"""
_SAYS = r"""
    (?: said | says? | saying | stated | claim(?:ed|s) | report(?:ed|s) | wrote |
        told[ ](?:us|you|reporters|them|journalists) |
        (?:is|was|are|were)[ ](?:saying|claiming|quoted(?:[ ]there)?) )
"""
_ARTICLE = r"""
    (?:article|source|outlet|paper|newspaper|publication|piece|story|report|site|website)s?
"""
_EXACT = r"(?:exact|precise|original|actual|verbatim|full|direct|own|very)"
_WHOSE = r"(?:the|his|her|their|its)"
_ASKS: dict[Wanted, str] = {
    "speaker": rf"""
        who[ ](?:exactly[ ]|actually[ ])? {_SAYS} (?:[ ]{_THAT})? |
        according[ ]to[ ]whom? | says[ ]who | said[ ]by[ ]whom? |
        who(?:se[ ]words|se[ ]statement|[ ]is[ ]the[ ]speaker)
            (?:[ ](?:is|was|are|were)[ ]{_THAT})? |
        who[ ](?:is|was|are|were)[ ](?:being[ ])?(?:quoted|cited) (?:[ ](?:in[ ])?{_THAT})?
    """,
    "words": rf"""
        (?:(?:can|could)[ ]you[ ])? (?:quote|cite)[ ](?:me[ ])? {_THAT} |
        (?:(?:can|could)[ ]you[ ])? (?:give|show|tell|read)(?:[ ]me|[ ]us)?[ ]
            (?:{_WHOSE}[ ])? {_EXACT}[ ](?:quote|quotation|word|wording|sentence)s? |
        what[ ](?:are|were|was|is)[ ]{_WHOSE}[ ]{_EXACT}[ ](?:words?|wording|quote)s? |
        (?:what|how)[ ](?:exactly[ ])?did[ ](?:he|she|they|it)[ ](?:say|put|word)[ ]
            (?:{_THAT}[ ])? (?:exactly|word[ ]for[ ]word|verbatim|precisely) |
        (?:the[ ])? (?:exact[ ](?:words|quote|wording) | word[ ]for[ ]word | verbatim) |
        in[ ](?:his|her|their)[ ]own[ ]words
    """,
    "article": rf"""
        (?:in[ ]|from[ ])? (?:which|what)[ ]{_ARTICLE}
            (?:[ ](?:is|was|said|says|reported|has|carried|did|say|in|from|{_THAT}))* |
        where[ ](?:does|did|do|is|was)[ ](?:you[ ](?:get|find|read)[ ])? {_THAT}[ ]
            (?:come[ ]from | from | published | reported | written) |
        (?:(?:what|who)(?:['’]s|[ ]is|[ ]are|[ ]was)[ ])? (?:the|your|its|that)[ ]{_ARTICLE} |
        (?:source|citation|reference|link)s? (?:[ ](?:for|of|to)[ ](?:that|this|it))?
    """,
    "day": rf"""
        when[ ](?:was|were)[ ](?:{_THAT} | (?:that|the|this)[ ]{_ARTICLE})[ ]
            (?:published|printed|posted|reported|written) |
        what(?:['’]s|[ ]is|[ ]was)[ ]the[ ]date[ ]of[ ]
            (?:{_THAT} | (?:that|the|this)[ ]{_ARTICLE}) |
        how[ ](?:old|recent)[ ]is[ ](?:{_THAT} | (?:that|the|this)[ ]{_ARTICLE})
    """,
}
_PATTERNS = {
    wanted: re.compile(
        rf"""
        ^(?:(?:and|but|so|ok(?:ay)?|well|wait|sorry|please|now|then|hm+)\b[\s,]*)*
        (?:{asked})
        (?:,?[ ](?:exactly|again|then|please|there|though))*\W*$
        """,
        re.IGNORECASE | re.VERBOSE,
    )
    for wanted, asked in _ASKS.items()
}
_NUMBERS = {"first": 1, "second": 2, "third": 3, "last": -1}
_NAMED = re.compile(r"\bthe (first|second|third|last) (?:one|quote|sentence)\b", re.IGNORECASE)
_NUMBER = re.compile(r"\[(\d{1,2})\]|\b(?:number|source|citation|quote) (\d{1,2})\b")


def wanted(question: str) -> Wanted | None:
    """Say what of the last answer a question asks for; None where it asks for something else."""
    text = _NUMBER.sub(" that ", " ".join(question.split()))
    text = " ".join(text.replace("that that", "that").split())
    if len(text.split()) > LONGEST:
        return None
    return next((kind for kind, pattern in _PATTERNS.items() if pattern.match(text)), None)


def meant(question: str, citations: Sequence[Citation]) -> list[Citation]:
    """Return the citations that a question points at by number, else the first ones."""
    if found := _NUMBER.search(question):
        number = int(found.group(1) or found.group(2))
        return [item for item in citations if item.number == number]
    if named := _NAMED.search(question):
        at = _NUMBERS[named.group(1).lower()]
        return list(citations[at - 1 : at] if at > 0 else citations[-1:])
    return list(citations[:MOST])


def restated(kind: Wanted, citations: Sequence[Citation]) -> str:
    """Write the question out, so that it can be shown what was understood."""
    quote = _brief(citations[0].quote)
    return {
        "speaker": f"Who said: {quote}",
        "words": f"What are the exact words of: {quote}",
        "article": f"Which article says: {quote}",
        "day": f"When was this published: {quote}",
    }[kind]


def sentence(kind: Wanted, citation: Citation) -> AnswerSentence:
    """Say what is wanted of one citation; its words stand verbatim in what is said."""
    quote = f"“{citation.quote}”"
    if kind == "speaker":
        attribution = Attribution(
            speaker=citation.speaker,
            quote_type=citation.quote_type,
            cue=citation.cue,
            denied=citation.denied,
        )
        text = compose.named(citation.quote, attribution)
        text = text if citation.speaker else f"The article names no speaker: {quote}"
    elif kind == "words":
        text = quote
    elif kind == "article":
        text = f"{source(citation)}: {quote}"
    else:
        day = f"{citation.published_at:%Y-%m-%d}" if citation.published_at else None
        said = f"Published on {day}" if day else "Nobody says when this was published"
        text = f"{said}: {quote}"
    return AnswerSentence(text=text, citations=(citation.number,))


def short(kind: Wanted, citation: Citation) -> str | None:
    """Return the few words that answer, where they are known."""
    if kind == "speaker":
        return citation.speaker
    if kind == "article":
        return source(citation)
    if kind == "day":
        return f"{citation.published_at:%Y-%m-%d}" if citation.published_at else None
    return citation.quote


def source(citation: Citation) -> str:
    """Name an article: its title where it has one, its outlet and its day."""
    title = citation.title if citation.title_from != "derived" else f"article {citation.article_id}"
    day = f"{citation.published_at:%Y-%m-%d}" if citation.published_at else "undated"
    about = ", ".join(part for part in (citation.outlet, day) if part)
    return f"{title} ({about})"


def said_again(kind: Wanted, answered: str) -> str | None:
    """Ask the same of the words of an answer, where only those are known."""
    if not terms(answered):
        return None
    words = _brief(answered.strip('“”" '))
    return f"Who said {words}" if kind == "speaker" else words


def _brief(text: str, most: int = 300) -> str:
    text = " ".join(text.split())
    return text if len(text) <= most else f"{text[: most - 1].rsplit(' ', 1)[0]}…"
