"""Who is meant by the subject of a reporting word."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass

from rag.attribution.cues import DOCUMENTS, PERSON_NOUN
from rag.attribution.names import Cast, Name
from rag.attribution.parser import Word
from rag.attribution.people import TITLES
from rag.language import Span

# How many sentences back a pronoun reaches.
_REACH = 6
_PRONOUNS = {"he": "m", "she": "f", "him": "m", "her": "f", "his": "m", "they": None, "their": None}
_FIRST_PERSON = frozenset("i we you me us my our your it who which that this these those".split())
_QUANTITIES = frozenset(
    """many some others other several few fewer most more both all any each none half one two three
    everyone everybody someone somebody anyone anybody nobody another those these""".split()
)
"""Words for people in number that name nobody: "many argue"."""
_BODY_NOUNS = frozenset(
    """ministry agency department court committee council commission office university bank
    association union party police kremlin senate house institute center foundation group
    school league club company firm airline network carmaker automaker retailer charity
    newspaper magazine paper team organization organisation manufacturer outlet campaign
    nonprofit studio""".split()
)
_LETTERED = frozenset("court committee council commission senate house police party".split())
"""Bodies that are named with their noun: another name is not meant."""
_QUALIFIED = frozenset("former vice deputy ex acting late prime first".split())
_SHORT = 4
_NAME_WORDS = 4
_BODY_REACH = 4
_NOT_PERSONS = frozenset(
    """paper newspaper letter order center centre government parliament statement document
    department agent report administration amendment office presidency minister's newsletter
    number member""".split()
)
_UNNAMED = frozenset(
    """official source insider person aide adviser staffer diplomat spokesperson spokesman
    spokeswoman""".split()
)
"""Nouns that often stand for people without a name."""


@dataclass(frozen=True, slots=True)
class Speaker:
    """Whom a phrase means: its words, the name, and where both stand."""

    mention: Span
    name: str | None
    span: Span | None
    person: bool


@dataclass(slots=True)
class Seen:
    """What earlier sentences say of persons, newest last."""

    sentence: int
    name: Name
    at: int
    subject: bool
    main: bool
    """Whether it is the subject of the sentence, not of a clause in it."""
    speaker: bool


class Resolver:
    """Resolves the subjects of an article's reports, in reading order."""

    def __init__(self, text: str, cast: Cast, main: str | None) -> None:
        self._text = text
        self._cast = cast
        self._main = main
        self._seen: list[Seen] = []
        self._others: list[Seen] = []
        self._bodies: set[int] = set()
        """Sentences in which somebody without a plain name speaks."""

    def note(
        self, sentence: int, name: Name, at: int, *, subject: bool, main: bool = False
    ) -> None:
        """Remember that a sentence names somebody at an offset."""
        seen = Seen(sentence, name, at, subject=subject, main=main, speaker=False)
        (self._seen if self._cast.is_person(name.text) else self._others).append(seen)

    def spoke(self, sentence: int, speaker: Speaker | None) -> None:
        """Remember who spoke in a sentence."""
        if speaker is None or speaker.name is None or not speaker.person or speaker.span is None:
            self._bodies.add(sentence)
            return
        name = Name(speaker.name, speaker.span, ())
        at = speaker.mention[0]
        self._seen.append(Seen(sentence, name, at, subject=True, main=True, speaker=True))

    def speaker(self, phrase: list[Word], head: Word, spans: Span, sentence: int) -> Speaker:
        """Resolve the phrase ``spans`` of the article whose head word is ``head``."""
        lower = head.lower
        if lower in _PRONOUNS:
            if lower in ("they", "their"):
                return Speaker(spans, None, None, person=False)
            name = self.pronoun(_PRONOUNS[lower], sentence, spans[0])
            return Speaker(spans, name.text if name else None, name.span if name else None, True)
        if lower in _FIRST_PERSON:
            return Speaker(spans, None, None, person=True)
        named = any(word.tag.startswith("NN") for word in phrase if word is not head)
        if lower in _QUANTITIES and not named:
            return Speaker(spans, None, None, person=False)
        name = self._named(head, spans)
        if name is not None:
            full = self._heard(name, sentence) or self._cast.full(name)
            chosen = full if full.words > name.words else name
            person = not self._cast.is_body(chosen.text) and (
                self._cast.is_person(chosen.text) or 2 <= chosen.words <= _NAME_WORDS
            )
            return Speaker(spans, chosen.text, chosen.span, person)
        return self._described(phrase, head, spans, sentence)

    def _heard(self, name: Name, sentence: int) -> Name | None:
        """Return who of several with one last name spoke last, and not long ago."""
        if name.words > 1 or len(self._cast.namesakes(name)) < 2:
            return None
        return next(
            (
                seen.name
                for seen in reversed(self._seen)
                if seen.speaker
                and 0 <= sentence - seen.sentence <= _REACH
                and seen.name.words > 1
                and seen.name.last == name.last
            ),
            None,
        )

    def _named(self, head: Word, spans: Span) -> Name | None:
        """Find the name in a phrase: its head, or what stands beside the head."""
        if head.tag.startswith("NNP"):
            name = self._at(head.start)
            if name is not None and (last := self._titled_last(name, spans)) is not None:
                return last
            if name is not None and name.text.lower().rstrip(".") in TITLES:
                # "Director of National Intelligence Dan Coats"
                inside = [
                    item
                    for item in self._cast.mentions
                    if spans[0] <= item.span[0] < spans[1] and self._cast.is_person(item.text)
                ]
                return inside[-1] if inside else name
            ending = self._text[name.span[1] : spans[1]] if name is not None else ""
            if name is not None and ending in ("'s", "’s") and head.relation != "poss":
                # "McDonald's said": part of the name.
                return Name(name.text + ending, (name.span[0], spans[1]), name.titles)
            return name
        for child in head.kids("appos"):
            if child.tag.startswith("NNP"):
                return self._at(child.start)
        above = head
        while above.relation in ("appos", "conj") and above.head is not None:
            # "Ana Ruiz, an economist and a figure who has vowed to ..."
            above = above.head
            if above.tag.startswith("NNP"):
                return self._at(above.start)
        if head.lower in DOCUMENTS:
            givers = head.kids("poss") + [
                child
                for prep in head.kids("prep")
                if prep.lower in ("from", "by", "of")
                for child in prep.kids("pobj")
            ]
            for child in givers:
                if child.tag.startswith("NNP"):
                    return self._at(child.start)
        # "The black historian John Hope Franklin", which the parser took apart.
        follows = self._at(spans[1] + 1)
        if follows is not None and follows.span[0] == spans[1] + 1 and head.tag == "NN":
            return follows
        return None

    def _titled_last(self, name: Name, spans: Span) -> Name | None:
        """Return the person at the end of "Lakes Office of Water and Land Director Ana Ruiz"."""
        last = self._at(spans[1] - 1)
        if last is None or last.span[0] <= name.span[0] or not last.titles or last.words < 2:
            return None
        between = self._text[name.span[1] : last.span[0]]
        return None if "," in between or self._cast.is_body(last.text) else last

    def _at(self, at: int) -> Name | None:
        """Return the name that covers an offset of the article."""
        index = bisect_right(self._cast.mentions, at, key=lambda name: name.span[0]) - 1
        if index >= 0 and at < self._cast.mentions[index].span[1]:
            return self._cast.mentions[index]
        return None

    def _described(self, phrase: list[Word], head: Word, spans: Span, sentence: int) -> Speaker:
        """Resolve "the spokesman" and "the company"; other phrases stand for themselves."""
        written = self._text[slice(*spans)]
        words = written.lower().split()
        short = len(words) <= _SHORT and written.endswith(head.text)
        named = any(word.tag.startswith("NNP") for word in phrase if word is not head)
        if words[0] == "the" and short and head.tag in ("NN", "JJ", "CD", "NNP"):
            noun = head.lower
            plain = not _QUALIFIED.intersection(words)
            if not plain and (holder := self._titled(words[1:], spans[0])) is not None:
                return Speaker(spans, holder.text, holder.span, person=True)
            if plain and (name := self._cast.role(noun, spans[0], self._main)) is not None:
                return Speaker(spans, name.text, name.span, person=True)
            if noun in _BODY_NOUNS and not named:
                if (body := self._body(noun, spans[0], sentence)) is not None:
                    return Speaker(spans, body.text, body.span, person=False)
            elif noun in _UNNAMED and self._introduced(noun, spans[0]):
                return Speaker(spans, written, spans, person=False)
            elif "former" in words:
                # Whoever was named last is rather somebody in office.
                return Speaker(spans, written, spans, person=False)
            elif noun not in _BODY_NOUNS and PERSON_NOUN.search(noun) and noun not in _NOT_PERSONS:
                sex = {"man": "m", "woman": "f"}.get(noun.removeprefix("spokes"))
                if (found := self.pronoun(sex, sentence, spans[0])) is not None:
                    return Speaker(spans, found.text, found.span, person=True)
        return Speaker(spans, written, spans, person=False)

    def holder(self, phrase: list[Word]) -> Name | None:
        """Return who holds the office that "the president" names, None for other phrases."""
        words = sorted(phrase, key=lambda word: word.index)
        plain = words[0].lower == "the" and len(words) <= _SHORT and words[-1].tag == "NN"
        if not plain or _QUALIFIED.intersection(word.lower for word in words):
            return None
        return self._cast.role(words[-1].lower, words[-1].start, self._main)

    def _titled(self, words: list[str], before: int) -> Name | None:
        """Return who is last named with all these words, such as "former Vice President"."""
        return next(
            (
                self._cast.full(known)
                for known in reversed(self._cast.mentions)
                if known.span[0] < before and set(words) <= set(known.titles)
            ),
            None,
        )

    def _introduced(self, noun: str, before: int) -> bool:
        """Whether somebody without a name was told of: "a defense official"."""
        told = (
            r"\b(?:[Aa]n?|[Oo]ne|[Ss]ome|[Tt]wo|[Tt]hree|[Ss]everal) "
            rf"(?:[\w’'-]+ ){{0,4}}{noun}s?\b"
        )
        return re.search(told, self._text[:before]) is not None

    def _body(self, noun: str, before: int, sentence: int) -> Name | None:
        """Return the body that "the ministry" or "the company" means."""
        for known in reversed(self._cast.mentions):
            if known.span[0] < before and noun in known.text.lower().split():
                return known
        if noun in _LETTERED:
            return None
        near = [
            seen
            for seen in self._others
            if 0 <= sentence - seen.sentence <= _BODY_REACH and seen.at < before and seen.subject
        ]
        return near[-1].name if near else None

    def pronoun(self, sex: str | None, sentence: int, before: int) -> Name | None:
        """Return the person that "he" or "she" means, None where it is not plain."""
        fitting = [
            seen
            for seen in self._seen
            if sentence - seen.sentence <= _REACH
            and seen.at < before
            and (sex is None or self._cast.sex(seen.name.text) in (None, sex))
            and (seen.sentence < sentence or seen.subject)
        ]
        if not fitting:
            return None
        latest = max(seen.sentence for seen in fitting)
        here = [seen for seen in fitting if seen.sentence == latest]
        choice = self._choice(here, sex)
        if choice is None:
            return None
        others = any(latest < number < sentence for number in self._bodies)
        return None if others and choice.text != self._main else choice

    def _choice(self, here: list[Seen], sex: str | None) -> Name | None:
        """Choose among the persons of one sentence: its speaker, its subject, the only one."""
        known = [seen for seen in here if sex and self._cast.sex(seen.name.text) == sex]
        for group in (
            [seen for seen in here if seen.speaker],
            [seen for seen in here if seen.main],
            [seen for seen in here if seen.subject],
        ):
            if group:
                return group[-1].name
        names = {seen.name.text for seen in (known or here)}
        return (known or here)[-1].name if len(names) == 1 else None
