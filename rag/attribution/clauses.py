"""From a sentence's grammar to its reports: who, the reporting word, what."""

from __future__ import annotations

from dataclasses import dataclass, field

from rag.attribution.content import ABOUT, reported, through, without_mark
from rag.attribution.cues import (
    ADJECTIVES,
    CLAIMS,
    CUES,
    DAYS,
    DENIALS,
    DIRECTED,
    DISMISSALS,
    DOUBTFUL,
    GRANTS,
    LIGHT_VERBS,
    MARKERS,
    MODALS,
    NOUNS,
    THINGS,
    WEAK,
    WITHHOLDING,
)
from rag.attribution.parser import Word
from rag.attribution.subjects import (
    RELATIVES,
    inverted,
    is_person,
    may_speak,
    relative,
    subject,
    verb_above,
)


@dataclass(slots=True, eq=False)
class Report:
    """A reporting word with its source and content as words of one sentence."""

    verb: Word
    cue: list[Word]
    source: Word | None
    """The head word of the phrase that names who speaks."""
    relative: Word | None = None
    """"who", where the reporting clause hangs on the speaker's name."""
    content: list[list[Word]] = field(default_factory=list)
    frames: str = "cnqs"
    denied: bool = False
    negated: bool = False
    hedged: bool = False


def reports(sentence: list[Word]) -> list[Report]:
    """Find the reports of one sentence, in order; content may still be empty beside a quotation."""
    found: list[Report] = []
    for word in sentence:
        report = _according(word) or _polled(word) or _verb(word) or _adjective(word) or _noun(word)
        if report is not None:
            found.append(report)
    return found


def adjacent(quotation: list[Word], sentence: list[Word]) -> Report | None:
    """Find "Conway notes" or "said he" right behind a quotation, whatever the parser says."""
    last = quotation[-1].index
    after = [word for word in sentence if word.index > last and word.relation != "punct"][:6]
    while after and after[0].text in "\"'”’“,":
        after.pop(0)
    said = [at for at, word in enumerate(after) if _speaks(word)]
    if not said:
        return None
    at = said[0]
    # "“...,” Ruiz, 58, told the AFP"
    before = [word for word in after[:at] if word.tag != "CD" and word.text != ","]
    behind = after[at + 1 :]
    source: Word | None = None
    if before and all(_names(word) for word in before):
        source = before[-1]
    elif before and all(word.tag.startswith(_NOMINAL) for word in before):
        # "“...,” lawyers for FTX wrote"
        source = _headed(before)
    elif not before:
        named = [word for word in behind if _names(word)]
        run = 0
        while run < len(behind) and _names(behind[run]):
            run += 1
        source = behind[run - 1] if run and named else None
    if source is None:
        return None
    return Report(verb=after[at], cue=[after[at]], source=source, content=[quotation])


def behind(verb: Word, sentence: list[Word]) -> Word | None:
    """Find who is named behind "“...,” said", whatever the parser makes of it.

    "the woman, who ..." and "retired neurosurgeon Ben Carson, asked about ...".
    """
    if not _speaks(verb) or verb.tag not in ("VBD", "VBZ", "VBP"):
        return None
    before = [word for word in sentence if word.index < verb.index and word.text not in _MARKS]
    if not before or before[-1].quotation is None:
        return None
    last: Word | None = None
    for word in sentence:
        if word.index <= verb.index:
            continue
        if not word.tag.startswith(("DT", "JJ", "NN", "CD", "VBN", "POS", "PRP$")):
            break
        if word.tag.startswith("NN") and word.lower not in DAYS:
            last = word
    return last


def leading(verb: Word, sentence: list[Word]) -> Word | None:
    """Find who is named behind a reporting word that opens its sentence: "Said Ruiz: “...”"."""
    if not _speaks(verb) or any(
        word.index < verb.index and word.text not in _MARKS for word in sentence
    ):
        return None
    last: Word | None = None
    for word in sentence:
        if word.index > verb.index:
            if not word.tag.startswith("NNP"):
                break
            last = word
    return last


