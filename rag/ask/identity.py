"""Who somebody is: what a sentence says beside the name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from rag.ask.select import quote
from rag.attribution.people import TITLES, sex_of
from rag.attribution.roles import introductions, is_role, words_of
from rag.types import Evidence

_ASKED = re.compile(
    r"^\W*(?:and |so )?who(?:\s+(?:is|was|are|were)|[’']s)\s+"
    r"(?P<name>[\w.’'-]+(?:\s+[\w.’'-]+){0,3}?)\W*$",
    re.IGNORECASE,
)
_HOLDS = re.compile(
    r"^\W*(?:and |so )?who(?:\s+(?:is|was)|[’']s)\s+(?:the\s+)?(?P<role>.{3,80}?)\W*$",
    re.IGNORECASE,
)
INTRODUCED = 0.7
"""How sure a passage that introduces a person answers who that is, at the least. Of 46 such
introductions drawn from newsdesk's articles and read by hand 43 were right; two of the others are
refused since as clauses (`_CLAUSE`)."""
AGAIN = 0.5
"""What a sentence with another role counts for beside the first."""
ALIKE = 2
"""Letters that a first name shares with its short form: Steve, Steven."""
FULLEST = 5
"""Words of a role; a longer one tells no more."""
_AFTER = re.compile(
    r",\s+(?:who\s+(?:also\s+)?(?:is|was|(?:serves|served|works|worked)\s+as)\s+)?"
    r"(?P<role>(?:(?:the|a|an|his|her|their|its|former)\s|[A-Z][\w-]*[’']s?\s)"
    r"[^,;:.!?“”\"()]{2,60})"
)

_OPENING = re.compile(
    r"(?:^|[,;:—–]\s|\b(?:and|but|that)\s)\W*(?:after|before|like|unlike|for|with|without|besides|"
    r"among|according\ to|as|while|when|since|despite|following|in|at|by|on|to|from|under|beside|"
    r"alongside|against|joining|meeting|greeting|asked|speaking)\b[^,;:]*$",
    re.IGNORECASE,
)
"""How a clause begins that ends at a comma: "After meeting Ann Lee, the mayor left"."""
_SUFFIX = re.compile(r"(?:jr|sr|ii|iii|iv)\.?", re.IGNORECASE)
_BEFORE = re.compile(r"(?P<first>[A-Z][\w’'-]*\.?) $")
_LINKS = re.compile(
    r"\s(?:de|da|del|della|di|du|la|le|van|von|der|den|al|el|bin|ibn|of|the|y)(?=\s)"
)
_CLAUSE = re.compile(
    r"(?:(?!\b(?:who|that|which|whose)\b).)*?\b(?:have|has|had|is|are|was|were|will|would|can|could|did|"
    r"does|do|said|says)\b",
)
"""A clause of its own is no role: "According to Ann Lee, the mayors have met"."""


def asked_name(question: str) -> str | None:
    """Return what stands for a name in "Who is NAME?", None for any other question."""
    match = _ASKED.match(question.strip())
    if match is None:
        return None
    name = match["name"].rstrip(".?’'")
    # "Who is Ford's president?" asks for a name by the role.
    if re.search(r"['’]s?(?:\s|$)", name) or is_role(name) or name.split()[-1].lower() in TITLES:
        return None
    # "Who is coming with Ruiz?" names somebody too, but does not ask who that is.
    mixed = any(word[0].isupper() for word in name.split()) and not is_name(_LINKS.sub(" ", name))
    return None if mixed else name


def asked_role(question: str) -> str | None:
    """Return the role in "Who is GM's chief executive?", None for any other question."""
    match = _HOLDS.match(question.strip())
    return match["role"] if match and is_role(match["role"]) else None


def holder(role: str, sentence: str) -> str | None:
    """Return whom a sentence introduces with a role, or with a longer one."""
    wanted = words_of(role)
    for name, described in introductions(sentence).items():
        if wanted and any(wanted <= words_of(one) for one in described.split("; ")):
            return name
    return None


def is_name(words: str) -> bool:
    """Whether each of the words is written as a name's."""
    return all(word[:1].isupper() for word in words.split())


def identity(name: str, sentence: str) -> str | None:
    """Return how a sentence introduces a name, before it or after it, in the sentence's words.

    Whoever has another first name is somebody else. A role behind a comma that ends an opening
    clause is the next clause's subject, unless a comma closes it too.
    """
    words = [word for word in name.split() if not _SUFFIX.fullmatch(word)] or name.split()
    last, firsts = words[-1], [word.casefold() for word in words[:-1]]
    apart = len(sentence)
    named = re.compile(rf"\b{re.escape(last)}(?: {_SUFFIX.pattern})?(?!\w)", re.IGNORECASE)
    for found in named.finditer(sentence):
        before = sentence[: found.start()]
        if not found.group()[0].isupper() or _another(before, firsts):
            continue
        match = _AFTER.match(sentence, found.end())
        if match and _OPENING.search(before) and sentence[match.end() : match.end() + 1] != ",":
            apart = min(apart, found.end())
        elif match and not _CLAUSE.match(match["role"]):
            return match["role"].strip()
    roles = [
        role
        for known, role in introductions(sentence[:apart]).items()
        if last.casefold() in (its := known.casefold().split())
        and not _differ(its[: its.index(last.casefold())][-1:], firsts)
        and role.casefold() != name.casefold()
    ]
    return roles[0] if roles else None


def _another(before: str, firsts: Sequence[str]) -> bool:
    """Whether a first name stands before a last name that is none of those asked for."""
    found = _BEFORE.search(before)
    if found is None or re.search(r"(?:^|[.?!“\"]\s?)$", before[: found.start()]):
        # What begins a sentence has a capital anyway.
        return found is not None and _differ([found["first"].casefold()], firsts, opens=True)
    first = found["first"]
    if first.isupper() or first.casefold().rstrip(".") in TITLES or re.search(r"['’]s?$", first):
        return False
    return _differ([first.casefold()], firsts)


def _differ(found: Sequence[str], firsts: Sequence[str], *, opens: bool = False) -> bool:
    """Whether a first name is not one of those asked for, nor short for one.

    One that ``opens`` a sentence counts only where it is known as a name.
    """
    if not found or not firsts:
        return False
    one = found[0].rstrip(".")
    if opens and not sex_of([one]):
        return False
    return not any(
        one[:ALIKE] == first[:ALIKE] or (len(one) == 1 and one == first[0]) for first in firsts
    )


def introduced(question: str, evidence: Sequence[Evidence]) -> list[Evidence]:
    """Put first what introduces the person of "Who is NAME?", the fullest first.

    What says no more of the person than a sentence before it, or nothing, goes last, with no score.
    A passage that tells a further role answers this at least as surely as INTRODUCED.
    """
    name = asked_name(question)
    if name is None:
        return list(evidence)
    told = [(item, words_of(identity(name, quote(item)) or "")) for item in evidence]
    if not any(words for _, words in told):
        return list(evidence)
    order = sorted(told, key=lambda pair: (-min(len(pair[1]), FULLEST), -pair[0].sentence.score))
    best = max(item.sentence.score for item in evidence)
    known: set[str] = set()
    ranked = []
    for item, words in order:
        new = bool(words - known)
        score = max(best, INTRODUCED) * (1.0 if not known else AGAIN if new else 0.0)
        known |= words
        sure = max(item.answerable, INTRODUCED) if new else item.answerable
        ranked.append(replace(item, sentence=replace(item.sentence, score=score), answerable=sure))
    return sorted(ranked, key=lambda item: -item.sentence.score)
