"""Who somebody is: what a sentence says beside the name."""

from __future__ import annotations

import re

from rag.attribution.roles import introductions, is_role, words_of

_ASKED = re.compile(
    r"^\W*(?:and |so )?who(?:\s+(?:is|was|are|were)|[’']s)\s+"
    r"(?P<name>[\w.’'-]+(?:\s+[\w.’'-]+){0,3}?)\W*$",
    re.IGNORECASE,
)
_HOLDS = re.compile(
    r"^\W*(?:and |so )?who(?:\s+(?:is|was)|[’']s)\s+(?:the\s+)?(?P<role>.{3,80}?)\W*$",
    re.IGNORECASE,
)
_AFTER = re.compile(
    r",\s+(?:who\s+(?:also\s+)?(?:is|was|(?:serves|served|works|worked)\s+as)\s+)?"
    r"(?P<role>(?:(?:the|a|an|his|her|their|its|former)\s|[A-Z][\w-]*[’']s?\s)"
    r"[^,;:.!?“”\"()]{2,60})"
)


def asked_name(question: str) -> str | None:
    """Return what stands for a name in "Who is NAME?", None for any other question."""
    match = _ASKED.match(question.strip())
    return None if match is None else match["name"].rstrip(".?’'")


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
    """Return how a sentence introduces a name, before it or after it, in the sentence's words."""
    last = name.split()[-1].casefold()
    for found in re.finditer(re.escape(last) + r"\b", sentence, re.IGNORECASE):
        if match := _AFTER.match(sentence, found.end()):
            return match["role"].strip()
    roles = [
        role
        for known, role in introductions(sentence).items()
        if last in known.casefold().split() and role.casefold() != name.casefold()
    ]
    return roles[0] if roles else None