_MARKS = frozenset("\"'”’“,")
_NOMINAL = ("DT", "JJ", "NN", "IN", "POS", "PRP$", "CD")


def _headed(words: list[Word]) -> Word | None:
    """Return the noun that heads a phrase: the last before its first preposition."""
    head: Word | None = None
    for word in words:
        if word.tag == "IN":
            break
        head = word if word.tag.startswith("NN") else None
    return head if words[-1].tag.startswith("NN") else None


def _speaks(word: Word) -> bool:
    return "s" in CUES.get(word.lower, ("", ""))[1] and word.tag != "NNP"


def _names(word: Word) -> bool:
    return word.tag.startswith("NNP") or word.lower in ("he", "she")


def beside(quotation: list[Word]) -> Report | None:
    """Find the verb that a whole quotation hangs on, though it is no known reporting word."""
    inside = set(map(id, quotation))
    top = next(
        (word for word in quotation if word.head is None or id(word.head) not in inside), None
    )
    if top is None or top.head is None or top.relation not in ("ccomp", "dep", "parataxis", "dobj"):
        return None
    verb = top.head
    if not verb.tag.startswith(("VBD", "VBZ", "VBP", "VBG")):
        return None
    source = subject(verb) or inverted(verb)
    if source is None or source.quotation is not None:
        return None
    return Report(verb=verb, cue=[verb], source=source, content=[quotation], negated=_negated(verb))


def _verb(word: Word) -> Report | None:
    if word.lower not in CUES or not word.tag.startswith("VB"):
        return None
    lemma, frames = CUES[word.lower]
    if word.relation in ("aux", "auxpass", "amod", "compound"):
        return None
    passive = any(word.kids("auxpass", "nsubjpass")) or (
        word.tag == "VBN" and word.relation == "acl" and not _headless(word)
    )
    if lemma == "quote" and any(child.kids("pcomp") for child in word.kids("prep")):
        return None  # "quoted Ana Ruiz as saying": she says it
    if any(child.lower in DIRECTED.get(lemma, ()) for child in word.kids("prt")):
        return None
    report = Report(
        verb=word,
        cue=sorted([word, *word.kids("prt")], key=lambda item: item.index),
        source=None,
        frames=frames,
        denied=_denies(word, lemma),
        hedged=_hedged(word),
    )
    if lemma == "deny" and not report.denied:
        return None
    report.negated = _negated(word)
    if passive:
        return _passive(word, report)
    report.source = subject(word) or inverted(word)
    report.relative = relative(word)
    if report.source is not None and _anybody(report.source):
        return None
    if report.source is not None and report.source.quotation is not None:
        # "He fired back: “...,” referencing ...": words do not speak.
        report.source = None
    if report.source is not None and report.source.lower in _OBJECTS and word.relation != "xcomp":
        # "Obama and Clinton call them “lone wolves”"
        report.source = None
    if report.source is not None and "s" in frames and _is_thing(report.source):
        return None
    if report.source is not None and report.source.lower == "i" and word.relation == "parataxis":
        return None
    report.content = reported(word, frames, report.source)
    clausal = word.kids("ccomp", "csubj") or word.relation == "parataxis"
    if report.source is not None and (
        (lemma in WEAK and not is_person(report.source))
        or (lemma in DOUBTFUL and not clausal and not may_speak(report.source))
    ):
        return None
    if lemma in WITHHOLDING:
        report.negated = not report.negated
    return report


def _headless(verb: Word) -> bool:
    """Whether a sentence has no other verb: "Ana Ruiz, the mayor, called (VBN) it a sham"."""
    head = verb.head
    return (
        head is not None
        and head.relation == "ROOT"
        and head.tag.startswith("NNP")
        and not verb.kids("agent", "auxpass")
        and bool(verb.kids("dobj", "oprd", "ccomp"))
    )


def _anybody(source: Word) -> bool:
    """Whether a subject is nobody: "you", and "one" unless it is one of somebody."""
    return source.lower == "you" or (source.lower == "one" and not source.children)


