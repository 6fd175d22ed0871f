"""Say who speaks in a sentence of an article: rules over names, cue words and quotation marks."""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache

from rag.language import Span, quoted, sentences
from rag.types import Attribution, QuoteType

DENIALS = frozenset(
    """denied denies deny denying dismissed dismisses dismissing refuted refutes rejected rejects
    rebuffed disputed disputes contradicted""".split()
)
_CUES = frozenset(
    """said says say saying told tells adds added noted notes noting stated states announced
    announces confirmed confirms stressed stresses emphasized emphasised emphasizes emphasizing
    warned warns explained explains remarked clarified acknowledged admitted described describes
    characterized called responded replied answered claimed claims claiming argued argues insisted
    insists declared suggested indicated reiterated recalled reminded wrote tweeted posted asked
    urged vowed promised predicted believes believed thinks expects hopes hoped mentioned reported
    assured praised criticized condemned commented concluded revealed expressed testified alleged
    joked quipped talked spoke""".split()
)
_CUE = re.compile(rf"\b(?:{'|'.join(sorted(_CUES | DENIALS))})\b")
_ACCORDING = re.compile(r"\b[Aa]ccording to (?:the )?")

_NAME_WORD = r"(?:[A-Z][\w'’.-]*\w|[A-Z]\.)"
_NAME = rf"{_NAME_WORD}(?:[ -](?:(?:de|van|von|bin|al|der|la|el) )?{_NAME_WORD})*"
_NOUNS = (
    r"(?:spokes(?:man|woman|person)|officials?|president|minister|envoy|ambassador|senator|leader|"
    r"secretary|chief|director|governor|mayor|diplomat|general|executive|lawmaker|candidate|"
    r"ministry|agency|company|statement|department|office|court|police|authorities)"
)
_WHO = (
    rf"(?P<pronoun>[Hh]e|[Ss]he|[Tt]hey)\b|(?P<role>[Tt]he (?:[\w-]+ ){{0,3}}?{_NOUNS})\b|"
    rf"(?P<name>{_NAME})"
)
# Between a speaker and the cue: ", the bank's chief economist," and adverbs or auxiliaries.
_APPOSITION = r"(?:, [^,.;:]{2,80},)?"
_BETWEEN = (
    r"(?: (?:also|has|have|had|previously|earlier|later|further|then|again|once|repeatedly|"
    r"reportedly|meanwhile|at the time|\w+ly))*"
)
_INTRODUCED = re.compile(rf"\b(?P<noun>(?i:{_NOUNS})) (?P<name>{_NAME})")
_SUBJECT = re.compile(rf"(?:\b(?:{_WHO})){_APPOSITION}{_BETWEEN} $")
_OBJECT = re.compile(rf" (?:{_WHO})\b")
# ", emphasizing that ...": the subject of the whole sentence speaks.
_PARTICIPLE = re.compile(
    r", (?:saying|adding|noting|stating|stressing|emphasi[sz]ing|claiming|arguing|insisting)\b"
)
_FIRST = re.compile(rf"^(?:[A-Z][\w ]{{1,40}}, )?(?:{_WHO})(?![\w'’])")
_BODIES = frozenset(
    """House Kremlin Pentagon Ministry Department Court Union Office Council Committee Commission
    Party University Bank Police Agency Association Inc Corp Senate Congress Parliament
    Administration Nations Times Post News""".split()
)

# Words at the head of a name that are titles, nationalities or sentence openers.
_TITLES = frozenset(
    """Mr Mr. Mrs Mrs. Ms Ms. Dr Dr. Sir Lord Lady President Vice Prime Minister Foreign Defense
    Defence Secretary Senator Sen. Sen Rep. Rep Representative Governor Gov. Gov General Gen. Gen
    Colonel Col. Special Envoy Ambassador Chancellor King Queen Prince Princess Pope Judge Justice
    Spokesman Spokeswoman Spokesperson Chief Director Chairman Chairwoman CEO Former Deputy Press
    Speaker Advisor Adviser US U.S.
    Russian American Ukrainian British French German Chinese Kremlin""".split()
)
_OPENERS = frozenset(
    """The In On At But And However Finally Asked According Regarding Concerning Speaking During
    Previously Therefore While When After Before As It This That Earlier Meanwhile""".split()
)
_DAYS = frozenset(
    """Monday Tuesday Wednesday Thursday Friday Saturday Sunday January February March April May
    June July August September October November December""".split()
)

# Share of a sentence's letters inside quotation marks from which on it counts as direct speech.
_DIRECT = 0.5
# A quotation of so many words that begins with a capital is a sentence of its own.
_FULL = 4
_MEMORY = 3
"""Sentences after which a pronoun no longer means even the one who speaks most."""
_REACH = 160
"""How far before its cue a speaker is looked for, in code points."""


def attribute(text: str, start: int, end: int) -> Attribution:
    """Say who speaks in ``text[start:end]``, a sentence of the article ``text``.

    A pronoun or a role ("the spokesman") stands for a speaker named before where it is plain which,
    and so does a quotation without reporting words. Where it is not, the speaker is None.
    """
    for (begin, finish), attribution in _speeches(text):
        if begin < end and start < finish:
            return attribution
    return Attribution(speaker=None, quote_type="narration")


