"""Ask one by one for what a question lists behind its heading: "The bridge: Lee, Ruiz?"."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rag.ask.split import Parse

MOST = 4
"""Things in a list; a longer one, or one alone, is none."""
_BESIDE = re.compile(
    r"^(?:(?P<head>[^:?]{2,120}):\s+)?(?:please )?(?:set|put|lay|place|hold) "
    r"(?P<one>[^?:]{2,120}?) (?:next to|beside|against|alongside) (?P<other>[^?:]{2,120}?)[.?!]*$",
    re.IGNORECASE,
)
_SIDE_BY_SIDE = re.compile(
    r"^(?:please )?(?:set|put|lay|place|show) (?P<items>[^?:]{2,160}?) side by side[.?!]*$",
    re.IGNORECASE,
)
_ARRANGE = re.compile(
    r"^(?:please )?(?:lay|put|set|list|show|give|spell) (?:me |us )?"
    r"(?:them|it|that|those|both|all|the (?:statements?|versions?|accounts?|positions?|answers?))"
    r"(?: all| both)?(?: (?:out|side by side|one by one|in order))?[.?!]*$",
    re.IGNORECASE,
)
_EITHER = re.compile(
    r"^(?P<head>[^:?]{4,160}?)(?::|,| [-–—]) (?P<one>\w+ed)(?:,)? or (?P<other>\w+ed)[.?!]*$",
    re.IGNORECASE,
)
_BOTH = re.compile(
    r"^(?P<head>.{2,120}?) both (?P<one>\w+ed(?: (?:out|off|up|down|in))?) and "
    r"(?P<other>\w+ed(?: (?:out|off|up|down|in))?) (?P<rest>[^?]+)[.?!]*$",
    re.IGNORECASE,
)
_HEADED = re.compile(
    r"^(?:(?:please )?(?:compare|contrast) )?(?P<head>[^:?]{8,160}?)(?::| [-–—]) "
    r"(?P<items>[^:?]{3,200}?)[.?!]*$",
    re.IGNORECASE,
)
_ITEMS = re.compile(r",\s*(?:and\s+)?|\s+and\s+")
_CASE = re.compile(
    r" in (?:one|another|the other)(?: case| instance| article| report)?$", re.IGNORECASE
)
_TOGETHER = re.compile(r"\b(?:between|among|both)\b", re.IGNORECASE)
_FINITE = ("VBD", "VBZ", "VBP", "MD", "W")


def arranges(piece: str) -> bool:
    """Whether a sentence only says how to show the answer: "Lay the statements out."."""
    return bool(_ARRANGE.match(piece))


def listed(piece: str, before: str, parse: Parse) -> list[str]:
    """Return the question once for each thing that it lists; empty where it lists nothing.

    ``before`` is the question before it, which "Put A, B and C side by side" leans on.
    """
    if (found := _SIDE_BY_SIDE.match(piece)) and before:
        return _asked(before, "according to", _items(found["items"], parse))
    if found := _BESIDE.match(piece):
        head = f"{found['head']}: " if found["head"] else ""
        return [f"{head}{found[name]}?" for name in ("one", "other")]
    if found := _EITHER.match(piece):
        return [f"{found['head']} {found[name]}?" for name in ("one", "other")]
    if found := _BOTH.match(piece):
        return [f"{found['head']} {found[name]} {found['rest']}?" for name in ("one", "other")]
    if (found := _HEADED.match(piece)) and not _TOGETHER.search(found["items"]):
        return [f"{found['head']}: {item}?" for item in _items(found["items"], parse)]
    return []


def _asked(question: str, joined: str, items: Iterable[str]) -> list[str]:
    return [f"{question.rstrip('?.! ')} {joined} {item}?" for item in items]


def _items(text: str, parse: Parse) -> list[str]:
    """Return what is joined by commas and "and", where each names a thing and says nothing."""
    items = [_CASE.sub("", item) for item in _ITEMS.split(text.strip()) if item]
    if not 1 < len(items) <= MOST:
        return []
    for item in items:
        tags = [word.tag for sentence in parse(item, [0]) for word in sentence]
        names = any(tag.startswith(("NN", "CD")) or item.endswith("one") for tag in tags)
        if not names or any(tag.startswith(_FINITE) for tag in tags):
            return []
    return items
