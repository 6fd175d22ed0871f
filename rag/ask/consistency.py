"""Rules by which a sentence contradicts, or goes beyond, the evidence it is said to rest on.

They look at what must not be changed in news: numbers, units, dates, names, quantifiers, negation,
how sure a thing is, and denials. Each is one function that returns a reason code or None; `check`
asks them in turn. A sentence that stands word for word in its evidence breaks no rule.

A claim that repeats nearly all of its evidence's words is a copy: whatever differs in it was
changed, and every rule holds strictly. A free paraphrase may bring names and dates from elsewhere
in the article, so that only what the article nowhere says is an objection.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from difflib import SequenceMatcher

from rag.ask.quantities import Quantity, quantities
from rag.language import STOPWORDS, normalise, terms

LONGEST = 20_000
"""Code points of claim, evidence and context that are looked at."""
COPY = 0.75
"""Share of the claim's content words in one evidence sentence from which it is a copy of it."""
WORDS = 400
"""Words of claim and evidence that are compared one by one."""
ROUNDED = 0.05
"""How far "about" may be from the number, as a share of it."""

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Pair:
    """A claim and what it rests on, with look-alike characters made equal."""

    claim: str
    evidence: str
    context: str
    """Evidence, title and what stands around it: names and dates may come from here."""
    published_at: datetime | None
    copy: bool


def check(
    claim: str,
    evidence: Sequence[str],
    *,
    context: Sequence[str] = (),
    published_at: datetime | None = None,
) -> str | None:
    """Return the code of the first rule that the claim breaks, None if none.

    ``evidence`` are the cited sentences; ``context`` is their articles, titles included. Codes:
    `number_differs`, `unit_differs`, `date_differs`, `name_not_in_evidence`, `opposite`,
    `quantifier_differs`, `denial_as_assertion`, `denial_differs`, `negation_differs`,
    `modality_differs`.
    """
    said = normalise(claim[:LONGEST])
    cited = normalise(" ".join(evidence)[:LONGEST])
    if said.rstrip(".") in cited:
        return None
    around = normalise(" ".join([*evidence, *context])[: 2 * LONGEST])
    words = set(terms(said))
    shared = [len(words & set(terms(part[:LONGEST]))) for part in evidence]
    copy = max(shared, default=0) >= COPY * max(1, len(words))
    pair = Pair(said, cited, around, published_at, copy)
    for rule in RULES:
        if (reason := rule(pair)) is not None:
            return reason
    if not copy:
        return None
    # What is only possible in another sentence says nothing of this one.
    copied = evidence[shared.index(max(shared))]
    pair = replace(pair, evidence=normalise(copied[:LONGEST]))
    return next((reason for rule in STRICT if (reason := rule(pair)) is not None), None)


def numbers(pair: Pair) -> str | None:
    """Every number of the claim stands in the evidence with the same value and unit.

    A small number that is written out may count what the evidence lists.
    """
    near = quantities(pair.context)
    known = quantities(pair.evidence) if pair.copy else near
    for item in quantities(pair.claim):
        if item.is_year:
            if not _year(item, near, pair.published_at):
                return "date_differs"
            continue
        same = [other for other in known if _equal(item, other)]
        if not same and _day_of_month(pair.claim, item) and any(_equal(item, n) for n in near):
            continue
        if not same and not pair.copy and item.unit is None and item.value in (2, 3, 4):
            continue
        if not same:
            return "number_differs"
        if item.unit and not any(other.unit in (item.unit, None) for other in same):
            return "unit_differs"
        if all({item.bound, other.bound} == {"least", "most"} for other in same):
            return "quantifier_differs"
    return None


def _equal(claimed: Quantity, known: Quantity) -> bool:
    if claimed.value == known.value:
        return True
    gap = known.value - claimed.value
    if claimed.bound == "about":
        return abs(gap) <= ROUNDED * abs(known.value)
    if claimed.bound == "least":
        return 0 < gap <= 0.2 * abs(known.value)
    return claimed.bound == "most" and 0 < -gap <= 0.2 * abs(known.value)


def _year(item: Quantity, known: Sequence[Quantity], published_at: datetime | None) -> bool:
    if any(other.value == item.value for other in known):
        return True
    # "Last year" and "next year" are counted from the day of publication.
    return published_at is not None and abs(published_at.year - item.value) <= 1


def _day_of_month(claim: str, item: Quantity) -> bool:
    start, end = item.span
    month = "|".join(f"{name}|{name[:3]}" for name in _MONTHS)
    near = claim[max(0, start - 12) : end + 12]
    return bool(re.search(rf"\b(?:{month})\b", near, re.IGNORECASE))


