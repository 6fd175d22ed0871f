"""The names in an article: full forms, sexes, and who holds which role."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from rag.attribution.people import BODIES, OFFICES, TITLES, sex_of
from rag.language import Span

# The capitals of Latin scripts: "Ángel", "Łukasz"; and marks that stand after their letter.
_UPPER = "A-Z" + "".join(letter for letter in map(chr, range(0xC0, 0x250)) if letter.isupper())
_INNER = r"(?:[\w\u0300-\u036f'’-]|&(?=[A-Z]))"
# One way only to read each text, so that matching takes linear time.
_WORD = (
    r"(?:(?:Mr|Mrs|Ms|Dr|Sen|Rep|Gov|Gen|Lt|Col|Sgt|Capt|Jr|Sr|St|Rev|Prof|Maj)\.|"
    rf"(?:[{_UPPER}]\.)+|[{_UPPER}]{_INNER}*)"
)
_PARTICLE = r"(?:de|van|von|der|bin|al|la|el|da|dos|del|di|du|ben|ibn|ter)"
NAME = re.compile(
    rf"(?<![\w\u0300-\u036f'’-])(?<![A-Z]\.){_WORD}"
    rf"(?:(?: {_PARTICLE}){{0,2}}[ \u00a0]{_WORD}){{0,7}}"
)
_POSSESSIVE = re.compile(r"['’]s?$")
OPENERS = frozenset(
    """the in on at but and however finally asked said according regarding concerning speaking
    during previously therefore while when after before as it this that earlier meanwhile for with
    if he she they we i you his her their our my a an by from to of or so then there these
    those what who why how where yet also not no yes more still even since until though
    although because now today yesterday last next one two many some most all both each
    every other another only once like instead despite among under over such here just let
    well maybe perhaps""".split()
)
_DAYS = frozenset(
    """monday tuesday wednesday thursday friday saturday sunday january february march april may
    june july august september october november december mon tue wed thu fri sat sun jan feb
    mar apr jun jul aug sep sept oct nov dec""".split()
)
_PLACES_AND_THINGS = frozenset(
    """washington moscow london paris beijing kyiv kiev america russia ukraine china britain
    england france germany israel iran iraq syria gaza india japan canada mexico brazil
    europe africa asia australia california texas florida york jersey hampshire carolina
    dakota virginia georgia ohio michigan pennsylvania wisconsin iowa nevada arizona twitter
    facebook instagram cnn fox nbc abc cbs msnbc bbc npr reuters ap afp tass rbk pbs c-span
    usa u.s. us uk eu un nato gop democrats republicans republican democrat democratic
    congress god covid-19 nfl nba mlb tiktok youtube google apple amazon microsoft tesla
    isis""".split()
)
ROLE = (
    r"(?:spokes(?:man|woman|person)|minister|president|envoy|ambassador|senator|congress(?:man|woman)|"
    r"representative|governor|mayor|secretary|chief|director|general|chairman|chairwoman|chair|"
    r"leader|speaker|attorney|lawyer|sheriff|coach|manager|economist|analyst|professor|editor|"
    r"executive|adviser|advisor|commissioner|superintendent|judge|prosecutor|officer|strategist|"
    r"researcher|scientist|doctor|author|founder|owner|captain|lawmaker|diplomat|commander|"
    r"principal|pastor|candidate|nominee|negotiator|chancellor|premier|prince|king|queen|pope|"
    r"actor|actress|singer|director|producer|player|striker|midfielder|defender|goalkeeper|"
    r"quarterback|star|musician|rapper|comedian|host|billionaire|businessman|driver)"
)
_BEFORE = re.compile(
    rf"(?i:\b(?P<role>{ROLE}))(?: of [A-Z][\w ]{{1,30}})?,? (?P<name>{NAME.pattern})"
)
_AFTER = re.compile(
    rf"(?P<name>{NAME.pattern}), "
    r"(?:(?i:an?|the|who is|who was|its|his|her|their|[A-Z][\w.’'-]*) )?"
    rf"(?:[\w.’'&-]+ ){{0,4}}?(?i:(?P<role>{ROLE}))\b"
)
_ADVERB = re.compile(r"[A-Z][a-z]+(?:al|ent|ant|ous|iv|ab|ib|ed|at|ic|ul|ing|st)ly")
"""What opens a sentence and is no name: "Specifically", "Recently"."""
_PERSONAL = OFFICES | frozenset(
    """mr mrs ms miss dr sir lord lady dame king queen prince princess pope rev""".split()
)
_AGE = re.compile(r", \d{1,3},")
_ABBREVIATED = {
    "sen": "senator", "rep": "representative", "gov": "governor", "gen": "general",
    "dr": "doctor", "prof": "professor", "col": "colonel", "capt": "captain",
}  # fmt: skip
_SAME = {
    "spokesman": "spokesperson", "spokeswoman": "spokesperson", "advisor": "adviser",
    "congressman": "representative", "congresswoman": "representative", "chairwoman": "chairman",
    "chair": "chairman", "premier": "minister",
}  # fmt: skip


_CROWNED = frozenset("king queen pope prince".split())
"""Roles whose holders have one name."""
_MOST_WORDS = 5


@dataclass(frozen=True, slots=True)
class Name:
    """One mention of a name, without titles."""

    text: str
    span: Span
    titles: tuple[str, ...]
    """The words before it that were left off, in lower case."""

    @property
    def last(self) -> str:
        """What relatives share, in lower case; "Jr." is no last name."""
        words = [word for word in self.text.split() if word.lower().strip(".") not in ("jr", "sr")]
        return (words or self.text.split())[-1].lower().rstrip(".")

    @property
    def words(self) -> int:
        """How many words it has."""
        return len(self.text.split())


def bare(written: str, at: int = 0) -> Name | None:
    """Strip titles, sentence openers and a possessive off a capitalised run of words."""
    words = [(match.group(), match.start()) for match in re.finditer(r"\S+", written)]
    titles: list[str] = []
    last = max(
        (i for i, (word, _) in enumerate(words) if word.lower().rstrip(".") in OFFICES), default=-1
    )
    if 0 < last < len(words) - 1 and len(words) - last <= _MOST_WORDS:
        titles = [word.lower().rstrip(".") for word, _ in words[: last + 1]]
        words = words[last + 1 :]
    while words:
        key = words[0][0].lower().rstrip(".")
        if key in OPENERS or (len(words) > 1 and _ADVERB.fullmatch(words[0][0])):
            words.pop(0)
        elif key in TITLES and len(words) > 1:
            titles.append(key)
            words.pop(0)
        else:
            break
    if not words or words[0][0].lower().rstrip(".") in _DAYS:
        return None
    start = words[0][1]
    text = _POSSESSIVE.sub("", written[start:].rstrip(" ,;:’'"))
    if text.endswith(".") and not re.search(r"(?:\b[A-Z]|\b[JS]r)\.$", text):
        text = text[:-1]
    return Name(text, (at + start, at + start + len(text)), tuple(titles)) if text else None


class Cast:
    """All names of an article, and which mean the same person."""

    def __init__(self, text: str) -> None:
        self.mentions: list[Name] = []
        for match in NAME.finditer(text):
            at = match.start()
            for part in _split_possessive(match.group()):
                name = bare(part, at)
                at += len(part)
                if name is not None:
                    self.mentions.append(name)
        self.mentions = _as_shops(text, _joined(text, self.mentions))
        self._full: dict[str, list[Name]] = {}
        for name in self.mentions:
            if 2 <= name.words <= 4 and not self.is_body(name.text):
                self._full.setdefault(name.last, []).append(name)
        self._sexes = self._find_sexes()
        self._roles = self._find_roles(text)
        self._persons = self._find_persons(text)

    def is_body(self, name: str) -> bool:
        """Whether a name is plainly not a person's."""
        words = {word.lower().strip(".") for word in name.split()}
        if words & _INSIDE:
            return True
        return bool(words & BODIES) or bool(words & _PLACES_AND_THINGS) or name.isupper()

    def is_person(self, name: str) -> bool:
        """Whether something in the article tells that a name is a person's.

        A title, a common first name, a role, an age, or a last name that stands alone elsewhere.
        """
        return name in self._persons

    def _find_persons(self, text: str) -> set[str]:
        found = {name.text for names in self._roles.values() for name in names}
        alone = {name.last for name in self.mentions if name.words == 1}
        for name in self.mentions:
            if self.is_body(name.text):
                continue
            titled = bool(_PERSONAL.intersection(name.titles))
            if name.words == 1:
                if titled and not self._full.get(name.last):
                    found.add(name.text)
                continue
            if name.words > 4 or (text[: name.span[0]].endswith(("the ", "The ")) and not titled):
                continue
            aged = _AGE.match(text, name.span[1])
            if titled or aged or name.last in alone or sex_of(name.text.split()):
                found.add(name.text)
        return found

    def full(self, name: Name) -> Name:
        """Return the fullest form that the article has of a name, itself where there is none."""
        if name.words > 1 or self.is_body(name.text):
            return name
        forms = self._full.get(name.last, [])
        sex = sex_of(list(name.titles))
        fitting = [form for form in forms if sex is None or self.sex(form.text) in (None, sex)]
        if not fitting:
            return name
        counts = Counter(form.text for form in fitting)
        best = max(counts.values())
        return next(form for form in fitting if counts[form.text] == best)

    def namesakes(self, name: Name) -> set[str]:
        """Return the full forms that share a last name, spellings of one person too."""
        return {form.text for form in self._full.get(name.last, [])}

    def sex(self, name: str) -> str | None:
        """Tell a person's sex where a title or the first name does."""
        return self._sexes.get(name)

    def role(self, noun: str, before: int, main: str | None = None) -> Name | None:
        """Return who holds a role: ``main`` if he does, else who was named with it last before."""
        holders = self._roles.get(_role(noun), [])
        for name in holders:
            if name.text == main:
                return name
        earlier = [name for name in holders if name.span[0] < before]
        found = earlier or holders
        return found[-1] if found else None

    def _find_sexes(self) -> dict[str, str]:
        votes: dict[str, Counter[str]] = {}
        for name in self.mentions:
            full = self.full_without_sex(name)
            sex = sex_of([*name.titles]) or (sex_of(name.text.split()) if name.words > 1 else None)
            if sex:
                votes.setdefault(full, Counter())[sex] += 1
        return {name: counts.most_common(1)[0][0] for name, counts in votes.items()}

    def full_without_sex(self, name: Name) -> str:
        """Return the first full form with the same last name."""
        if name.words > 1:
            return name.text
        forms = self._full.get(name.last)
        return forms[0].text if forms else name.text

    def _find_roles(self, text: str) -> dict[str, list[Name]]:
        found: dict[str, list[Name]] = {}
        for pattern in (_BEFORE, _AFTER):
            for match in pattern.finditer(text):
                name = bare(match["name"], match.start("name"))
                if name is not None and name.words == 1 and text.endswith(" of ", 0, name.span[0]):
                    continue  # "King Gustav of Sweden, the king": a country holds no office
                if name is not None and not self.is_body(name.text):
                    full = self.full(name)
                    if full.words > 1 or _role(match["role"]) in _CROWNED:
                        found.setdefault(_role(match["role"]), []).append(full)
        for name in self.mentions:
            for title in name.titles:
                if title in _ABBREVIATED or re.fullmatch(ROLE, title):
                    full = self.full(name)
                    if full.words > 1:
                        found.setdefault(_role(title), []).append(full)
        for names in found.values():
            names.sort(key=lambda name: name.span)
        return found