class _Talk:
    """Who has spoken so far, and whom a pronoun or a role may mean.

    A quote in the wrong mouth is worse than one without a name: what is not plain stays unknown.
    """

    def __init__(self, text: str, full_names: dict[str, str], main: str | None = None) -> None:
        self.full_names = full_names
        self.main = main
        self._roles = _roles(text, full_names)
        self._last: str | None = None
        self._since = 0

    def said(self, speaker: str | None) -> None:
        """Note who spoke in a sentence."""
        if speaker is not None and _is_person(speaker):
            self._last, self._since = speaker, 0
        else:
            self._since += 1

    def pronoun(self) -> str | None:
        """Return the last speaker when he spoke just before, or a little ago and leads the talk."""
        reach = _MEMORY if self._last == self.main else 0
        return self._last if self._since <= reach else None

    def role(self, words: str) -> str | None:
        """Return who was introduced with a role, else whom a pronoun would mean."""
        noun = _role_noun(words)
        return self._roles[noun] if noun in self._roles else self.pronoun()

    def identified(self, match: re.Match[str]) -> str | None:
        """Return the speaker that a match of _WHO means."""
        if match["name"]:
            return _resolved(match["name"], self.full_names)
        return self.role(match["role"]) if match["role"] else self.pronoun()


@lru_cache(maxsize=512)
def _speeches(text: str) -> tuple[tuple[Span, Attribution], ...]:
    full_names = _full_names(text)
    first_reading = _read(text, _Talk(text, full_names))
    named = Counter(
        item.speaker
        for _, item in first_reading
        if item.speaker is not None and _is_person(item.speaker)
    )
    ranked = named.most_common(2)
    leads = ranked and (len(ranked) == 1 or ranked[0][1] > ranked[1][1])
    return tuple(_read(text, _Talk(text, full_names, ranked[0][0] if leads else None)))


def _read(text: str, talk: _Talk) -> list[tuple[Span, Attribution]]:
    marks = quoted(text)
    found: list[tuple[Span, Attribution]] = []
    for start, end in sentences(text):
        inside = [(max(a, start), min(b, end)) for a, b in marks if a < end and start < b]
        share = _share(text, start, end, inside)
        cue, speaker = _speaker(_blank(text, start, end, inside), talk)
        if cue is None and share >= _DIRECT:
            speaker = talk.pronoun()
        kind: QuoteType = "narration"
        if share >= _DIRECT or any(_full_sentence(text[a:b]) for a, b in inside):
            kind = "direct"
        elif cue is not None:
            kind = "mixed" if share else "indirect"
        denied = cue in DENIALS
        found.append(
            ((start, end), Attribution(speaker=speaker, quote_type=kind, cue=cue, denied=denied))
        )
        talk.said(speaker)
    return found


def _speaker(narrative: str, talk: _Talk) -> tuple[str | None, str | None]:
    """Find the reporting word and whose it is in a sentence without its quotations."""
    if according := _ACCORDING.search(narrative):
        who = re.match(_NAME, narrative[according.end() :])
        name = _resolved(who.group(), talk.full_names) if who else None
        return "according to", name or talk.pronoun()
    for cue in _CUE.finditer(narrative):
        before = _SUBJECT.search(narrative, max(0, cue.start() - _REACH), cue.start())
        after = _OBJECT.match(narrative, cue.end()) if cue.group() != "told" else None
        for match in (before, after):
            if match:
                speaker = talk.identified(match)
                if speaker is not None or not match["name"]:
                    return cue.group(), speaker
    participle, first = _PARTICIPLE.search(narrative), _FIRST.match(narrative)
    if participle and first:
        return participle.group().strip(" ,"), talk.identified(first)
    return None, None


def _roles(text: str, full_names: dict[str, str]) -> dict[str, str]:
    """Map each role to the one person who is introduced with it; roles of several are left out."""
    holders: dict[str, set[str]] = {}
    for match in _INTRODUCED.finditer(text):
        if name := _resolved(match["name"], full_names):
            holders.setdefault(_role_noun(match["noun"]), set()).add(name)
    return {noun: names.pop() for noun, names in holders.items() if len(names) == 1}


def _role_noun(words: str) -> str:
    noun = words.split()[-1].lower()
    return "spokesperson" if noun.startswith("spokes") else noun


def _is_person(speaker: str) -> bool:
    """Whether a later "he" or "the spokesman" may mean this speaker: a name of several words."""
    words = speaker.split()
    return len(words) > 1 and not _BODIES.intersection(words)


def _resolved(name: str, full_names: dict[str, str]) -> str | None:
    bare = _bare(name)
    return full_names.get(bare, bare) or None


def _bare(name: str) -> str:
    words = re.sub(r"['’]s\b", "", name).split()
    while words and (words[0] in _OPENERS or (words[0] in _TITLES and len(words) > 1)):
        words.pop(0)
    if not words or words[0] in _DAYS:
        return ""
    return " ".join(words).rstrip(".,'’")


def _full_names(text: str) -> dict[str, str]:
    """Map each last name to the first full name that ends in it."""
    names: dict[str, str] = {}
    for match in re.finditer(_NAME, text):
        words = _bare(match.group()).split()
        if 2 <= len(words) <= 4:
            names.setdefault(words[-1], " ".join(words))
    return names


def _share(text: str, start: int, end: int, inside: list[Span]) -> float:
    letters = sum(char.isalnum() for char in text[start:end])
    quoted_letters = sum(char.isalnum() for a, b in inside for char in text[a:b])
    return quoted_letters / letters if letters else 0.0


def _full_sentence(quotation: str) -> bool:
    return quotation[0].isupper() and len(quotation.split()) >= _FULL


def _blank(text: str, start: int, end: int, inside: list[Span]) -> str:
    """Return the sentence with its quotations blanked out, offsets kept."""
    chars = list(text[start:end])
    for a, b in inside:
        chars[a - start : b - start] = " " * (b - a)
    return "".join(chars)
