"""From a sentence's grammar to its reports: who, the reporting word, what."""

from __future__ import annotations

from dataclasses import dataclass, field

from rag.attribution.cues import (
    ADJECTIVES,
    CUES,
    DENIALS,
    LIGHT_VERBS,
    MARKERS,
    MODALS,
    NOUNS,
    PERSON_NOUN,
    THINGS,
    WEAK,
    WITHHOLDING,
)
from rag.attribution.parser import Word

_SUBJECTS = ("nsubj", "nsubjpass")
_RELATIVES = frozenset("who which that whom".split())


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
        report = _according(word) or _verb(word) or _adjective(word) or _noun(word)
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
        if word.tag.startswith("NN") and word.lower not in _DAYS:
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
    source = subject(verb) or _inverted(verb)
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
        word.tag == "VBN" and word.relation == "acl"
    )
    report = Report(
        verb=word,
        cue=sorted([word, *word.kids("prt")], key=lambda item: item.index),
        source=None,
        frames=frames,
        denied=lemma in DENIALS,
        hedged=_hedged(word),
    )
    report.negated = _negated(word)
    if passive:
        return _passive(word, report)
    report.source = subject(word) or _inverted(word)
    report.relative = _relative(word)
    if report.source is not None and report.source.lower in ("you", "one"):
        return None
    if report.source is not None and report.source.quotation is not None:
        # "He fired back: “...,” referencing ...": words do not speak.
        report.source = None
    if lemma in WEAK and report.source is not None and not _may_speak(report.source):
        return None
    if report.source is not None and report.source.lower in _OBJECTS and word.relation != "xcomp":
        # "Obama and Clinton call them “lone wolves”"
        report.source = None
    if report.source is not None and "s" in frames and _is_thing(report.source):
        return None
    if report.source is not None and report.source.lower == "i" and word.relation == "parataxis":
        return None
    report.content = _content(word, frames, report.source)
    if lemma in WITHHOLDING:
        report.negated = not report.negated
    return report


def _may_speak(source: Word) -> bool:
    """Whether a noun can be a person or a body: a name, or one by its form."""
    return (
        not source.tag.startswith("NN")
        or source.tag.startswith("NNP")
        or (PERSON_NOUN.search(source.lower.removesuffix("s")) is not None)
    )


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
        if CUES[word.lower][0] in WEAK and not _may_speak(agents[0]):
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
        elif subjects and subjects[0].lower not in _RELATIVES:
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


def subject(verb: Word, depth: int = 0) -> Word | None:
    """Return the head word of a verb's subject, also where the grammar leaves it out."""
    if depth > 6:
        return None
    for child in verb.kids(*_SUBJECTS):
        if child.lower in _RELATIVES and verb.relation == "relcl" and verb.head is not None:
            return verb.head
        if child.lower not in ("it", "there", "what", "which", "that") or child.lower == "it":
            return child
        return None
    head = verb.head
    if head is None:
        return None
    if verb.relation == "advcl" and verb.tag == "VBG":
        head = _outermost(head)
    if verb.relation == "conj" and head.lower not in CUES and _outermost(head).lower in CUES:
        # "She said it was early but added": the parser joins "added" to "was".
        head = _outermost(head)
    if verb.relation in ("conj", "advcl", "dep"):
        return subject(head, depth + 1) if head.tag.startswith("VB") else None
    if verb.relation in ("xcomp", "ccomp"):
        objects = head.kids("dobj")
        if objects and verb.relation == "xcomp":
            return objects[0]
        return subject(head, depth + 1)
    if verb.relation == "acl":
        # "a letter from Ana Ruiz saying": hers, whoever has it.
        for prep in head.kids("prep"):
            if prep.lower in ("from", "by") and (giver := prep.kids("pobj")):
                return giver[0]
        if verb.tag == "VBG" and _after_comma(verb) and (above := _above(head)) is not None:
            return subject(_outermost(above), depth + 1) or head
        if verb.tag == "VBG" and (above := _holder(head)) is not None:
            # "sent a letter to supporters saying": whoever sent it says it.
            if above.lower in CUES and CUES[above.lower][0] in DENIALS:
                return head
            return subject(above, depth + 1) or head
        return head if head.tag.startswith(("NN", "PRP")) else None
    if verb.relation == "pcomp" and head.head is not None:
        return subject(head.head, depth + 1) if head.head.tag.startswith("VB") else None
    return None