_HEADED = frozenset(
    """department ministry university league city bank institute office council board bureau center
    centers centre church association society federation court college school republic union
    commission agency academy kingdom diocese museum chamber fund organization organisation
    committee house institutes division""".split()
)
"""Bodies that are named with "of" or "for": "the Department of Homeland Security"."""
_HEADED_LAST = frozenset("administration commission protection prevention services".split())
"""Last words of bodies that are named with "and": "the Food and Drug Administration"."""
_INSIDE = frozenset("of for and".split())
_OF = re.compile(r" (?:of|for)(?: the)? ")


def _as_shops(text: str, mentions: list[Name]) -> list[Name]:
    """Give back the "'s" that is part of a name: "Denny's said", where nobody is called Denny."""
    owning: dict[str, bool] = {}
    for name in mentions:
        owns = text.startswith(("'s", "’s"), name.span[1])
        owning[name.text] = owning.get(name.text, True) and owns
    acting = {
        name.text
        for name in mentions
        if owning[name.text] and _ACTS.match(text, name.span[1] + len("'s"))
    }
    return [
        Name(
            text[name.span[0] : (end := name.span[1] + len("'s"))], (name.span[0], end), name.titles
        )
        if name.text in acting
        else name
        for name in mentions
    ]


def _joined(text: str, mentions: list[Name]) -> list[Name]:
    """Join the parts of a body's name: "the City of Dover", "the Food and Drug Administration"."""
    joined: list[Name] = []
    for name in mentions:
        before = joined[-1] if joined else None
        if before is not None and _one_body(text, before, name):
            span = (before.span[0], name.span[1])
            joined[-1] = Name(text[slice(*span)], span, before.titles)
        else:
            joined.append(name)
    return joined


def _one_body(text: str, before: Name, name: Name) -> bool:
    between = text[before.span[1] : name.span[0]]
    if before.titles or name.titles:
        return False
    if _OF.fullmatch(between):
        return before.last in _HEADED
    article = text[: before.span[0]].endswith(("the ", "The ")) or " of " in before.text
    return between == " and " and article and name.last in _HEADED_LAST


_ACTS = re.compile(
    r" (?:said|says|has|had|was|will|announced|announces|told|did|does|plans|confirmed|wrote|added|"
    r"reported|declined|is (?:\w+ing|not|the|an?))\b"
)
"""What follows whoever does it, and no owner."""


def _split_possessive(written: str) -> list[str]:
    """Cut "Trump's White House" after the possessive."""
    return re.split(r"(?<=['’]s)(?= )", written)


def _role(noun: str) -> str:
    key = noun.lower().rstrip(".")
    key = _ABBREVIATED.get(key, key)
    return _SAME.get(key, key)
