"""Say who speaks in a sentence of an article: rules over names, cue words and quotation marks."""

from __future__ import annotations

import re
from functools import lru_cache

from rag.language import Span, quoted, sentences
from rag.types import Attribution, QuoteType

DENIALS = frozenset("denied denies deny denying dismissed dismisses dismissing refuted refutes "
                    "rejected rejects rebuffed disputed disputes contradicted".split())  # fmt: skip
_CUES = (
    "said says say told tells added adds noted notes stated states announced announces confirmed confirms "
    "stressed stresses emphasized emphasised emphasizes warned warns explained explains remarked "
    "clarified acknowledged admitted described describes characterized called responded replied answered "
    "claimed claims argued argues insisted insists declared suggested indicated reiterated recalled "
    "reminded pointed wrote tweeted posted asked urged vowed promised predicted believes believed thinks "
    "expects hopes hoped mentioned reported reports assured praised criticized condemned commented "
    "concluded continued observed revealed expressed testified alleged joked quipped talked spoke "
).split()
_CUE = re.compile(rf"\b(?:{'|'.join([*_CUES, *sorted(DENIALS)])})\b")
_ACCORDING = re.compile(r"\b[Aa]ccording to ")

_NAME_WORD = r"(?:[A-Z][\w'’.-]*[\w]|[A-Z]\.)"
_NAME = re.compile(rf"\b{_NAME_WORD}(?:[ -](?:(?:de|van|von|bin|al|der|la|el) )?{_NAME_WORD})*")
_PRONOUN = re.compile(r"\b(?:[Hh]e|[Ss]he|[Tt]hey)\b")
_ROLE = re.compile(
    r"\b[Tt]he (?:[\w-]+ ){0,3}?(?:spokes(?:man|woman|person)|official|president|minister|envoy|"
    r"ambassador|senator|secretary|leader|chief|director|governor|mayor|diplomat|general|executive|"
    r"lawmaker|candidate|ministry|agency|company|statement|report)\b"
)
# Words at the head of a name that are titles or nationalities, not part of the name.
_TITLES = frozenset(
    """Mr Mr. Mrs Mrs. Ms Ms. Dr Dr. Sir Lord Lady President Vice Prime Minister Foreign Defense Defence
    Secretary State Senator Sen. Sen Rep. Rep Representative Governor Gov. Gov General Gen. Gen Colonel Col.
    Special Envoy Ambassador Chancellor King Queen Prince Princess Pope Judge Justice Chief Director
    Chairman Chairwoman CEO Kremlin US U.S. Russian American Ukrainian British French German Chinese Former
    Deputy Press Speaker House White National Security Advisor Adviser The In On At But And However Finally
    Asked According Regarding Concerning Speaking During Previously Therefore""".split()
)
_BREAKS = frozenset({"The", "In", "On", "At", "But", "And", "However", "Finally"})
_DAYS = frozenset("Monday Tuesday Wednesday Thursday Friday Saturday Sunday January February March April "
                  "May June July August September October November December".split())  # fmt: skip

# Share of a sentence's letters inside quotation marks from which on it counts as direct speech.
_DIRECT = 0.5
_REACH = 90
"""How far from its cue a speaker is looked for, in code points."""


def attribute(text: str, start: int, end: int) -> Attribution:
    """Say who speaks in ``text[start:end]``, a sentence of the article ``text``.

    A pronoun or a role ("the spokesman") stands for the last speaker that was named. A quotation
    without reporting words belongs to the speaker of the sentence before it.
    """
    speeches = _speeches(text)
    for (begin, finish), attribution in speeches:
        if begin < end and start < finish:
            return attribution
    return Attribution(speaker=None, quote_type="narration")


