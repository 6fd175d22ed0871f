"""Split a question that asks for several things into one question for each of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from rag.ask.kinds import Kind

if TYPE_CHECKING:
    from rag.attribution.parser import Word

Parse = Callable[[str, Iterable[int]], Sequence[Sequence["Word"]]]
"""Gives the words of each sentence in a text, as a grammar parser reads them."""

# Words after which two people do one thing together, and are not asked about one by one.
_BETWEEN = frozenset(("between", "among", "amid"))
_TOGETHER = re.compile(r"\b(?:between|among|amid)\s+(?:(?:the|both|either)\s+)*$", re.IGNORECASE)
_JOINT = re.compile(
    r"\b(?:together|each other|one another|(?:in|at|during|on) their (?:\w+ ){0,3}?"
    r"(?:call|meeting|talks|conversation|summit|debate|contact)s?)\b",
    re.IGNORECASE,
)
"""What two do with one another: "What will Lee and Ruiz cover in their call?"."""
_SPEAKS = frozenset(
    """say says said tell tells told think thinks respond responded responds react reacted reacts
    answer answered predict predicted expect expected describe described describes report reported
    reports comment commented claim claimed argue argued stance position view views take opinion
    opinions remarks reaction reactions explain explained call called treat put""".split()
)
_SUBJECTS = ("nsubj", "nsubjpass", "csubj", "expl")
_JOINS = frozenset(("and", "or", "but", "versus", "vs", "vs."))
_DATES = frozenset(
    """january february march april may june july august september october november december
    monday tuesday wednesday thursday friday saturday sunday first second third last earlier later
    before after""".split()
)
_AGAINST = re.compile(r"\b(?:with|from|to|than)\b", re.IGNORECASE)
_TWICE = re.compile(
    r"\b(about|on|of|for|with|to|in|at|from|by|against|over) (.+?),? (?:and|or|but) "
    r"(?:(?:elsewhere|later|then|also|once) )?\1 "
)
_WITH = tuple(
    re.compile(
        rf"^(?:please )?(?:compare|contrast) ((?>\bbetween .+? and |.)+?) (?:with|to|and|against) "
        rf"({asks}.+?)[.?!]*$",
        re.IGNORECASE,
    )
    for asks in (r"(?=(?:what|how|whether|when)\b)", "")
)
"""The "and" of "between A and B" compares nothing."""
_BOTH = re.compile(
    r"^(?:please )?(?:compare|contrast) (?P<ask>what|how) (?P<one>[^,;:?]{2,60}?) (?:and|with) "
    r"(?P<other>(?!what|how)[^,;:?]{2,60}?) (?:(?:have|had|has) )?"
    rf"(?P<says>{'|'.join(sorted(_SPEAKS))})\b(?P<rest>.*?)[.?!]*$",
    re.IGNORECASE,
)
"""Compares what two say of one thing."""
_EACH = re.compile(
    r"^(?:please )?(?:compare|contrast) (?P<one>[^,;:?]{2,60}?['’]s?) (?:and|with|to) "
    r"(?P<other>[^,;:?]{2,60}?['’]s?) (?P<rest>\w[^,;:?]*?)[.?!]*$",
    re.IGNORECASE,
)
"""Compares what two of them have: "Lee's and Kim's views on the bridge"."""
_DIFFERS = re.compile(
    r"^How (?:do|does|did) (?P<who>.+?) differ (?:(?:in (?:how|what|the way) (?:he|she|it|they) "
    r"(?:\w+ ){1,2}?)(?:about|of|on)|(?:on|over|about|regarding)) (?P<topic>.+?)[?]$",
    re.IGNORECASE,
)
_COMPARES = re.compile(r"compar|differ|contrast|fare", re.IGNORECASE)
_TWO = ("one", "other")
_LOOSE = re.compile(r"[\s,;]+(?:and|or|but)?\s*$")
_PRONOUN = re.compile(r"\b(?:he|she|it|they)\b", re.IGNORECASE)
_NAME = re.compile(r"(?<![.?!] )(?<!^)\b[A-Z][\w'’.-]+(?: (?:[A-Z][\w'’.-]+))*")


def split(question: str, kind: Kind, parse: Parse) -> list[str]:
    """Return the question once for each thing it is asked of; empty where it asks one thing.

    ``parse`` is asked only where the words make a split likely.
    """
    if not _likely(question, kind):
        return []
    if found := _BOTH.match(question):
        return [_tidy(_told(found, found[name])) for name in _TWO]
    if found := _EACH.match(question):
        return [_tidy(f"{found[name]} {found['rest']}") for name in _TWO]
    if found := next(filter(None, (one.match(question) for one in _WITH)), None):
        return [_tidy(found[1]), _tidy(_with_subject(found[2], question))]
    words = [word for sentence in parse(question, [0]) for word in sentence]
    for word in words:
        if word.relation != "conj" or word.head is None:
            continue
        chain = _chain(word.head)
        if all(_asks(clause) for clause in chain):
            return _clauses(question, chain)
        if _apart(question, chain, kind):
            parts = [_alone(_keep(question, chain, at)) for at in range(len(chain))]
            # A quotation that the cut went through is not one any more.
            return parts if all(part.count('"') % 2 == 0 for part in parts) else []
    if found := _TWICE.search(question):
        second = f"{question[: found.start()]}{found[1]} {question[found.end() :]}"
        return [_tidy(question[: found.end(2)]), _tidy(second)]
    return _against(question, words) if kind == "compare" else []


def _told(found: re.Match[str], who: str) -> str:
    """Ask what one of those compared says."""
    if found["says"].lower() in ("say", "says", "said"):
        return f"What did {who} say{found['rest']}"
    return f"{found['ask'].capitalize()} {who} {found['says']}{found['rest']}"


def _likely(question: str, kind: Kind) -> bool:
    joined = any(word in _JOINS for word in re.findall(r"[\w.]+", question.lower()))
    return joined or (kind == "compare" and bool(_AGAINST.search(question)))


def _chain(head: Word) -> list[Word]:
    """Return a word and all that is joined to it."""
    chain = [head]
    for word in chain:
        chain.extend(word.kids("conj"))
    return chain


def _asks(clause: Word) -> bool:
    """Whether a clause has a question word of its own."""
    return clause.tag.startswith(("VB", "MD")) and any(
        item.tag in ("WP", "WDT", "WRB", "WP$") for item in _own(clause)
    )


def _clauses(question: str, chain: Sequence[Word]) -> list[str]:
    starts = [0, *(clause.subtree()[0].start for clause in chain[1:]), len(question)]
    parts = [question[start:end] for start, end in pairwise(starts)]
    parts = [_tidy(_LOOSE.sub("", part)) for part in parts]
    return [parts[0], *(_with_subject(part, question) for part in parts[1:])]


def _apart(question: str, chain: Sequence[Word], kind: Kind) -> bool:
    """Whether the joined things are asked about one by one."""
    head = chain[0]
    above = _ancestors(head)
    if head.tag.startswith("VB") or head.lower in ("before", "after"):
        return False
    if _TOGETHER.search(question[: _extent(head)[0]]) or any(w.lower in _BETWEEN for w in above):
        return False
    if not all(_names_something(word) for word in chain):
        return False
    if kind not in ("compare", "change") and _JOINT.search(question[_extent(chain[-1])[1] :]):
        return False
    if kind in ("compare", "several", "change") or head.tag == "IN":
        return True
    return any(word.lower in _SPEAKS for word in above)


def _ancestors(word: Word) -> list[Word]:
    found: list[Word] = []
    while word.head is not None:
        word = word.head
        found.append(word)
    return found


def _names_something(word: Word) -> bool:
    """Whether a joined thing has a name, a number or a date, or begins with a preposition."""
    return word.tag in ("IN", "TO") or any(
        item.tag.startswith("NNP") or item.tag == "CD" or item.lower in _DATES
        for item in _own(word)
    )


def _keep(question: str, chain: Sequence[Word], at: int) -> str:
    """Cut all but one of the joined things out of the question."""
    spans = [_extent(word) for word in chain]
    cut = [(spans[0][0], spans[at][0])] if at > 0 else []
    # With the commas and the "and" between them, what follows goes too.
    cut += [(spans[other - 1][1], spans[other][1]) for other in range(at + 1, len(chain))]
    kept, last = "", 0
    for start, end in cut:
        kept += question[last : max(last, start)]
        last = max(last, end)
    return _tidy(_with_subject(kept + question[last:], question))


def _alone(part: str) -> str:
    """Ask what one says, of whom a comparison asked how he differs."""
    if found := _DIFFERS.match(part):
        return f"What did {found['who']} say about {found['topic']}?"
    return part


def _against(question: str, words: Sequence[Word]) -> list[str]:
    """Split "how does A differ from B" and "A compared with B" at the preposition."""
    for word in words:
        verb = word.head
        if word.relation != "prep" or verb is None or not _AGAINST.match(word.text):
            continue
        if _COMPARES.match(verb.text) and verb.kids(*_SUBJECTS, "dobj", "ccomp"):
            start, end = _extent(word)
            second = _with_subject(question[word.end : end].strip(), question)
            return [_tidy(question[:start] + question[end:]), _tidy(second)]
    return []


def _with_subject(part: str, question: str) -> str:
    """Put the name that the question has in place of a pronoun that lost it."""
    names = _NAME.findall(question)
    if not names or any(name in part for name in names):
        return part
    return _PRONOUN.sub(names[0], part, count=1)


def _own(word: Word) -> list[Word]:
    """Return a word and all below it, what is joined to it aside."""
    found = [
        word,
        *(c for c in word.children if c.relation not in ("conj", "cc", "punct", "preconj")),
    ]
    for item in found[1:]:
        found.extend(below for below in item.subtree() if below is not item)
    return found


def _extent(word: Word) -> tuple[int, int]:
    """Return from where to where a word reaches with what is its own.

    Of the first of several joined things, what follows the last of them belongs to all.
    """
    found, later = _own(word), word.kids("conj")
    if later:
        found = [item for item in found if item.start < min(c.start for c in later)]
    return min(item.start for item in found), max(item.end for item in found)


def _tidy(text: str) -> str:
    text = re.sub(r"\s+", " ", text).strip(" ,;:")
    text = re.sub(r"\s+([?,.;:])", r"\1", text)
    text = re.sub(r",\s*,", ",", text)
    text = re.sub(r"[,;]\s*\?", "?", text)
    text = re.sub(r"\b(?:both|either|neither)\s+", "", text)
    return text if text.endswith("?") else text.rstrip(".") + "?"
