"""Say for pronouns, "there", "that one" and the like what was spoken of."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rag.ask.mentions import PROPER, Kind, Mention, counted, event, mentions
from rag.ask.split import Parse
from rag.attribution.people import TITLES, sex_of
from rag.language import terms

if TYPE_CHECKING:
    from rag.attribution.parser import Word

_ASKS_WHO = re.compile(
    rf"^(?:\w+ )?\b(?i:who|whom|whose|which (?:{'|'.join(sorted(TITLES))}|candidate|man|woman|"
    r"person|player|leader|official)s?)\b(?!(?: is| was|['’]s) (?:the )?[A-Z][^?'’]*\?*$)",
)
_ASKS_WHERE = re.compile(
    r"^(?:and )?where\b|\b(?:which|what) (?:city|country|place|town)\b", re.IGNORECASE
)
_SAYS = re.compile(
    r"\b(?:say|says|said|words?|quotes?|tell|told|describ\w+|comment\w*|call|explain\w*|mean|meant|"
    r"think|thinks|put it|phrase\w*|sound\w*|insist\w*|claim\w*|den(?:y|ied|ies)|argue\w*)\b",
    re.IGNORECASE,
)
_OPENS = re.compile(r"^(?:(?:and|but|so|then|ok(?:ay)?|well|yes|no)\b[\s,–—-]*)+", re.IGNORECASE)
_HIM = frozenset("he she him his her hers himself herself".split())
_THEM = frozenset("they them their theirs themselves".split())
_IT = frozenset("it its itself".split())
_THAT = frozenset("this that these those".split())
_POINTING = _HIM | _THEM | _IT | _THAT | {"there", "one", "ones"}
_SELF = re.compile(r"\bthe (?:man|woman|person)(?: (?:himself|herself))?\b", re.IGNORECASE)
_CENTRAL = ("about", "object", "subject", "with")
"""Roles in a question, the one that most likely is what it is about first."""
_CLAUSE = re.compile(
    r"[,;:]|\b(?:and|but|or|that|when|where|who|what|why|how|if|whether|because|while|which)\b",
    re.IGNORECASE,
)
_FEWEST = 2
"""A question with fewer content words leans on what was said before."""
_BRIEF = 4
"""An answer of so few words names what was asked for, even by one word."""
_NOBODY = frozenset(
    """yes no not nobody none nothing unknown unclear maybe perhaps in on at by to from for both all
    neither either somebody someone everybody everyone never today yesterday tomorrow""".split()
)
_BE = frozenset("be is are was were been being 's 're".split())
_COUNTS = re.compile(r"^(?:\w+ )?how many\b", re.IGNORECASE)
_COUNTED_BY = re.compile(
    r"^(?:\w+ )?[Hh]ow many [^?]*? (?:did|does|do|has|have|had|will|would|can|could) "
    r"(?P<doer>(?:the )?[A-Z][\w.&-]*(?:(?: (?:and|of|the)){0,2} [A-Z][\w.&-]*)*)"
)
"""Who wins, sells or counts what is counted; the parser takes such questions for others."""
_WILLS = frozenset(
    """say tell think want agree reject refuse offer demand accept propose plan promise deny expect
    insist claim decide oppose support need respond react warn threaten hope concede""".split()
)
"""Verbs of those who have a will: no meeting rejects anything."""
_AGREED = re.compile(
    r"\b(?:agree\w*|object\w*|consent\w*|refer\w*|respond\w*|react\w*) (?:to|on|with) $",
    re.IGNORECASE,
)
_ALIKE: dict[str, tuple[Kind, ...]] = {
    **dict.fromkeys(("country", "city", "state", "town", "place", "region", "nation"), ("place",)),
    **dict.fromkeys(
        ("company", "airline", "firm", "team", "club", "brand", "group", "paper", "outlet",
         "network", "university", "agency", "organization", "organisation"),
        ("body", "name"),
    ),
}  # fmt: skip
"""Nouns that name again, with "that" before them, what was named with a name."""


@dataclass(slots=True)
class Said:
    """The last question, completed, and what was answered to it."""

    question: str = ""
    answer: str = ""
    before: Said | None = field(default=None, repr=False)
    """What was said before that."""
    _asked: list[Mention] | None = field(default=None, repr=False)
    _told: list[Mention] | None = field(default=None, repr=False)

    def asked(self, parse: Parse) -> list[Mention]:
        """Return what the question names."""
        if self._asked is None:
            self._asked = mentions(self.question, parse)
        return self._asked

    def told(self, parse: Parse) -> list[Mention]:
        """Return what the answer names."""
        if self._told is None:
            self._told = mentions(self.answer, parse) if self.answer else []
        return self._told


def topic(said: Said, parse: Parse) -> str | None:
    """Name what the last question was about, as shortly as it was put."""
    asked = said.asked(parse)
    things = [item for item in asked if item.kind in ("thing", "things")]
    for role in _CENTRAL:
        for item in things:
            if item.role == role:
                return item.text
    if found := event(said.question, asked, said.told(parse)):
        return found
    if things:
        return things[0].text
    names = [item for item in asked if item.kind in PROPER]
    for role in (*_CENTRAL, "other"):
        for item in names:
            if item.role == role:
                return item.core
    return None


def resolved(text: str, said: Said, parse: Parse, whole: bool = True) -> str:
    """Return a question with what it points at written out.

    A question that names nothing of its own gets the last one's topic, when it is a ``whole`` one.
    """
    text = _SELF.sub("him", text)
    words = [word for sentence in parse(text, [0]) for word in sentence]
    own = mentions(text, parse)
    changes: list[tuple[int, int, str]] = []
    done: set[str] = set()
    for word in words:
        if any(start <= word.start < end for start, end, _ in changes):
            continue
        found = _meant(word, own, text, said, parse)
        if found is None:
            continue
        start, end, instead = found
        kind = _class(word.lower)
        # A second "he" goes back to the first.
        if kind in done and kind != "one":
            continue
        done.add(kind)
        changes.append((start, end, instead))
    completed = text
    for start, end, instead in sorted(changes, reverse=True):
        completed = f"{completed[:start]}{instead}{completed[end:]}"
    if not whole:
        return completed
    if not changes and not _leans(text, own):
        return text
    opened = _OPENS.sub("", completed)
    opened = opened[:1].upper() + opened[1:] if opened else completed
    return opened if changes else _bound(text, opened, said, parse)


def _class(lower: str) -> str:
    for name, group in (("him", _HIM), ("them", _THEM), ("it", _IT)):
        if lower in group:
            return name
    return "one" if lower in ("one", "ones") else lower


def _meant(
    word: Word,
    own: Sequence[Mention],
    text: str,
    said: Said,
    parse: Parse,
) -> tuple[int, int, str] | None:
    """Return what stretch of a question is to be written how."""
    lower = word.lower
    if lower not in _POINTING:
        return None
    earlier = [item for item in own if item.end <= word.start]
    if word.relation not in ("nsubj", "nsubjpass", "poss"):
        # What stands in the same clause, "him" cannot mean: "What did Trump give him?"
        clause = max((found.start() for found in _CLAUSE.finditer(text, 0, word.start)), default=-1)
        earlier = [item for item in earlier if item.end <= clause]
    found: str | None = None
    if lower in _HIM and word.tag.startswith("PRP"):
        if not any(item.kind in (*PROPER, "person") and item.kind != "place" for item in earlier):
            found = _person(said, lower, _speaks(word), parse)
    elif lower in _THEM and word.tag.startswith("PRP"):
        if not any(item.kind in ("people", "things", "body") for item in earlier):
            found = _group(word, said, parse)
            if found and found in (_person(said, one, False, parse) for one in _named_by(text)):
                # "Before they caught him": not he himself.
                found = None
    elif lower in _IT and word.tag.startswith("PRP"):
        expletive = word.relation == "expl" or _expletive(word)
        internal = any(item.kind in ("thing", "place", "body") for item in earlier)
        if not expletive and not internal:
            found = _thing(word, said, parse)
            if found and found in (_person(said, one, False, parse) for one in _named_by(text)):
                # "What did it cost her?": not she herself.
                found = None
    elif lower == "there" and word.relation != "expl" and word.tag != "EX":
        place = _place(said, parse)
        return (word.start, word.end, f"in {place}") if place else None
    elif lower in ("one", "ones") and word.relation != "nummod":
        more = re.match(r"\s+(?:more|another)\b", text[word.end :])
        return None if more else _one(word, said, parse)
    elif lower in _THAT and word.tag == "DT":
        if word.relation == "det" and word.head is not None:
            return _same(word, word.head, text, said, parse)
        if not earlier:
            found = topic(said, parse)
            people = [item for item in said.asked(parse) if item.kind in ("person", "name")]
            if word.relation.startswith("nsubj") and found in [item.core for item in people]:
                # "How did that go?": not a person.
                found = None
    if not found or found.lower() in text.lower():
        return None
    owns = word.tag == "PRP$" or lower == "hers"
    if owns:
        # "The law on schools's chances" is no English.
        found = _short(found, said, parse)
        plural = lower in _THEM or found.islower()
        found += "'" if found.endswith("s") and plural else "'s"
    return word.start, word.end, found


def _named_by(text: str) -> list[str]:
    """Return the pronouns for one person in a question."""
    return [word for word in re.findall(r"[a-z]+", text.lower()) if word in _HIM]


def _short(found: str, said: Said, parse: Parse) -> str:
    """Return a phrase without what follows its noun."""
    named = (*said.asked(parse), *said.told(parse))
    return next((item.core for item in named if item.text == found), found)


def _expletive(word: Word) -> bool:
    """Whether "it" points at nothing: "is it true that", "how long does it take to"."""
    verb = word.head
    return (
        verb is not None
        and any(
            item.relation in ("ccomp", "xcomp", "advcl", "csubj")
            and item.index > word.index
            and any(kid.lower in ("that", "to", "for") for kid in item.children)
            for item in verb.children
        )
        and verb.lower
        in ("is", "was", "be", "take", "takes", "took", "'s", "seem", "seems", "true")
    )


def _speaks(word: Word) -> bool:
    """Whether the one a pronoun means says something: "did he say", "his words"."""
    head = word.head
    return (
        head is not None
        and word.relation in ("nsubj", "poss")
        and bool(_SAYS.fullmatch(head.lower))
    )


def _person(said: Said, pronoun: str, speaks: bool, parse: Parse) -> str | None:
    """Return whom "he" means: who was asked for and named, who spoke, else who was asked about."""
    wanted = "f" if pronoun in ("she", "her", "hers", "herself") else "m"

    def fits(item: Mention) -> bool:
        if item.kind not in ("person", "name"):
            return False
        sex = sex_of(item.core.lower().split())
        return sex is None or sex == wanted

    asked = [item for item in said.asked(parse) if fits(item)]
    told = [
        item
        for item in said.told(parse)
        if fits(item) and item.head not in {other.head for other in asked}
    ]
    brief = len(said.answer.split()) <= _BRIEF
    if _ASKS_WHO.search(said.question) or not asked:
        named = [
            item
            for item in told
            if item.kind in PROPER and (" " in item.core or item.says or brief)
        ]
        first = speaks or not asked or bool(_SAYS.search(said.question))
        named.sort(key=lambda item: (not (first and item.says), item.role != "subject"))
        if chosen := (named or told):
            return chosen[0].core
        if brief and not said.told(parse) and _asks_name(said):
            # A name that is also a word ("Usher") is parsed as no name.
            return said.answer.rstrip(".")
    spoke = [item for item in asked if item.says]
    if speaks and (spoke or (spoke := [item for item in told if item.says])):
        return spoke[0].core
    order = {"subject": 0, "object": 1, "about": 1, "with": 2, "other": 3}
    ranked = sorted(asked, key=lambda item: (order[item.role], item.kind != "person"))
    return ranked[0].core if ranked else None


def _asks_name(said: Said) -> bool:
    """Whether a question for somebody was answered by what is written as a name."""
    words = said.answer.rstrip(".").split()
    return bool(_ASKS_WHO.search(said.question)) and all(
        word[0].isupper() and word.lower() not in _NOBODY for word in words
    )


def _acts(word: Word) -> bool:
    """Whether a pronoun does something, rather than is something or has something done to it."""
    head = word.head
    return word.relation == "nsubj" and head is not None and head.lower not in _BE


def _group(word: Word, said: Said, parse: Parse) -> str | None:
    """Return whom or what "they" means."""
    asked, told = said.asked(parse), said.told(parse)
    if _COUNTS.match(said.question) and (many := counted(said.question, parse)):
        # "How many seats did Labour win?" "Will they govern?": not the seats.
        doing = _COUNTED_BY.match(said.question)
        return doing["doer"] if doing and _acts(word) else many
    pools = [told, asked] if _ASKS_WHO.search(said.question) else [asked, told]
    for pool in pools:
        for kind in ("people", "things", "body", "place"):
            found = [item for item in pool if item.kind == kind]
            if kind == "place" or (pool is told and kind in ("body", "things")):
                # Other bodies and things of an answer stand around it: who confirmed it, and when.
                found = [item for item in found if item.role == "subject" and not item.says]
            found.sort(key=lambda item: item.role != "subject")
            if found and kind == "body" and found[0].role != "subject":
                # A team or a band that does something goes before where it does it.
                found = _doers(pool) or found
            if found:
                return found[0].core if found[0].kind != "things" else found[0].text
    names = [item for item in asked if item.kind in ("name", "person")]
    subjects = [item for item in names if item.role == "subject"]
    others = [item for item in names if item.role in ("object", "with")]
    if subjects and others:
        return f"{subjects[0].core} and {others[0].core}"
    # "Who travels with him?" was not answered: "they" are those of the question before it.
    if not said.answer and said.before and (earlier := _group(word, said.before, parse)):
        return earlier
    if not subjects and not names and said.before and said.before.question:
        return _group(word, said.before, parse)
    return subjects[0].core if subjects else None


def _titled(item: Mention) -> bool:
    """Whether a name has "the" and several words, as no person has: "the Transparency Act"."""
    return item.kind == "name" and item.definite and len(item.core.split()) > 2


def _doers(pool: Sequence[Mention]) -> list[Mention]:
    """Return what is named by a name and acts, or is acted on, in the question itself."""
    acting = [item for item in pool if item.kind == "name" and item.role in ("subject", "object")]
    return sorted(acting, key=lambda item: item.role != "subject")


def _thing(word: Word, said: Said, parse: Parse) -> str | None:
    """Return what "it" means: what stands where it stands, else what the question was about."""
    asked = said.asked(parse)
    single = [item for item in asked if item.kind in ("thing", "place", "body") or _titled(item)]
    central = [item for item in single if item.role in ("about", "object", "subject")]
    things = [item for item in central if item.kind == "thing" or _titled(item)]
    subject = word.relation in ("nsubj", "nsubjpass", "poss")
    ranked: list[Mention] = []
    happening = event(said.question, asked, said.told(parse))
    if word.relation == "nsubj" and word.head is not None and word.head.lower in _WILLS:
        ranked = _willing(said, parse)
    if subject and not ranked:
        ranked = [
            *(item for item in things if item.role == "subject" or item.definite),
            *(item for item in central if item.role == "subject" and not happening),
            *things,
        ]
    elif not subject:
        ranked = things[::-1] or ([] if happening else central[::-1])
    if ranked:
        return ranked[0].text
    if agreed := [item for item in asked if item.kind == "thing" and _agreed_to(item, said)]:
        return agreed[-1].text
    if happening:
        return happening
    names = [item for item in asked if item.kind == "name" and item.role == "subject"]
    if central:
        return central[-1].core
    # Rather any thing that was named than a name that may be a person's: "What did it cost her?"
    if aside := [item for item in asked if item.kind == "thing"]:
        return aside[0].text
    if any(" " in item.core for item in names) and said.before and said.before.question:
        return _thing(word, said.before, parse)
    return names[0].core if names else topic(said, parse)


def _agreed_to(item: Mention, said: Said) -> bool:
    """Whether a thing is what somebody agrees or objects to, and so what is spoken of."""
    return bool(_AGREED.search(said.question[: item.start]))


def _willing(said: Said, parse: Parse) -> list[Mention]:
    """Return what of the last questions acts and is no thing: a country, a body."""
    now: Said | None = said
    while now is not None:
        if found := [
            item
            for item in now.asked(parse)
            if item.role == "subject" and item.kind in ("place", "body")
        ]:
            return found
        now = now.before
    return []


def _place(said: Said, parse: Parse) -> str | None:
    """Return where "there" is."""
    pools = [said.asked(parse), said.told(parse)]
    if _ASKS_WHERE.search(said.question):
        pools.reverse()
    for pool in pools:
        if found := [item for item in pool if item.kind == "place"]:
            return found[-1].core
    return None


def _one(word: Word, said: Said, parse: Parse) -> tuple[int, int, str] | None:
    """Write "that one", "the other one" and "the one in May" with the noun they leave out."""
    about, noun = _noun(said, parse)
    if about is None or noun is None:
        return None
    pointing = [kid for kid in word.children if kid.lower in ("that", "this")]
    if pointing and not word.kids("prep", "relcl", "amod"):
        return pointing[0].start, word.end, about
    plural = word.lower == "ones" and not noun.endswith("s")
    return word.start, word.end, f"{noun}s" if plural else noun


def _noun(said: Said, parse: Parse) -> tuple[str | None, str | None]:
    """Return what was talked about last under a noun, and that noun."""
    now: Said | None = said
    while now is not None and now.question:
        about, asked = topic(now, parse), now.asked(parse)
        same = next((item for item in asked if about in (item.text, item.core)), None)
        if about and (same is None or same.kind not in PROPER):
            return about, same.head if same else _head(about)
        if about := event(now.question, asked, now.told(parse)):
            return about, _head(about)
        now = now.before
    return None, None


def _head(about: str) -> str:
    """Return the noun of a phrase that was made up: "the call between Putin and Trump"."""
    words = re.split(r" (?:between|of) ", about)[0].split()
    return words[-1]


def _same(
    word: Word, noun: Word, text: str, said: Said, parse: Parse
) -> tuple[int, int, str] | None:
    """Write "that airline" as it was first put, where the same noun was used."""
    for item in (*said.asked(parse), *said.told(parse)):
        if item.head == noun.lower and item.text.lower() not in text.lower():
            return word.start, noun.end, item.text
    now: Said | None = said if noun.lower in _ALIKE else None
    while now is not None and now.question:
        fits = [
            item
            for item in (*now.told(parse), *now.asked(parse)[::-1])
            if item.kind in _ALIKE[noun.lower]
            and not sex_of(item.core.lower().split())
            and item.core.lower() not in text.lower()
        ]
        # Where several names are there, who acts is likely a person: "Did Musk buy Twitter?"
        fits.sort(key=lambda item: (item.kind == "name", item.role == "subject"))
        if fits:
            return word.start, noun.end, fits[0].core
        now = now.before
    return None


def _leans(text: str, own: Sequence[Mention]) -> bool:
    """Whether a question names nothing of its own, or next to nothing."""
    few = len(set(terms(text))) < _FEWEST
    named = any(item.kind in PROPER for item in own) or re.search(r"\d", text)
    return few or not (named or any(item.text != item.core for item in own))


def _bound(text: str, opened: str, said: Said, parse: Parse) -> str:
    """Say of what a question is that names nothing: "the meeting" of Witkoff and Putin.

    Without anything to bind it to, it stands behind the last question.
    """
    about = topic(said, parse)
    if about is None:
        return f"{said.question} {text}"
    for item in reversed(mentions(opened, parse)):
        if item.definite and item.head == _head(about):
            return f"{opened[: item.start]}{about}{opened[item.end :]}"
    return f"{opened.rstrip('?.! ')}, regarding {about}?"