def _after_comma(verb: Word) -> bool:
    """Whether a participle stands apart from the noun it hangs on: "the plans, saying"."""
    head = verb.head
    return head is not None and any(
        head.index < child.index < verb.index and child.text == ","
        for child in head.children + verb.children
    )


def _above(noun: Word) -> Word | None:
    word: Word | None = noun
    while word is not None and not word.tag.startswith("VB"):
        word = word.head
    return word


def _holder(noun: Word) -> Word | None:
    """Return the verb whose object, near or far, a noun is; not what comes from somebody else."""
    word: Word | None = noun
    while word is not None and not word.tag.startswith("VB"):
        if word.relation not in ("dobj", "pobj", "dative", "prep", "conj"):
            return None
        if word.tag == "IN" and word.lower in ("from", "by", "of", "among", "between", "with"):
            return None
        word = word.head
    return word


def _outermost(verb: Word) -> Word:
    """Climb from "was late" to "said" in "He said it was late, adding that ..."."""
    while (
        verb.relation in ("ccomp", "xcomp", "conj")
        and verb.head is not None
        and (verb.relation != "ccomp" or verb.head.lower in CUES)
        and verb.head.tag.startswith("VB")
        and verb.head.index < verb.index
        and not (verb.relation == "conj" and verb.kids(*_SUBJECTS))
    ):
        verb = verb.head
    return verb


def _relative(verb: Word) -> Word | None:
    while verb.relation == "conj" and verb.head is not None and not verb.kids(*_SUBJECTS):
        verb = verb.head
    if verb.relation != "relcl":
        return None
    return next((w for w in verb.kids(*_SUBJECTS) if w.lower in _RELATIVES), None)


def _inverted(verb: Word) -> Word | None:
    """Return a subject that the parser took for an object: "...," said Peskov."""
    if verb.tag not in ("VBD", "VBZ", "VBP"):
        return None
    first = min(word.index for word in verb.subtree()) == verb.index and verb.relation == "ROOT"
    if not first and not any(
        child.index < verb.index and child.relation != "punct" for child in verb.children
    ):
        return None
    quoted = "s" in CUES.get(verb.lower, ("", ""))[1] and _behind_quotation(verb)
    for child in verb.kids("dobj", "npadvmod", "attr", "oprd", "ccomp", "dep"):
        if child.lower in _DAYS or child.index < verb.index or child.quotation is not None:
            continue
        if child.tag.startswith(("NNP", "PRP")) and child.relation not in ("ccomp", "dep"):
            return child
        # "...," said the woman
        if quoted and child.tag.startswith(("NN", "PRP", "DT", "CD")) and child.lower not in _DAYS:
            return child
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


def _behind_quotation(verb: Word) -> bool:
    """Whether a whole quotation stands right before a verb: "“...,” said"."""
    near = [*verb.children, *([verb.head] if verb.head is not None else [])]
    return any(word.quotation is not None and word.index < verb.index for word in near)


def _content(verb: Word, frames: str, source: Word | None) -> list[list[Word]]:
    """Return what is reported: a clause, the sentence around the reporting words, or a phrase."""
    clauses = [
        child
        for child in verb.kids("ccomp", "xcomp", "csubj")
        if not (source is not None and child is source)
    ]
    if clauses:
        parts = [_without_mark(child.subtree()) for child in clauses]
        objects = verb.kids("oprd") if "n" in frames else []
        return parts + [child.subtree() for child in objects]
    around = _around(verb)
    if around:
        return around
    if "s" in frames and (clause := _through(verb)) is not None:
        return [_without_mark(clause.subtree())]
    if "p" in frames and "n" not in frames:
        return [
            child.subtree()
            for child in verb.kids("prep")
            if child.lower in _ABOUT and child.index > verb.index and not _circumstance(child)
        ][:1]
    if "n" not in frames:
        return []
    if so := [child for child in verb.kids("advmod") if child.lower == "so"]:
        return [so]
    return _phrase(verb, source)


