"""What a verb of saying reports: the words of its clause, of its object or around it."""

from __future__ import annotations

from rag.attribution.cues import ADDRESSED, CUES, DAYS, POLLS
from rag.attribution.parser import SUBJECTS, Word


def reported(verb: Word, frames: str, source: Word | None) -> list[list[Word]]:
    """Return what is reported: a clause, the sentence around the reporting words, or a phrase."""
    clauses = [
        child
        for child in verb.kids("ccomp", "xcomp", "csubj")
        if not (source is not None and child is source)
        and ("c" in frames or "p" in frames or child.relation != "xcomp")
    ]
    if clauses:
        parts = [without_mark(child.subtree()) for child in [*clauses, *_further(verb)]]
        objects = verb.kids("oprd") if "n" in frames else []
        return parts + [child.subtree() for child in objects]
    around = _around(verb, frames)
    if around:
        return around
    if "s" in frames and (clause := through(verb)) is not None:
        return [without_mark(child.subtree()) for child in [clause, *_further(verb)]]
    if "p" in frames and "n" not in frames:
        return [
            child.subtree()
            for child in verb.kids("prep")
            if child.lower in ABOUT
            and (child.lower != "to" or CUES[verb.lower][0] not in _TALKS)
            and child.index > verb.index
            and not _circumstance(child)
        ][:1]
    if "n" not in frames and not _finds(verb, source):
        return []
    if so := [child for child in verb.kids("advmod") if child.lower == "so"]:
        return [so]
    return _phrase(verb, source)


def _finds(verb: Word, source: Word | None) -> bool:
    """Whether a noun is what is told: of polls and studies, and "recalling the day"."""
    lemma = CUES[verb.lower][0]
    poll = source is not None and source.lower.removesuffix("s") in POLLS
    return (poll and lemma in _FINDINGS) or (lemma == "recall" and verb.tag == "VBG")


_FINDINGS = frozenset("show find see put".split())
_TALKS = frozenset("talk speak".split())
"""Verbs that are followed by who is spoken to."""


def _further(verb: Word) -> list[Word]:
    """Return the clauses that the parser joined to the reporting word: "and that it was late"."""
    return [
        child
        for child in verb.kids("conj")
        if any(mark.lower == "that" for mark in child.kids("mark"))
    ]


def through(word: Word, depth: int = 0) -> Word | None:
    """Find the clause that the parser hung on the occasion: "said in a statement that"."""
    for prep in word.kids("prep"):
        for occasion in prep.kids("pobj"):
            for child in occasion.kids("acl", "relcl", "ccomp"):
                if any(mark.lower == "that" for mark in child.kids("mark")) or _told(child):
                    return child
            if depth < _NESTED and (found := through(occasion, depth + 1)) is not None:
                return found
    return None


def _told(clause: Word) -> bool:
    """Whether "that" opens a clause with a subject of its own: "told veterans that she had"."""
    first = clause.subtree()[0]
    return (
        clause.relation == "relcl"
        and first.lower == "that"
        and any(word is not first for word in clause.kids(*SUBJECTS))
        and bool(clause.kids("dobj", "attr", "acomp", "ccomp"))
    )


_NESTED = 2
"""Prepositions within prepositions: "at a meeting in Riyadh with reporters that"."""


def without_mark(words: list[Word]) -> list[Word]:
    """Leave out the "that" which leads to what is said."""
    if words and words[0].lower == "that" and words[0].relation in ("mark", "pobj"):
        return words[1:]
    return words


def _around(verb: Word, frames: str) -> list[list[Word]]:
    """Return the clause that the reporting words are set into: "The talks, he said, go on"."""
    head = verb.head
    as_said = "c" in frames and verb.relation == "advcl"
    as_said = as_said and any(w.lower == "as" for w in verb.kids("mark", "advmod"))
    if head is None or not (verb.relation == "parataxis" or as_said):
        return []
    inside = set(map(id, verb.subtree()))
    words = [word for word in head.subtree() if id(word) not in inside]
    before = [word for word in words if word.index < verb.index]
    after = [word for word in words if word.index > verb.index]
    return [part for part in (before, after) if any(w.relation != "punct" for w in part)]


ABOUT = frozenset("about of for against on with over to at from as toward towards into".split())


def _phrase(verb: Word, source: Word | None) -> list[list[Word]]:
    hearers = CUES.get(verb.lower, ("", ""))[0] in ADDRESSED
    objects = [
        child
        for child in verb.kids("dobj", "attr", "oprd", "acomp")
        if child is not source and not (hearers and child.relation == "dobj" and _hears(child))
    ]
    words: list[Word] = []
    for child in [*objects, *_adjoined(verb)]:
        words += child.subtree()
    for child in verb.kids("prep"):
        if child.index < verb.index:
            continue
        if child.lower in ABOUT and not _circumstance(child):
            words += child.subtree()
    words.sort(key=lambda word: word.index)
    return [words] if words else []


def _adjoined(verb: Word) -> list[Word]:
    """Return clauses that complete a phrase: "called for her to quit", "described it as won"."""
    mark = _COMPLETED.get(CUES.get(verb.lower, ("", ""))[0])
    return [
        child
        for child in verb.kids("advcl")
        if child.index > verb.index and any(word.lower == mark for word in child.kids("mark"))
    ]


_COMPLETED = {
    "call": "for", "plead": "for", "push": "for", "describe": "as", "portray": "as",
    "characterize": "as", "depict": "as", "see": "as", "view": "as",
}  # fmt: skip


def _hears(word: Word) -> bool:
    """Whether an object is who is told, not what."""
    return word.lower.removesuffix("s") not in _TALES


_TALES = frozenset("story truth lie joke tale secret news".split())
_PLACES = frozenset(
    """interview statement conference briefing tweet email e-mail letter speech rally post report
    release event remarks hearing debate phone twitter facebook television tv radio call message
    testimony reporters memo article editorial column appearance""".split()
)


def _circumstance(prep: Word) -> bool:
    """Whether a phrase says when or where something was said, not what."""
    if prep.lower not in ("on", "in", "at", "during", "to", "from", "with", "over", "for"):
        return False
    heads = prep.kids("pobj")
    words = {
        word.lower
        for head in heads
        for word in [head, *head.kids("compound", "nmod", "nummod", "npadvmod")]
    }
    return bool(words & (DAYS | _PLACES)) or any(
        w.tag == "CD" and len(w.text) == 4 for w in prep.subtree()
    )
