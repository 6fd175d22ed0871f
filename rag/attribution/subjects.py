"""Who does what a verb tells, wherever the sentence has it, and who may speak at all."""

from __future__ import annotations

from rag.attribution.cues import CUES, DAYS, DENIALS, DOCUMENTS, PERSON_NOUN, PLURALS
from rag.attribution.parser import SUBJECTS, Word

RELATIVES = frozenset("who which that whom".split())


def is_person(source: Word) -> bool:
    """Whether a noun can be a person: a name, or one by its form."""
    noun = source.lower.removesuffix("s")
    return (
        not source.tag.startswith("NN")
        or source.tag.startswith("NNP")
        or (PERSON_NOUN.search(noun) is not None and noun not in _NO_PERSONS)
    )


_NO_PERSONS = frozenset(
    """number order letter weather power water matter computer summer winter river tower border
    corner error factor door floor color moment percent payment event element""".split()
)
"""Nouns that end like those of persons."""


def may_speak(source: Word) -> bool:
    """Whether a noun can be a person, a body or a document: a name, or one by its form."""
    noun = source.lower
    return (
        is_person(source)
        or noun in PLURALS
        or noun in DOCUMENTS
        or noun.removesuffix("s") in DOCUMENTS
    )


def subject(verb: Word, depth: int = 0) -> Word | None:
    """Return the head word of a verb's subject, also where the grammar leaves it out."""
    if depth > 6:
        return None
    for child in verb.kids(*SUBJECTS):
        if child.lower in RELATIVES and verb.relation == "relcl" and verb.head is not None:
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
    if verb.relation == "advcl" and verb.tag == "VBG" and head.relation == "acl":
        # "avoided her plans to run, saying": whoever avoided them.
        above = verb_above(head.head) if head.head is not None and _after_comma(verb) else None
        head = _outermost(above) if above is not None else head
    if verb.relation == "conj" and verb.tag in ("VBD", "VBZ", "VBP"):
        head = _beyond(head)
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
        if verb.tag == "VBG" and _after_comma(verb) and (above := verb_above(head)) is not None:
            return subject(_outermost(above), depth + 1) or head
        if verb.tag == "VBG" and (above := _holder(head)) is not None:
            # "sent a letter to supporters saying": whoever sent it says it.
            if above.lower in CUES and CUES[above.lower][0] in DENIALS:
                return head
            return subject(above, depth + 1) or head
        return head if head.tag.startswith(("NN", "PRP")) else None
    if verb.relation == "pcomp" and head.head is not None:
        if head.lower == "as" and (quoted := _quoted_as(head)) is not None:
            return quoted
        return subject(head.head, depth + 1) if head.head.tag.startswith("VB") else None
    return None


def _quoted_as(preposition: Word) -> Word | None:
    """Return who stands right before "as saying": "quoted Ana Ruiz as saying"."""
    above = preposition.head
    near = [above, *above.children] if above is not None else []
    return next(
        (
            word
            for word in near
            if word.index == preposition.index - 1 and word.tag.startswith(("NNP", "PRP"))
        ),
        None,
    )


def _beyond(verb: Word) -> Word:
    """Climb from things to who does something: "called" after "as new numbers were released"."""
    things = verb.kids("nsubjpass")
    above = verb.head
    if (
        things
        and not may_speak(things[0])
        and verb.relation in ("ccomp", "advcl")
        and above is not None
        and above.tag.startswith("VB")
    ):
        return above
    return verb


def _after_comma(verb: Word) -> bool:
    """Whether a participle stands apart from the noun it hangs on: "the plans, saying"."""
    head = verb.head
    return head is not None and any(
        head.index < child.index < verb.index and child.text == ","
        for child in head.children + verb.children
    )


def verb_above(noun: Word) -> Word | None:
    """Return the verb that a noun hangs on, at whatever distance."""
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
        and not (verb.relation == "conj" and verb.kids(*SUBJECTS))
    ):
        verb = verb.head
    return verb


def relative(verb: Word) -> Word | None:
    """Return the "who" of a clause that hangs on the name of whoever speaks."""
    while verb.relation == "conj" and verb.head is not None and not verb.kids(*SUBJECTS):
        verb = verb.head
    if verb.relation != "relcl":
        return None
    return next((w for w in verb.kids(*SUBJECTS) if w.lower in RELATIVES), None)


def inverted(verb: Word) -> Word | None:
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
        if child.relation == "oprd" and child.subtree()[0].index != verb.index + 1:
            continue  # "“...,” called him a radical"
        if child.lower in DAYS or child.index < verb.index or child.quotation is not None:
            continue
        if child.tag.startswith(("NNP", "PRP")) and child.relation not in ("ccomp", "dep"):
            return child
        # "...," said the woman
        if quoted and child.tag.startswith(("NN", "PRP", "DT", "CD")) and child.lower not in DAYS:
            return child
    return None


def _behind_quotation(verb: Word) -> bool:
    """Whether a whole quotation stands right before a verb: "“...,” said"."""
    near = [*verb.children, *([verb.head] if verb.head is not None else [])]
    return any(word.quotation is not None and word.index < verb.index for word in near)
