"""What an answer must not do, looked for with the standard library alone.

Nothing here uses Dateline's own code, so that a mistake there is not repeated here. An answer is
the JSON of ``/v1/ask``; what it is held against are the articles, as they are kept and as they were
handed in.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import combinations
from typing import Any, NamedTuple

Row = Mapping[str, Any]
VERDICTS = ("yes", "no")
GAP = "\0"
ALIKE = 0.9
"""Share of common words in a row of four from which two articles are one text."""
_WORD = re.compile(r"\w+(?:[’'.,:-]\w+)*")
_INSIDE = re.compile(r"[’'.,:-]")
"""Also between the words of "More:Ann Lee" and "Lee's", that name Lee."""
_MARK = re.compile('["“”„«»]')
_BRACKET = re.compile(r"\[([^\[\]]*)\]")
_DENIES = re.compile(
    r"\b(?:no|not|never|none|nor|neither|without|cannot|\w+n[’']t|den(?:y|ies|ied|ying|ial)|"
    r"dismiss\w*|refut\w*|reject\w*|rebuff\w*|rebut\w*|disput\w*|debunk\w*|false|untrue|absurd|"
    r"baseless|unfounded|fake|nonsense|inaccurate)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Kept:
    """One version of an article, as it is kept and as it was handed in."""

    text: str
    cluster: str
    given: str
    published_at: datetime | None

    @cached_property
    def letters(self) -> str:
        """The letters and digits of what was handed in, in a row."""
        return letters(self.given)

    @cached_property
    def words(self) -> frozenset[str]:
        """The words of the text as it is kept, and the parts of those with a mark inside."""
        each = words(self.text)
        return frozenset([*each, *(part for word in each for part in _INSIDE.split(word))])

    @cached_property
    def rows(self) -> frozenset[tuple[str, ...]]:
        """Every four words in a row."""
        each = words(self.text)
        return frozenset(tuple(each[at : at + 4]) for at in range(max(1, len(each) - 3)))


Look = Callable[[str, int | None], Kept]
"""Article and version (None: the current one); raises LookupError where it is not there."""


class Complaint(NamedTuple):
    """One thing that an answer does and must not do."""

    code: str
    detail: str


def complaints(answer: Row, look: Look, as_of: datetime | None = None) -> list[Complaint]:
    """Return all that is wrong with an answer to a question that was asked ``as_of`` a day."""
    found = [*_form(answer), *_numbers(answer), *_days(answer, look, as_of)]
    for citation in answer["citations"]:
        try:
            article = look(citation["article_id"], citation["version"])
        except LookupError:
            found.append(Complaint("no_such_version", _name(citation)))
            continue
        found += _citation(citation, article)
    if any(item.code in ("no_such_version", "no_such_citation") for item in found):
        return found
    for sentence in answer["sentences"]:
        found += _sentence(sentence, answer, look)
    return [*found, *_short(answer), *_sources(answer, look)]


def words(text: str) -> list[str]:
    """Return the words in lower case, marks and forms of letters apart."""
    return [word.casefold().replace("’", "'") for word in _WORD.findall(_plain(text))]


def letters(text: str) -> str:
    """Return the letters and digits alone, in lower case."""
    return "".join(char for char in _plain(text).casefold() if char.isalnum())


def quotations(text: str) -> list[list[str]]:
    """Return what stands in double quotation marks, in every way the marks can be read.

    Straight marks do not say whether the first one opens a quotation or ends one that began in the
    sentence before. Marks that fit neither way are read as all that stands between them.
    """
    marks, parts = _MARK.findall(text), _MARK.split(text)
    if not marks:
        return [[]]
    fits = [parts[1 - first :: 2] for first in (0, 1) if _fits(marks, parts, first)]
    return fits or [parts[1:-1]]


def _fits(marks: Sequence[str], parts: Sequence[str], first: int) -> bool:
    """Whether every other mark may open a quotation, ``first`` of them before the first mark."""
    quoted = parts[1 - first :: 2]
    return all(
        mark not in ("”»", "“„«")[(at + first) % 2] for at, mark in enumerate(marks)
    ) and all(letters(part) for part in (quoted[0], quoted[-1]))


def _form(answer: Row) -> Iterator[Complaint]:
    said = bool(answer["sentences"])
    if answer["abstained"]:
        if said or answer["citations"] or answer["short_answer"] or answer["conflicts"]:
            yield Complaint("form", "it declines and says something")
        if not answer["reason"]:
            yield Complaint("form", "it declines without a reason")
    elif not said or answer["reason"]:
        yield Complaint("form", "it answers without a sentence, or with a reason for declining")
    if not 0.0 <= answer["confidence"] <= 1.0:
        yield Complaint("form", f"confidence {answer['confidence']}")
    if not answer["text"].strip():
        yield Complaint("form", "there is no text")


def _numbers(answer: Row) -> Iterator[Complaint]:
    """Look whether every sentence is cited, by numbers that count up as they are read."""
    known = [item["number"] for item in answer["citations"]]
    if known != list(range(1, len(known) + 1)):
        yield Complaint("numbering", f"citations are numbered {known}")
    used: list[int] = []
    for sentence in answer["sentences"]:
        if not sentence["citations"]:
            yield Complaint("uncited_sentence", sentence["text"])
        for number in sentence["citations"]:
            if number not in known:
                yield Complaint("no_such_citation", f"[{number}]")
            if number not in used:
                used.append(number)
    if used != sorted(used) or set(known) - set(used):
        yield Complaint("numbering", f"read in the order {used}, of {known}")
    marked = " ".join(
        sentence["text"] + "".join(f" [{number}]" for number in sentence["citations"])
        for sentence in answer["sentences"]
    )
    if answer["sentences"] and answer["text"] != marked:
        yield Complaint("text_differs", f"{answer['text']!r} is not its sentences")


def _days(answer: Row, look: Look, as_of: datetime | None) -> Iterator[Complaint]:
    """Look whether anything is later than the day that was asked for, or has none."""
    told = _moment(answer["as_of"])
    if as_of is not None and (told is None or told > as_of):
        yield Complaint("as_of_not_kept", f"asked as of {as_of}, answered as of {told}")
    bound = as_of or told
    if bound is None:
        return
    shown = [(item["article_id"], _name(item)) for item in answer["citations"]]
    shown += [(item["article"]["id"], item["article"]["id"]) for item in answer["nearest"]]
    for holder in (*answer["citations"], *answer["nearest"]):
        shown += [
            (item["article_id"], f"reprint {item['article_id']}") for item in holder["also_in"]
        ]
    for article_id, name in shown:
        try:
            published = look(article_id, None).published_at
        except LookupError:
            yield Complaint("no_such_version", name)
            continue
        if published is None or published > bound:
            yield Complaint("later_than_as_of", f"{name} is of {published}, asked as of {bound}")


def _citation(citation: Row, article: Kept) -> Iterator[Complaint]:
    """Hold one citation against its article."""
    start, end, quote = citation["start"], citation["end"], citation["quote"]
    if not 0 <= start < end <= len(article.text) or article.text[start:end] != quote:
        yield Complaint("offsets", f"{_name(citation)} is not {quote!r}")
    if letters(quote) not in article.letters:
        yield Complaint("not_in_source", f"{_name(citation)}: {quote!r} was not handed in")
    if _moment(citation["published_at"]) != article.published_at:
        yield Complaint("other_day", f"{_name(citation)} of {citation['published_at']}")
    speaker = citation["speaker"]
    if speaker and set(words(speaker)) - article.words:
        yield Complaint("speaker_not_in_article", f"{_name(citation)}: {speaker}")
    if citation["quote_type"] in ("direct", "mixed") and not _MARK.search(article.text):
        yield Complaint("direct_without_marks", _name(citation))
    cue = citation["cue"] or ""
    if citation["denied"] and not _DENIES.search(quote) and (not cue or cue not in quote):
        yield Complaint("denied_without_denial", f"{_name(citation)}: {quote!r}")


def _sentence(sentence: Row, answer: Row, look: Look) -> Iterator[Complaint]:
    """Hold one sentence against the quotes that it cites."""
    by_number = {item["number"]: item for item in answer["citations"]}
    cited = [by_number[number] for number in sentence["citations"]]
    quotes = [item["quote"] for item in cited]
    known = frozenset().union(*(look(item["article_id"], item["version"]).words for item in cited))
    said, put_in = _taken_apart(sentence, answer, cited)
    for name in put_in:
        if set(words(name)) - known:
            yield Complaint("insertion_not_in_article", f"[{name}] in {sentence['text']!r}")
    whole = {word for quote in quotes for word in words(quote)}
    for word in dict.fromkeys(words(said)):
        if word not in whole:
            kind = "number" if any(char.isdigit() for char in word) else "word"
            yield Complaint(f"{kind}_not_in_quote", f"{word!r} in {sentence['text']!r}")
    if not any(
        all(any(part in quote for quote in quotes) for part in _pieces(reading))
        for reading in quotations(said)
    ):
        yield Complaint("quotation_not_verbatim", sentence["text"])
    denials = sum(len(_DENIES.findall(quote)) for quote in quotes)
    if len(_DENIES.findall(said)) < denials and letters(said) != letters("".join(quotes)):
        yield Complaint("denial_left_out", f"{sentence['text']!r} of {quotes}")


def _taken_apart(sentence: Row, answer: Row, cited: Sequence[Row]) -> tuple[str, list[str]]:
    """Return a sentence with gaps for what was put into it, and the names that were."""
    said: str = sentence["text"]
    put_in: list[str] = []
    verdict = (answer["short_answer"] or "").casefold()
    if verdict in VERDICTS and sentence is answer["sentences"][0]:
        lead = re.match(rf"{verdict}\. ", said, re.IGNORECASE)
        said = said[lead.end() :] if lead else said
    quotes = " ".join(item["quote"] for item in cited)
    for match in list(_BRACKET.finditer(said)):
        # Square brackets of the article's own are part of the quotation.
        if match[0] not in quotes:
            put_in.append(match[1].rstrip(":"))
            said = said.replace(match[0], GAP, 1)
    for speaker in {item["speaker"] for item in cited if item["speaker"]}:
        if said.startswith(f"{speaker}: “"):
            put_in.append(speaker)
            said = said[len(speaker) + 2 :]
    return said, put_in


def _pieces(quotation: Sequence[str]) -> Iterator[str]:
    """Yield what of a quotation has to be verbatim: all but names that were put into it."""
    for part in quotation:
        yield from (piece.strip() for piece in part.split(GAP) if piece.strip())


def _short(answer: Row) -> Iterator[Complaint]:
    short = answer["short_answer"]
    if short is None or short.casefold() in VERDICTS:
        return
    # Who said something is told by the speaker's name; several things are a list.
    speakers = {item["speaker"] for item in answer["citations"]}
    parts = [short] if short in speakers else short.split("; ")
    for part in (part for part in parts if part not in speakers):
        if not part or not any(part in item["quote"] for item in answer["citations"]):
            yield Complaint("short_answer_not_in_quote", repr(part))


def _sources(answer: Row, look: Look) -> Iterator[Complaint]:
    """Count the sources again: reprints of one text are one."""
    by_number = {
        item["number"]: look(item["article_id"], item["version"]) for item in answer["citations"]
    }
    clusters = {article.cluster for article in by_number.values()}
    if answer["sources"] != len(clusters):
        yield Complaint("sources", f"{answer['sources']} are told, {len(clusters)} are cited")
    for conflict in answer["conflicts"]:
        if len(conflict["sides"]) < 2:
            yield Complaint("conflict", "it has one side only")
        for side in conflict["sides"]:
            if not side["citations"] or set(side["citations"]) - set(by_number):
                yield Complaint("conflict", f"a side cites {side['citations']}")
                continue
            counted = len({by_number[number].cluster for number in side["citations"]})
            # A side may have sources that are not cited; never fewer than are.
            if side["sources"] < counted:
                yield Complaint("sources", f"a side has {side['sources']}, {counted} are cited")
    apart = {article.cluster: article for article in by_number.values()}
    for (one, first), (two, second) in combinations(apart.items(), 2):
        if len(first.rows & second.rows) >= ALIKE * max(len(first.rows), len(second.rows)):
            yield Complaint("reprints_counted_apart", f"{one} and {two}")


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text)


def _name(citation: Row) -> str:
    place = f"{citation['start']}-{citation['end']}"
    return f"[{citation['number']}] {citation['article_id']} v{citation['version']} {place}"


def _moment(written: str | None) -> datetime | None:
    return None if written is None else datetime.fromisoformat(written)