def _denies(verb: Word, lemma: str) -> bool:
    """Whether a verb denies what is claimed, and not an offer, a lawsuit or asylum."""
    if lemma not in DENIALS:
        return False
    objects = verb.kids("dobj", "nsubjpass")
    if verb.relation == "relcl" and verb.head is not None:
        objects = [verb.head if word.lower in RELATIVES else word for word in objects]
    nouns = [word.lower.removesuffix("s") for word in objects]
    if lemma == "deny":
        return not (verb.kids("dative") or any(noun in GRANTS for noun in nouns))
    if lemma not in DISMISSALS or verb.kids("ccomp"):
        return True
    return any({noun, word.lower} & CLAIMS for noun, word in zip(nouns, objects, strict=True))


_OBJECTS = frozenset("them him me us".split())


def _is_thing(source: Word) -> bool:
    """Whether a noun is of what does not speak: meetings, reasons, changes."""
    return source.tag in ("NN", "NNS") and source.lower.removesuffix("s") in THINGS


def _passive(word: Word, report: Report) -> Report | None:
    agents = [item for by in word.kids("agent") for item in by.kids("pobj")]
    clauses = [item.subtree() for item in word.kids("ccomp", "xcomp")]
    subjects = word.kids("nsubjpass")
    if agents:
        report.source = agents[0]
        if CUES[word.lower][0] in WEAK and not is_person(agents[0]):
            return None
        if "n" not in report.frames:
            return None
        preps = [
            w
            for child in word.kids("prep")
            if child.lower in ("of", "for")
            for w in child.subtree()
        ]
        if clauses:
            report.content = clauses
        elif preps:
            report.content = [preps]
        elif subjects and subjects[0].lower not in RELATIVES:
            report.content = [subjects[0].subtree()]
        elif word.relation == "acl" and word.head is not None:
            below = set(map(id, word.subtree()))
            report.content = [[w for w in word.head.subtree() if id(w) not in below]]
        return report if report.content else None
    if clauses and word.relation != "acl":
        # "is said to have": somebody says it, and the article does not tell who.
        report.content = clauses
        report.hedged = True
        return report
    return None


def aged(verb: Word, sentence: list[Word]) -> Word | None:
    """Find the name before an age before the reporting word: "“...,” Ruiz, 58, told the AFP"."""
    before = [word for word in sentence if word.index < verb.index][-4:]
    if [word.text for word in before[1::2]] != [",", ","] or len(before) < 4:
        return None
    name, _, age, _ = before
    fits = name.tag.startswith("NNP") and name.quotation is None and age.text.isdigit()
    return name if fits and _speaks(verb) else None


def named(verb: Word, sentence: list[Word], content: list[list[Word]]) -> Word | None:
    """Find the name right before the reporting word of a quoted sentence, whatever the parser says.

    "Her adviser, Ana Ruiz, said: “...”"
    """
    before = [word for word in sentence if word.index < verb.index and word.text != ","]
    quoted = any(word.quotation is not None for part in content for word in part)
    if not quoted or not before or not _speaks(verb) or verb.tag not in ("VBD", "VBZ"):
        return None
    name = before[-1]
    return name if name.tag.startswith("NNP") and name.quotation is None else None


def _according(word: Word) -> Report | None:
    if word.lower != "according":
        return None
    source: Word | None = None
    to: Word | None = None
    for child in word.kids("prep", "pcomp"):
        if child.lower == "to":
            to = child
            source = next(iter(child.kids("pobj", "pcomp")), None)
    if to is None or source is None or word.head is None:
        return None
    below = set(map(id, word.subtree()))
    words = [item for item in word.head.subtree() if id(item) not in below]
    parts = [
        [item for item in words if item.index < word.index],
        [item for item in words if item.index > source.index],
    ]
    return Report(
        verb=word,
        cue=[word, to],
        source=source,
        content=[part for part in parts if any(item.relation != "punct" for item in part)],
    )