def dates(pair: Pair) -> str | None:
    """Weekdays and months stand in evidence or article, or follow from the day of publication."""
    claimed, known = _words(pair.claim), set(_words(pair.context))
    told = set(_words(pair.evidence))
    when = pair.published_at
    for names, around in ((_DAYS, _days_around(when)), (_MONTHS, _months_around(when))):
        said = {
            name for name in claimed if name in names and (name != "may" or _is_may(pair.claim))
        }
        # Where the evidence itself names a day, a day from elsewhere contradicts it.
        own = told & set(names) - {"may"} if pair.copy else set()
        allowed = own or ((known & set(names)) | around)
        if said - allowed - {name for name in said if name[:3] in told}:
            return "date_differs"
    return None


def _is_may(text: str) -> bool:
    return bool(
        re.search(r"\bMay (?:\d|of\b|and\b)|\b(?:in|since|until|last|early|late|\d) May\b", text)
    )


def _days_around(when: datetime | None) -> set[str]:
    if when is None:
        return set()
    return {_DAYS[(when + timedelta(days=gap)).weekday()] for gap in (-1, 0, 1)}


def _months_around(when: datetime | None) -> set[str]:
    return {_MONTHS[(when.month - 1 + gap) % 12] for gap in (-1, 0, 1)} if when else set()


def names(pair: Pair) -> str | None:
    """Every name stands in the evidence or its article; in a copy none takes another's place."""
    claimed = _names(pair.claim, pair.evidence)
    told = _folded(pair.evidence)
    new = [name for name in claimed if not all(_known(_fold(part), told) for part in name.split())]
    around = _folded(pair.context) if new else set()
    for name in new:
        known = all(_known(_fold(part), around) for part in name.split())
        if not known and not _initials(name, pair.context):
            return "name_not_in_evidence"
    if pair.copy:
        # Where a part of the name is in the evidence, the claim only gives it in full.
        strange = {
            word
            for name in new
            for word in name.split()
            if not any(_known(_fold(part), told) for part in name.split())
        }
        for mine, theirs in _exchanged(pair):
            put = strange.intersection(mine)
            if max(len(mine), len(theirs)) <= 2 and not _STOPS.intersection(theirs):
                # "Biden said" for "Trump said": a single capital at the beginning may be a name.
                put |= {w for w in mine if w[:1].isupper() and not _known(_fold(w), told)}
            gone = [word for word in theirs if word[:1].isupper() and word not in mine]
            if put and gone and not any(_initials(word, " ".join(theirs)) for word in put):
                return "name_not_in_evidence"
    return None


def _exchanged(pair: Pair) -> list[tuple[list[str], list[str]]]:
    """Return what stands in the claim in place of what in the evidence, in words."""
    claim, evidence = _TOKEN.findall(pair.claim)[:WORDS], _TOKEN.findall(pair.evidence)[:WORDS]
    matcher = SequenceMatcher(None, claim, evidence, autojunk=False)
    return [
        (claim[a:b], evidence[c:d])
        for kind, a, b, c, d in matcher.get_opcodes()
        if kind == "replace"
    ]


def _names(claim: str, evidence: str) -> list[str]:
    lowered = set(re.findall(r"\b[a-z][\w'-]*", evidence))
    found = []
    for match in _NAME.finditer(claim):
        name = match.group()
        words = name.split()
        before = claim[: match.start()].rstrip(" \"'(")
        if not before or before[-1] in ".?!:":
            # The first word of a sentence is a name only if it is not one of the language's words.
            first = words[0].lower()
            if first in STOPWORDS or first in lowered or len(words) == 1 or first in _OPENERS:
                words = words[1:]
        words = [word for word in words if word.lower().strip(".") not in _NO_NAMES]
        if words:
            found.append(" ".join(words))
    return found


def _known(part: str, told: set[str]) -> bool:
    if part in told or part in STOPWORDS:
        return True
    # Russia, Russian; Democrat, Democratic.
    shared = max(4, len(part) - 3)
    return len(part) >= 4 and any(
        word[:shared] == part[:shared] and abs(len(word) - len(part)) <= 3 for word in told
    )


def _initials(name: str, text: str) -> bool:
    """Whether one is the other's abbreviation: EU, European Union."""
    name = name.removesuffix("'s")
    if name.isupper() and len(name) <= 6:
        letters = r"[\w'-]*(?: (?:of|the|and|for|on))? ".join(name)
        return bool(re.search(rf"\b{letters}", text))
    initials = "".join(word[0] for word in name.split() if word[0].isupper())
    return len(initials) > 1 and bool(re.search(rf"\b{initials}\b", text.replace(".", "")))


