"""Reporting words at the end of a sentence that the parser hung elsewhere: "..., Ana Ruiz said"."""

from __future__ import annotations

from rag.attribution.clauses import Report
from rag.attribution.cues import CUES
from rag.attribution.parser import Word

_FINITE = ("VBD", "VBZ", "VBP", "MD")
_PAST_OR_PRESENT = ("VBD", "VBZ", "VBP")
_OPENING = ("DT", "NN", "JJ", "PRP", "CD")
_PLAIN = frozenset(
    """say tell add note write explain report announce warn argue tweet insist claim acknowledge
    confirm""".split()
)
"""Verbs that follow what they report without more."""
_SUBORDINATE = frozenset("as when while if after before although though because since".split())
_CLAUSE = 5
"""From so many words on, what stands before "said Ana Ruiz" is reported without a verb too."""
_MARKS = frozenset("\"'”’“‘")


def apposed(verb: Word, sentence: list[Word]) -> Word | None:
    """Find the name that words about it part from its verb: "Ana Ruiz, the mayor, also said".

    None where the words between the commas have a verb of their own.
    """
    if verb.tag not in _PAST_OR_PRESENT or not _speaks(verb):
        return None
    parts = _parts(_before(verb, sentence))
    if not parts or parts[-1]:
        return None  # no comma right before the verb
    about = parts[-2] if len(parts) > 1 else []
    if about and all(word.tag.startswith("NNP") for word in about):
        return about[-1]
    named = parts[-3] if len(parts) > 2 else []
    fits = about and about[0].tag.startswith(_OPENING) and not _finite(about)
    if not fits or not named or not named[-1].tag.startswith("NNP") or _finite(named):
        return None
    return named[-1]


def trailing(verb: Word, sentence: list[Word]) -> Report | None:
    """Find the report of a verb at the end of what it reports, whatever the parser makes of it.

    "..., the embassy in London said on Friday" and "..., said Ana Ruiz, who founded it".
    """
    plain = verb.tag in _PAST_OR_PRESENT and CUES.get(verb.lower, ("", ""))[0] in _PLAIN
    if not plain or any(child.index > verb.index for child in verb.kids("ccomp")):
        return None
    before = _before(verb, sentence)
    parts = _parts(before)
    if len(parts) < 2:
        return None
    last = parts[-1]
    source: Word | None
    if not last:
        source = _behind(verb, sentence) if verb.lower != "told" else None
        content = [word for part in parts[:-1] for word in part]
        if source is None and (source := apposed(verb, sentence)) is not None:
            content = [word for part in parts[:-3] for word in part]
    else:
        source = _head(last) if not _finite(last) and not _clausal(verb, sentence) else None
        content = [word for part in parts[:-1] for word in part]
    named = not last and source is not None and source.tag.startswith("NNP")
    if source is None or not (_finite(content) or (named and len(content) >= _CLAUSE)):
        return None
    if content[0].lower in _SUBORDINATE and not any(map(_finite, parts[1:-1])):
        return None  # "As it was late, Ruiz said": nothing is reported
    first, stop = content[0].index, content[-1].index
    whole = [word for word in sentence if first <= word.index <= stop]
    _hang(source, verb)
    return Report(verb=verb, cue=[verb], source=source, content=[whole], frames="cnqs")


def _hang(source: Word, verb: Word) -> None:
    """Make a word the subject of a verb in the sentence's tree."""
    if verb not in source.subtree():
        if source.head is not None:
            source.head.children.remove(source)
        source.head, source.relation = verb, "nsubj"
        verb.children.append(source)


def _speaks(word: Word) -> bool:
    return "s" in CUES.get(word.lower, ("", ""))[1]


def _before(verb: Word, sentence: list[Word]) -> list[Word]:
    """Return what stands before a verb, without adverbs right before it and marks."""
    before = [word for word in sentence if word.index < verb.index and word.text not in _MARKS]
    while before and before[-1].tag == "RB":
        before.pop()
    return before


def _parts(words: list[Word]) -> list[list[Word]]:
    """Split at commas; the last part is empty where a comma ends the words."""
    parts: list[list[Word]] = [[]]
    for word in words:
        if word.text == ",":
            parts.append([])
        else:
            parts[-1].append(word)
    return parts


def _finite(words: list[Word]) -> bool:
    return any(word.tag in _FINITE for word in words)


def _clausal(verb: Word, sentence: list[Word]) -> bool:
    """Whether a clause follows the verb: then that is what it reports."""
    return _finite([word for word in sentence if word.index > verb.index])


def _head(words: list[Word]) -> Word | None:
    """Return the noun or pronoun that heads a phrase, None for what is no plain phrase."""
    if not words or not words[0].tag.startswith(_OPENING):
        return None
    if any(word.tag.startswith(("VB", "W")) for word in words):
        return None
    head: Word | None = None
    for word in words:
        if word.tag in ("IN", "TO"):
            break
        head = word if word.tag.startswith(("NN", "PRP")) else head
    return head if head is not None and head.tag != "PRP$" and head.quotation is None else None


def _behind(verb: Word, sentence: list[Word]) -> Word | None:
    """Return who is named right behind the verb: "said Ana Ruiz"."""
    head: Word | None = None
    for word in sentence:
        if word.index <= verb.index:
            continue
        if not word.tag.startswith(("DT", "JJ", "NN", "CD", "POS", "PRP$")):
            break
        head = word if word.tag.startswith("NN") and word.lower not in _DAYS else head
    return head


_DAYS = frozenset(
    "monday tuesday wednesday thursday friday saturday sunday yesterday today".split()
)