@lru_cache(maxsize=512)
def _speeches(text: str) -> tuple[tuple[Span, Attribution], ...]:
    marks = quoted(text)
    full_names = _full_names(text)
    last: str | None = None
    found: list[tuple[Span, Attribution]] = []
    for start, end in sentences(text):
        inside = [(max(a, start), min(b, end)) for a, b in marks if a < end and start < b]
        share = _share(text, start, end, inside)
        narrative = _blank(text, start, end, inside)
        cue, speaker = _speaker(narrative, full_names, last)
        if cue is None and share < _DIRECT:
            kind: QuoteType = "narration"
            found.append(((start, end), Attribution(speaker=None, quote_type=kind)))
            continue
        speaker = speaker or (last if cue is None or share else None)
        kind = "direct" if share >= _DIRECT else "mixed" if share else "indirect"
        found.append(
            (
                (start, end),
                Attribution(
                    speaker=speaker,
                    quote_type=kind,
                    cue=cue,
                    denied=cue is not None and cue in DENIALS,
                ),
            )
        )
        last = speaker or last
    return tuple(found)


def _speaker(
    narrative: str, full_names: dict[str, str], last: str | None
) -> tuple[str | None, str | None]:
    """Find the reporting word and whose it is in a sentence without its quotations."""
    if match := _ACCORDING.search(narrative):
        if name := _NAME.match(narrative, match.end()):
            return "according to", _resolved(name.group(), full_names)
        return "according to", last
    first: str | None = None
    for cue in _CUE.finditer(narrative):
        first = first or cue.group()
        who = _before(narrative, cue.start(), full_names, last) or _after(
            narrative, cue.end(), full_names, last
        )
        if who:
            return cue.group(), who
    return first, None


def _before(narrative: str, cue: int, full_names: dict[str, str], last: str | None) -> str | None:
    """Take the nearest name, pronoun or role before the cue."""
    window_start = max(0, cue - _REACH)
    window = narrative[window_start:cue]
    best: tuple[int, str | None] = (-1, None)
    for match in _NAME.finditer(window):
        if name := _resolved(match.group(), full_names):
            best = max(best, (match.end(), name), key=lambda item: item[0])
    for pattern in (_PRONOUN, _ROLE):
        for match in pattern.finditer(window):
            if match.end() > best[0]:
                best = (match.end(), last)
    # A comma and a new clause between the name and the cue: "Putin supports it, X said".
    return best[1] if best[0] >= 0 else None


def _after(narrative: str, cue: int, full_names: dict[str, str], last: str | None) -> str | None:
    """Take the speaker right after the cue: "said Dmitry Peskov", "said the spokesman"."""
    rest = narrative[cue : cue + _REACH].lstrip()
    if match := re.match(rf"(?:[a-z]+ ){{0,3}}({_NAME.pattern})", rest):
        return _resolved(match.group(1), full_names)
    return last if _PRONOUN.match(rest) or _ROLE.match(rest) else None


def _resolved(name: str, full_names: dict[str, str]) -> str | None:
    bare = _bare(name)
    return full_names.get(bare, bare) if bare else None


def _bare(name: str) -> str:
    words = re.sub(r"['’]s\b", "", name).split()
    while words and words[0] in _TITLES and (len(words) > 1 or words[0] in _BREAKS):
        words.pop(0)
    if not words or words[0] in _DAYS:
        return ""
    return " ".join(words).rstrip(".,'’")


def _full_names(text: str) -> dict[str, str]:
    """Map each last name to the first full name that ends in it."""
    names: dict[str, str] = {}
    for match in _NAME.finditer(text):
        words = _bare(match.group()).split()
        if 2 <= len(words) <= 4:
            names.setdefault(words[-1], " ".join(words))
    return names


def _share(text: str, start: int, end: int, inside: list[Span]) -> float:
    letters = sum(char.isalnum() for char in text[start:end])
    quoted_letters = sum(char.isalnum() for a, b in inside for char in text[a:b])
    return quoted_letters / letters if letters else 0.0


def _blank(text: str, start: int, end: int, inside: list[Span]) -> str:
    """Return the sentence with its quotations blanked out."""
    chars = list(text[start:end])
    for a, b in inside:
        for at in range(a - start, b - start):
            chars[at] = " "
    return "".join(chars)