def quantifiers(pair: Pair) -> str | None:
    """All, every, none, only, always and never are not put in or exchanged."""
    claimed, told = set(_words(pair.claim)), set(_words(pair.evidence))
    for words in _UNIVERSAL:
        if words is _NEGATIVE and NEGATES.search(pair.evidence):
            # "Did not offer" of "refused to offer"; what is denied is compared in `negations`.
            continue
        if claimed & words and not told & words:
            return "quantifier_differs"
    for weaker, stronger in _GRADES:
        if claimed & stronger and told & weaker and not told & stronger:
            return "quantifier_differs"
    return None


def opposites(pair: Pair) -> str | None:
    """A word is not exchanged for its opposite; in a copy, nor for another of its family."""
    claimed, told = set(_words(pair.claim)), set(_words(pair.evidence))
    for one, other in _OPPOSITES:
        for mine, theirs in ((one, other), (other, one)):
            if claimed & mine and not told & mine and told & theirs and not claimed & theirs:
                return "opposite"
    if pair.copy:
        for came, went in _exchanged(pair):
            new, old = {word.lower() for word in came}, {word.lower() for word in went}
            if any((new - old) & family and (old - new) & family for family in _FAMILIES):
                return "opposite"
    return None


def denials(pair: Pair) -> str | None:
    """What is denied is not asserted, and what is asserted is not denied."""
    denied, told = _DENIES.search(pair.claim), _DENIES.search(pair.evidence)
    if told and not denied and not NEGATES.search(pair.claim):
        after = set(terms(pair.evidence[told.end() : told.end() + 90]))
        if after and len(after & set(terms(pair.claim))) >= 0.5 * len(after):
            return "denial_as_assertion"
    if denied and not told and not NEGATES.search(pair.evidence):
        return "denial_differs"
    return None


def negations(pair: Pair) -> str | None:
    """What follows "not" in one text does not stand without it in the other."""
    claimed, told = _polarities(pair.claim), _polarities(pair.evidence)
    for stem, polarity in claimed.items():
        if stem in told and not polarity & told[stem]:
            return "negation_differs"
    denied = any(True in polarity for polarity in told.values())
    if pair.copy and not denied and any(polarity == {True} for polarity in claimed.values()):
        return "negation_differs"
    return None


def denies_the_same(claim: str, evidence: str) -> bool:
    """Whether a word follows a negation in both: "did not offer" of "refused to offer"."""
    claimed, told = _polarities(normalise(claim)), _polarities(normalise(evidence))
    return any(True in said and True in told.get(stem, ()) for stem, said in claimed.items())


def _polarities(text: str) -> dict[str, set[bool]]:
    """Map each content stem to whether it stands right after a negation, somewhere or not."""
    found: dict[str, set[bool]] = {}
    pending = 0
    for token in _TOKEN.findall(_YET.sub("not ", text)):
        if token in _STOPS:
            pending = 0
        elif NEGATES.fullmatch(token) or token.lower().endswith("n't"):
            # "Did not refuse to offer" denies nothing.
            pending = 0 if pending and _REFUSES.match(token) else 4
        else:
            stems = terms(token)
            if stems and not token.lower().endswith("ly"):
                found.setdefault(stems[0], set()).add(pending > 0)
                pending = 0
            else:
                pending = max(0, pending - 1)
    return found


def modality(pair: Pair) -> str | None:
    """What may happen, or is only alleged, is not said to be so."""
    if _HEDGES.search(pair.claim):
        return None
    own = set(terms(pair.claim))
    for match in _HEDGES.finditer(pair.evidence):
        following = terms(pair.evidence[match.end() : match.end() + 40])
        if following and following[0] in own:
            return "modality_differs"
    return None


RULES: tuple[Callable[[Pair], str | None], ...] = (
    numbers,
    dates,
    names,
    opposites,
    denials,
    negations,
)
STRICT: tuple[Callable[[Pair], str | None], ...] = (quantifiers, modality)
"""Only asked of copies: a paraphrase says "all" or "may" in many ways."""


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z]+", text.lower())


def _fold(word: str) -> str:
    plain = unicodedata.normalize("NFKD", word.removesuffix("'s").rstrip("'."))
    return "".join(char for char in plain if not unicodedata.combining(char)).casefold()


def _folded(text: str) -> set[str]:
    return {
        _fold(part) for word in re.findall(r"[\w.'-]+", text) for part in (word, *word.split("-"))
    }


def _pairs(text: str) -> list[tuple[set[str], set[str]]]:
    return [
        (set(one.split(",")), set(other.split(",")))
        for one, other in (pair.split("/") for pair in text.split())
    ]