def _through(word: Word, depth: int = 0) -> Word | None:
    """Find the clause that the parser hung on the occasion: "said in a statement that"."""
    for prep in word.kids("prep"):
        for occasion in prep.kids("pobj"):
            for child in occasion.kids("acl", "relcl", "ccomp"):
                if any(mark.lower == "that" for mark in child.kids("mark")):
                    return child
            if depth < _NESTED and (found := _through(occasion, depth + 1)) is not None:
                return found
    return None


_NESTED = 2
"""Prepositions within prepositions: "at a meeting in Riyadh with reporters that"."""


def _without_mark(words: list[Word]) -> list[Word]:
    if words and words[0].lower == "that" and words[0].relation == "mark":
        return words[1:]
    return words


def _around(verb: Word) -> list[list[Word]]:
    """Return the clause that the reporting words are set into: "The talks, he said, go on"."""
    head = verb.head
    as_said = verb.relation == "advcl" and any(w.lower == "as" for w in verb.kids("mark", "advmod"))
    if head is None or not (verb.relation == "parataxis" or as_said):
        return []
    inside = set(map(id, verb.subtree()))
    words = [word for word in head.subtree() if id(word) not in inside]
    before = [word for word in words if word.index < verb.index]
    after = [word for word in words if word.index > verb.index]
    return [part for part in (before, after) if any(w.relation != "punct" for w in part)]


_ABOUT = frozenset("about of for against on with over to at from as toward towards into".split())


def _phrase(verb: Word, source: Word | None) -> list[list[Word]]:
    objects = [
        child
        for child in verb.kids("dobj", "attr", "oprd", "acomp")
        if child is not source and child.relation != "npadvmod"
    ]
    words: list[Word] = []
    for child in objects:
        words += child.subtree()
    for child in verb.kids("prep"):
        if child.index < verb.index:
            continue
        if child.lower in _ABOUT and not _circumstance(child):
            words += child.subtree()
    words.sort(key=lambda word: word.index)
    return [words] if words else []


_DAYS = frozenset(
    """monday tuesday wednesday thursday friday saturday sunday yesterday today tomorrow tonight
    morning afternoon evening week month year night january february march april may june july
    august september october november december""".split()
)
_PLACES = frozenset(
    """interview statement conference briefing tweet email e-mail letter speech rally post report
    release event remarks hearing debate phone twitter facebook television tv radio call message
    testimony reporters memo article editorial column appearance""".split()
)


def _circumstance(prep: Word) -> bool:
    """Whether a phrase says when or where something was said, not what."""
    words = {word.lower for word in prep.subtree()}
    if prep.lower in ("on", "in", "at", "during", "to", "from", "with", "over", "for"):
        return bool(words & (_DAYS | _PLACES)) or any(
            w.tag == "CD" and len(w.text) == 4 for w in prep.subtree()
        )
    return False


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
    parts = [_without_mark(child.subtree()) for child in word.kids("ccomp", "xcomp")]
    parts = parts or [child.subtree() for child in word.kids("prep") if child.lower in _ABOUT]
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
    if owner is None and word.relation == "pobj" and told and light is not None and _through(light):
        # "said in a statement that": whoever says it, not the statement.
        return None
    named = any(mark.lower == "that" for child in clauses for mark in child.kids("mark"))
    parts = [_without_mark(child.subtree()) for child in clauses[:1]]
    if not parts and owner is not None:
        parts = [child.subtree() for child in word.kids("prep") if child.lower in _ABOUT][:1]
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