def _polled(word: Word) -> Report | None:
    """Find "had 38 percent in a new poll": the poll tells it."""
    poll = next(iter(word.kids("pobj")), None) if word.lower == "in" else None
    if poll is None or word.head is None or poll.lower.removesuffix("s") not in _SURVEYS:
        return None
    verb = verb_above(word.head)
    if verb is None:
        return None
    below = set(map(id, word.subtree()))
    words = [item for item in verb.subtree() if id(item) not in below]
    if not any(item.tag == "CD" for item in words):
        return None
    parts = [
        [item for item in words if item.index < word.index],
        [item for item in words if item.index > poll.index],
    ]
    content = [part for part in parts if any(item.relation != "punct" for item in part)]
    return Report(verb=word, cue=[word], source=poll, content=content, frames="c")


_SURVEYS = frozenset("poll survey".split())


def _adjective(word: Word) -> Report | None:
    """Find "is confident that", "are worried about"."""
    if word.lower not in ADJECTIVES or word.relation not in ("acomp", "conj", "ROOT", "oprd"):
        return None
    verb = word.head
    while verb is not None and not verb.tag.startswith("VB"):
        verb = verb.head
    if verb is None or (verb.lower not in _COPULAS and word.lower not in CUES):
        return None
    source = subject(verb)
    parts = [without_mark(child.subtree()) for child in word.kids("ccomp", "xcomp")]
    parts = parts or [child.subtree() for child in word.kids("prep") if child.lower in ABOUT]
    if source is None or not parts:
        return None
    return Report(
        verb=verb, cue=[word], source=source, content=parts, frames="c",
        negated=_negated(verb), hedged=_hedged(verb),
    )  # fmt: skip


_COPULAS = frozenset("is are was were 's 're 'm am be been feel feels felt remains remain".split())


def _noun(word: Word) -> Report | None:
    """Find "Trump's claim that", "the claim that", "voiced support for"."""
    lower = word.lower
    if not word.tag.startswith("NN") or not (lower in NOUNS or lower.removesuffix("s") in NOUNS):
        return None
    clauses = [
        child
        for child in word.kids("acl", "ccomp", "relcl", "xcomp")
        if any(
            (mark.lower == "that" and mark.relation == "mark")
            or (mark.lower == "to" and mark.relation == "aux")
            for mark in child.children
        )
    ]
    owner = next(iter(word.kids("poss")), None)
    light = word.head if word.relation in ("dobj", "attr", "pobj") else None
    while light is not None and light.tag == "IN":
        light = light.head
    if owner is None and light is not None and light.lower in LIGHT_VERBS:
        owner = subject(light)
    told = light is not None and _speaks(light) and subject(light) is not None
    if owner is None and word.relation == "pobj" and told and light is not None and through(light):
        # "said in a statement that": whoever says it, not the statement.
        return None
    named = any(mark.lower == "that" for child in clauses for mark in child.kids("mark"))
    parts = [without_mark(child.subtree()) for child in clauses[:1]]
    if not parts and owner is not None:
        parts = [child.subtree() for child in word.kids("prep") if child.lower in ABOUT][:1]
    if not parts or (owner is None and not named):
        return None
    return Report(
        verb=word, cue=[word], source=owner, content=parts, frames="c",
        hedged=owner is None, denied=_under_denial(word),
    )  # fmt: skip


def _under_denial(word: Word) -> bool:
    head = word.head
    return (
        word.relation in ("dobj", "nsubjpass")
        and head is not None
        and head.lower in CUES
        and CUES[head.lower][0] in DENIALS
    )


def _negated(verb: Word) -> bool:
    if verb.kids("neg") or any(w.lower in ("never", "n't", "not") for w in verb.kids("advmod")):
        return True
    head = verb.head
    return (
        verb.relation == "xcomp"
        and head is not None
        and head.lower in CUES
        and CUES[head.lower][0] in WITHHOLDING
    )


def _hedged(verb: Word) -> bool:
    if any(child.lower in MARKERS for child in verb.kids("advmod")):
        return True
    return any(child.lower in MODALS for child in verb.kids("aux"))