_NAME = re.compile(
    r"(?<![\w'-])[A-Z][\w'-]*\w\.?(?: (?:(?:of|de|van|von|bin|al|del|la) )?[A-Z][\w'-]*\.?)*"
)
_OPENERS = {"former", "officials", "police", "during", "despite", "according", "while"}
_TITLES = (
    "i mr mrs ms dr president minister prime mayor gov governor sen senator rep judge king queen "
    "prince pope secretary chancellor general chief director"
).split()
_NO_NAMES = frozenset((*_DAYS, *_MONTHS, *_TITLES))
_NEGATIVE = {"none", "nobody", "nothing", "never", "no", "not", "neither", "nor", "without", "t"}
_UNIVERSAL = (
    {"all", "every", "everyone", "everything", "entire", "entirely", "whole", "each", "both"},
    _NEGATIVE,
    {"only", "solely", "sole", "alone", "just", "exclusively"},
    {"few", "several", "many", "part"},
    {"most", "majority", "mostly", "largely"},
    {"often", "frequently", "usually", "regularly"},
    {"rarely", "seldom", "hardly"},
    {"always", "every", "all"},
)
_GRADES = (
    ({"some", "few", "several", "many"}, {"most", "majority"}),
    ({"may", "might", "could", "possibly", "possible"}, {"certain", "certainly", "definitely"}),
)
_OPPOSITES = _pairs(
    "rise,rose,rises,risen,rising,increase,increased,increases,increasing,climbed,grew/"
    "fall,fell,falls,fallen,falling,decrease,decreased,decreases,decreasing,declined,dropped "
    "more/fewer,less most/least,fewest higher/lower highest/lowest above/below before/after "
    "win,won,wins,winning/lose,lost,loses,losing support,supported,supports,supporting,backed/"
    "oppose,opposed,opposes,opposing accept,accepted,accepts/reject,rejected,rejects "
    "agree,agreed,agrees/refuse,refused,refuses approve,approved,approves,passed/"
    "block,blocked,blocks,rejected open,opened,opens/close,closed,closes begin,began,begins,start,"
    "started,starts/end,ended,ends,stop,stopped,stops allow,allowed,allows/ban,banned,bans,barred "
    "guilty/innocent legal/illegal likely/unlikely early,earlier/late,later best/worst "
    "gain,gained,gains/loss,losses,lost success,succeed,succeeded/failure,fail,failed "
    "men,man,male/women,woman,female mother/father brother/sister husband/wife son/daughter "
    "democrat,democrats,democratic/republican,republicans with/without inside/outside "
    "stronger,strong/weaker,weak larger,largest,large/smaller,smallest,small praised/criticized "
    "join,joined,joins/leave,left,leaves buy,bought,buys/sell,sold,sells upheld/overturned "
    "hired/fired younger,young/older,old alive,survived/dead,died positive/negative "
    "improve,improved,improves/worsen,worsened faster/slower cut,cuts/raise,raised,raises "
    "northern,north/southern,south eastern,east/western,west"
)
_FAMILIES = tuple(
    frozenset(family.split())
    for family in (
        "second seconds minute minutes hour hours day days week weeks month months year years",
        "year years decade decades century centuries",
        "thousand million billion trillion",
        "dollar dollars euro euros pound pounds yen",
        "mile miles foot feet inch inches yard yards acre acres kilometers metres meters",
        "morning afternoon evening night today yesterday tomorrow",
        "for against",
        "up down",
        "before after during",
        "first second third fourth fifth sixth seventh eighth ninth tenth last",
        "public private",
        "new old former future",
        "mother father son daughter brother sister husband wife uncle aunt",
        "north south east west northern southern eastern western",
        "always often rarely never sometimes usually",
        "all most some few none many several",
        "red blue green white black yellow",
        "may might could will would must",
    )
)
_DENIES = re.compile(
    r"\b(?:den(?:y|ies|ied|ying)|reject(?:s|ed|ing)?|dismiss(?:es|ed|ing)?|disput(?:es?|ed|ing)|"
    r"refut(?:es?|ed|ing)|rebut(?:s|ted)?)\b"
)
_REFUSES = re.compile(r"refus|fail", re.IGNORECASE)
_YET = re.compile(r"\byet to ", re.IGNORECASE)
NEGATES = re.compile(
    r"\b(?:not|no|never|none|nobody|nothing|neither|nor|without|cannot|\w+n't|yet to|"
    r"refus(?:es?|ed)|fail(?:s|ed)?|false(?:ly)?|untrue|baseless)\b",
    re.IGNORECASE,
)
_TOKEN = re.compile(r"\w+n't|[\w'-]+|[,.;:!?\"()]")
_STOPS = frozenset(',.;:!?"()')
_HEDGES = re.compile(
    r"\b(?:may|might|could|would|alleged(?:ly)?|reportedly|suspected(?: of)?|accused of|"
    r"charged with|"
    r"plans? to|planning to|planned to|expected to|considering|"
    r"consider(?:s|ed)?(?= \w+ing\b)|proposed|"
    r"propos(?:es|ing)|likely to|threatened to|seeks? to|seeking to|hopes? to|wants? to|"
    r"whether(?: to)?|if)\b",
    re.IGNORECASE,
)
