"""Who says what in an article: the statements, in reading order."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from threading import Lock

from cachetools import LRUCache

from rag.attribution.clauses import Report, adjacent, aged, behind, beside, leading, named, reports
from rag.attribution.cues import CUES
from rag.attribution.layouts import settled, signed, transcript
from rag.attribution.names import OPENERS, Cast, Name
from rag.attribution.parser import SUBJECTS, Word, parse
from rag.attribution.quotations import Folded, Quotation, fold, quotations
from rag.attribution.resolve import Resolver, Speaker
from rag.attribution.setting import medium_and_day
from rag.attribution.statement import Statement, StatementType
from rag.attribution.tails import apposed, trailing
from rag.language import Span

_PERSONS = {"he": "m", "she": "f"}
_EDGES = " \t\n\r\u00a0,;:–—-"
# So many letters may stand outside the marks of a direct quotation: "and", "that".
_STRAY = 4
_TRIVIAL = 1
# What opens a sentence and is not part of the words that it quotes: "However, “...”, he said".
_CONNECTIVE = re.compile(
    r"(?:However|But|And|Still|Instead|Meanwhile|Moreover|So|Yet|Indeed|Then),? "
)
_LABEL = re.compile(
    r"(?:.*(?:\s-+|[–—.;,\])…!?]))?\s*"
    r"(?:(?:[Mm]ore )?[Ff]rom |[Pp]er )?((?:the |[A-Z])[^.:;\]–—]{1,60}?)\s*:",
    re.DOTALL,
)
_BRACKETED = re.compile(r"([A-Z][\w’'-]+),? \((?:[RDI]|[A-Z][a-z]{0,4})[^()\n]{0,24}$")
# How far behind the last words of a statement its quotation may go on, in code points.
_NEARBY = 250


def statements(text: str, language: str | None = "en") -> list[Statement]:
    """Return what is said in ``text`` and by whom, in reading order.

    Only English is understood: other languages give no statements. Spans count code points of
    ``text``. Raises ModelMissing and ModelDamaged when the parser cannot be loaded.
    """
    if language is not None and not language.lower().startswith("en"):
        return []
    with _MEMORY:
        found = _REMEMBERED.get(text)
    if found is None:
        found = remember(text, _Reading(text).statements())
    return list(found)


def known_text(text: str) -> bool:
    """Whether the statements of a text are at hand, so that asking for them takes no time."""
    with _MEMORY:
        return text in _REMEMBERED


def remember(text: str, found: Iterable[Statement]) -> tuple[Statement, ...]:
    """Keep what these rules found in a text earlier, for whoever asks next."""
    kept = tuple(found)
    with _MEMORY:
        _REMEMBERED[text] = kept
    return kept


# An article is asked about once for each of its sentences.
_REMEMBERED: LRUCache[str, tuple[Statement, ...]] = LRUCache(maxsize=256)
_MEMORY = Lock()


class _Reading:
    """One article, read from its first sentence to its last."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.quotations = quotations(text)
        self.sentences = _parsed(fold(text, self.quotations))
        self.cast = Cast(text)
        self._starts = [_span(words)[0] for words in self.sentences]
        self._clauses = {
            item.start
            for words in self.sentences
            for item in self._quotes(*_span(words))
            if not item.whole and _is_clause(item, words)
        }
        self._reports = [self._found(words) for words in self.sentences]

    def statements(self) -> list[Statement]:
        """Read twice: who speaks most is known only after the first time."""
        first = self._read(None)
        spoken = Counter(
            item.speaker
            for item in first
            if item.speaker is not None and self.cast.is_person(item.speaker)
        )
        ranked = spoken.most_common(2)
        leads = ranked and (len(ranked) == 1 or ranked[0][1] > ranked[1][1])
        found = self._read(ranked[0][0]) if leads else first
        laid_out = transcript(self.text, self.cast) or signed(self.text, self.quotations, self.cast)
        return settled(found, laid_out) if laid_out else found

    # ---- one pass over the sentences ------------------------------------------------------------

    def _read(self, main: str | None) -> list[Statement]:
        resolver = Resolver(self.text, self.cast, main)
        found: list[Statement] = []
        pending: tuple[int, Report, Speaker] | None = None
        for number, words in enumerate(self.sentences):
            here: list[tuple[Report, Speaker | None]] = []
            self._note_names(resolver, number, words)
            for report in self._reports[number]:
                speaker = self._speaker(resolver, report, number)
                here.append((report, speaker))
                if report.source is not None and _leads(report, self._reports[number]):
                    resolver.spoke(number, speaker)
            made = [self._statement(number, report, speaker) for report, speaker in here]
            found += [item for item in made if item is not None]
            for quotation in self._loose(number, words):
                self._continue(number, quotation, found, pending)
            pending = self._pending(number, here)
        return sorted(found, key=lambda item: item.content[0])

    def _found(self, words: list[Word]) -> list[Report]:
        """Return a sentence's reports, with the quotations that stand beside them."""
        found = [item for item in reports(words) if not _skipped(item)]
        taken = {id(word) for item in found for part in item.content for word in part}
        for quotation, group in _grouped([word for word in words if word.quotation is not None]):
            if any(id(word) in taken for word in group) or self._named_before(words, quotation):
                continue
            governing = adjacent(group, words) or beside(group)
            known = [item for item in found if governing and item.verb is governing.verb]
            report = known[0] if known else governing or _nearest(found, group[0].index)
            if report is None:
                continue
            if report is governing:
                found.append(report)
            else:
                report.content.append(group)
        found = _with_tails(found, words)
        for item in found:
            item.source = aged(item.verb, words) or item.source
            if item.source is None:
                item.source = (
                    behind(item.verb, words)
                    or leading(item.verb, words)
                    or named(item.verb, words, item.content)
                    or (apposed(item.verb, words) if item.content else None)
                )
            item.source = self._before_brackets(item.source, words)
        return _within_denials(_with_speakers(self._without_labelled(found, words)))

    def _before_brackets(self, source: Word | None, words: list[Word]) -> Word | None:
        """Take the name before the brackets: "Gov. John Kasich (R-OH), said" is not said by OH."""
        if source is None:
            return None
        start = _span(words)[0]
        named = _BRACKETED.search(self.text, start, source.start)
        if named is None:
            return source
        return next((word for word in words if word.start == named.start(1)), source)

    def _without_labelled(self, found: list[Report], words: list[Word]) -> list[Report]:
        """Leave to a label what it introduces: "Pollsters agree - Ana Ruiz: “...”" is hers."""
        labelled = {
            id(word)
            for quotation, group in _grouped([word for word in words if word.quotation is not None])
            if self._named_before(words, quotation)
            for word in group
        }
        if labelled:
            for item in found:
                parts = [
                    [word for word in part if id(word) not in labelled] for part in item.content
                ]
                item.content = [part for part in parts if part]
        return found

    def _speaker(self, resolver: Resolver, report: Report, number: int) -> Speaker | None:
        if report.source is None:
            return None
        if report.source.lower in _PERSONS and (near := self._bracketing(report)) is not None:
            full = self.cast.full(near)
            mention = _span([report.source])
            return Speaker(mention, full.text, full.span, self.cast.is_person(full.text))
        phrase = _phrase(report.source, report.verb)
        start, end = _span(phrase)
        speaker = resolver.speaker(phrase, report.source, (start, end), number)
        if report.relative is not None:
            speaker = replace(speaker, mention=_span([report.relative]))
        return speaker

    def _bracketing(self, report: Report) -> Name | None:
        """Return the name before a quotation in brackets: "Ana Ruiz (“No,” she said)"."""
        for word in (word for part in report.content for word in part):
            if word.quotation is not None and self.text.endswith(" (", 0, word.quotation.start):
                at = word.quotation.start - 2
                return next((name for name in self.cast.mentions if name.span[1] == at), None)
        return None

    def _note_names(self, resolver: Resolver, number: int, words: list[Word]) -> None:
        """Tell the resolver whom a sentence names, outside its quotations."""
        start, end = _span(words)
        subjects = [
            word
            for word in words
            if _acts(word) and word.quotation is None and word.tag.startswith("NNP")
        ]
        self._note_pronoun(resolver, number, words)
        quoted = self._quotes(start, end)
        for name in self._names(start, end):
            at = name.span[0]
            if not any(item.start <= at < item.end for item in quoted):
                mine = [word for word in subjects if at <= word.start < name.span[1]]
                main = any(map(_of_sentence, mine))
                resolver.note(number, self.cast.full(name), at, subject=bool(mine), main=main)

    def _note_pronoun(self, resolver: Resolver, number: int, words: list[Word]) -> None:
        """Tell the resolver whom a sentence is about: "She was elected when Ana Ruiz left".

        And the holder of an office: "But the president has acknowledged it".
        """
        for word in words:
            if word.relation in SUBJECTS and word.quotation is None and _of_sentence(word):
                holder = resolver.holder([*word.children, word])
                if holder is not None:
                    resolver.note(number, holder, word.start, subject=True, main=True)
            if word.lower in _PERSONS and word.relation in SUBJECTS and _of_sentence(word):
                meant = resolver.pronoun(_PERSONS[word.lower], number, word.start)
                if meant is not None:
                    resolver.note(number, meant, word.start, subject=True, main=True)

    def _names(self, start: int, end: int) -> list[Name]:
        return [name for name in self.cast.mentions if start <= name.span[0] < end]

    def _quotes(self, start: int, end: int) -> list[Quotation]:
        return [item for item in self.quotations if item.start < end and start < item.end]

    # ---- making statements ----------------------------------------------------------------------

    def _statement(self, number: int, report: Report, speaker: Speaker | None) -> Statement | None:
        """Make the statement of a report, None where nothing is left of its content."""
        content = self._content(report)
        return self._made(number, report, speaker, content) if content else None

    def _pending(
        self, number: int, here: list[tuple[Report, Speaker | None]]
    ) -> tuple[int, Report, Speaker] | None:
        """Return a report that waits for its quotation: "Cruz continued:", "She said."."""
        end = _span(self.sentences[number])[1]
        introduces = self.text[:end].rstrip().endswith(":") or self.text.startswith(":", end)
        for report, speaker in reversed(here):
            plain = introduces or (speaker is not None and (speaker.person or speaker.name is None))
            if speaker is not None and not report.content and "s" in report.frames and plain:
                return number, report, speaker
        return None

    def _begins(self, number: int, quotation: Quotation) -> bool:
        return self.text[_span(self.sentences[number])[0] : quotation.start].strip() == ""

    def _made(
        self, number: int, report: Report, speaker: Speaker | None, content: tuple[Span, ...]
    ) -> Statement:
        medium, day = medium_and_day(report.verb)
        cue = _span(report.cue)
        return Statement(
            speaker=speaker.name if speaker else None,
            speaker_span=speaker.span if speaker else None,
            mention=speaker.mention if speaker else None,
            cue=self.text[slice(*cue)],
            cue_span=cue,
            content=content,
            types=tuple(map(self._type, content)),
            spoken="s" in report.frames,
            denied=report.denied,
            negated=report.negated,
            hedged=report.hedged,
            medium=self._words(medium),
            when=self._words(day),
            sentence=_span(self.sentences[number]),
        )

    def _words(self, words: list[Word]) -> str | None:
        return self.text[slice(*_span(words))] if words else None

    def _content(self, report: Report) -> tuple[Span, ...]:
        spans: list[Span] = []
        avoid = [_span(report.cue)]
        for words in report.content:
            for part in _runs(_antecedent(words, report.verb), report):
                span = self._snapped(*self._quoted_first(part))
                if span is not None and not any(a < span[1] and span[0] < b for a, b in avoid):
                    spans.append(span)
        return tuple(_merged(sorted(set(spans))))

    def _quoted_first(self, words: list[Word]) -> Span:
        """Return a stretch of content without what follows its quotation to describe the speaker.

        "“...,” the team's owner, Ana Ruiz said": the owner is not quoted.
        """
        start, end = _span(words)
        first = words[0].quotation
        if first is not None and first.inner[1] < end and self.text[first.inner[1] - 1] == ",":
            rest = [word for word in words if word.quotation is not first]
            if rest and not any(word.tag.startswith(("VB", "MD")) for word in rest):
                return start, first.end
        return start, end

    def _snapped(self, start: int, end: int) -> Span | None:
        """Trim punctuation, and take quotation marks in or leave them out in pairs."""
        for item in self._quotes(start - 2, end + 2):
            inside = min(end, item.inner[1]) - max(start, item.inner[0])
            if inside > 0 and item.inner[0] >= start - 2 and item.inner[1] <= end + 2:
                start, end = min(start, item.start), max(end, item.end)
        while start < end and self.text[start] in _EDGES + ".":
            start += 1
        while end > start and self.text[end - 1] in _EDGES + ".":
            end -= 1
        return (start, end) if end - start > _TRIVIAL else None

    def _type(self, span: Span) -> StatementType:
        """Tell how one span of content is said; words within a reported sentence are `mixed`."""
        start, end = span
        marks = self._quotes(start, end)
        if not marks:
            return "indirect"
        if (connective := _CONNECTIVE.match(self.text, start, end)) is not None:
            start = connective.end()
        outside = sum(
            self.text[at].isalnum() and not any(item.start <= at < item.end for item in marks)
            for at in range(start, end)
        )
        if all(item.whole for item in marks):
            return "direct" if outside <= _STRAY else "mixed"
        whole = all(item.whole or item.start in self._clauses for item in marks)
        return "direct" if whole and not outside and start <= marks[0].start else "mixed"

    # ---- quotations without reporting words -----------------------------------------------------

    def _loose(self, number: int, words: list[Word]) -> list[Quotation]:
        taken = {
            id(word) for item in self._reports[number] for part in item.content for word in part
        }
        return [
            quotation
            for quotation, group in _grouped([word for word in words if word.quotation])
            if not any(id(word) in taken for word in group)
        ]

    def _continue(
        self,
        number: int,
        quotation: Quotation,
        found: list[Statement],
        pending: tuple[int, Report, Speaker] | None,
    ) -> None:
        """Give a whole quotation without a reporting word to the one who is speaking."""
        colon = self._before_colon(number, quotation)
        span = (quotation.start, quotation.end)
        if colon is not None:
            speaker, cue = colon
            found.append(
                Statement(
                    speaker=speaker.name,
                    speaker_span=speaker.span,
                    mention=speaker.mention,
                    cue=":",
                    cue_span=cue,
                    content=(span,),
                    types=("direct",),
                    sentence=_span(self.sentences[number]),
                )
            )
            return
        if pending is not None and pending[0] == number - 1 and self._begins(number, quotation):
            _, report, speaker = pending
            found.append(self._made(number - 1, report, speaker, (span,)))
            return
        at = self._speaking(quotation, found)
        if at is not None and not (found[at].asserted and found[at].spoken):
            # What follows a denial or a thought is said in its own right.
            before = found[at]
            found.append(
                Statement(
                    speaker=before.speaker,
                    speaker_span=before.speaker_span,
                    mention=before.mention,
                    cue=None,
                    cue_span=None,
                    content=(span,),
                    types=(self._type(span),),
                    sentence=_span(self.sentences[number]),
                )
            )
        elif at is not None:
            content = tuple(sorted((*found[at].content, span)))
            found[at] = replace(found[at], content=content, types=tuple(map(self._type, content)))

    def _before_colon(self, number: int, quotation: Quotation) -> tuple[Speaker, Span] | None:
        """Find "Trump:" and "- More from Blumenthal and Cohen:" before a quotation."""
        label = self._named_before(self.sentences[number], quotation)
        if label is None:
            return None
        colon = self.text.rindex(":", 0, quotation.start)
        names = self._names(*label)
        if not names and self.text[slice(*label)].split()[0].lower() in OPENERS - {"the"}:
            return None  # "For example:"
        if not names:
            written = self.text[slice(*label)]
            return Speaker(label, written, label, person=False), (colon, colon + 1)
        full = self.cast.full(names[0])
        return (
            Speaker(names[0].span, full.text, full.span, self.cast.is_person(full.text)),
            (colon, colon + 1),
        )

    def _named_before(self, words: list[Word], quotation: Quotation) -> Span | None:
        """Find the words without a verb before a colon and a quotation: "From the report:"."""
        start, _ = _span(words)
        lead = self.text[start : quotation.start].rstrip()
        if not lead.endswith(":"):
            return None
        label = _LABEL.fullmatch(lead)
        if label is None:
            return None
        span = (start + label.start(1), start + label.end(1))
        if any(w.tag.startswith("VB") for w in words if span[0] <= w.start < span[1]):
            return None
        if self.text[start : span[0]].rstrip().endswith(",") and any(
            "s" in CUES.get(w.lower, ("", ""))[1] for w in words if w.start < span[0]
        ):
            return None  # "He told reporters in Paris, Texas: “...”"
        return span

    def _speaking(self, quotation: Quotation, found: list[Statement]) -> int | None:
        """Return which statement a quotation goes on with: the last one nearby."""
        for index in range(len(found) - 1, -1, -1):
            item = found[index]
            if item.content[0][0] >= quotation.start or (item.mention is None and not item.speaker):
                continue
            last = max(item.content[-1][1], item.sentence[1])
            between = self.text[min(last, quotation.start) : quotation.start]
            breaks = len(re.findall(r"\n\s*", between))
            lead_in = between.rstrip().endswith(":") or self.text[:last].rstrip().endswith(":")
            if breaks > 1 or len(between) > _NEARBY:
                return None
            if breaks and not lead_in and not self._only_quotes(quotation):
                return None
            # "“...,” said Ruiz, who voted against it. “...”": a quotation goes on with one.
            return next(
                (
                    at
                    for at in range(index, -1, -1)
                    if found[at].sentence == item.sentence
                    and found[at].content[0][0] < quotation.start
                    and "direct" in found[at].types
                    and found[at].speaker
                ),
                index,
            )
        return None

    def _only_quotes(self, quotation: Quotation) -> bool:
        """Whether the paragraph begins with the quotation."""
        begin = self.text.rfind("\n", 0, quotation.start) + 1
        return not self.text[begin : quotation.start].strip(" \"“'‘")


def _acts(word: Word) -> bool:
    """Whether a word is a subject, names one, or does what is told: "sent by Ana Ruiz"."""
    above = word.head if word.relation == "appos" and word.head is not None else word
    agent = above.relation == "pobj" and above.head is not None and above.head.relation == "agent"
    return agent or above.relation in SUBJECTS


def _of_sentence(subject: Word) -> bool:
    """Whether a subject is that of its sentence, not of a clause in it."""
    above = subject.head if subject.relation == "appos" else subject
    return above is not None and above.head is not None and above.head.relation == "ROOT"


def _leads(report: Report, others: list[Report]) -> bool:
    """Whether somebody speaks here, and not only in what another one says."""
    return (
        bool(report.content)
        and "s" in report.frames
        and not any(
            report.verb is word
            for other in others
            if other is not report and other.source is not None
            for part in other.content
            for word in part
        )
    )


def _with_tails(found: list[Report], words: list[Word]) -> list[Report]:
    """Find what the parser hung elsewhere than on the reporting words at its end."""
    known = {id(item.verb): item for item in found}
    for word in words:
        item = known.get(id(word))
        if (item is None or not item.content) and (report := trailing(word, words)) is not None:
            found = [*(other for other in found if other is not item), report]
    return found


def _with_speakers(found: list[Report]) -> list[Report]:
    """Give what goes on without a subject to whoever speaks before: "..., adding that"."""
    before: Report | None = None
    for item in sorted(found, key=lambda report: report.verb.index):
        if item.source is not None:
            before = item if "s" in item.frames else before
        elif item.verb.tag == "VBG" and before is not None and not item.hedged:
            item.source, item.relative = before.source, before.relative
    return found


def _within_denials(found: list[Report]) -> list[Report]:
    """Mark what is reported inside of a denial, or of what nobody has said for sure."""
    for outer in found:
        inside = {id(word) for part in outer.content for word in part}
        for inner in found:
            if inner is not outer and id(inner.verb) in inside:
                inner.denied |= outer.denied
                inner.negated |= outer.negated
                inner.hedged |= outer.hedged
    return found


_DOES = frozenset(
    """went goes go going continued took taken led leading leads prompted prompting caused causing
    forced forcing came rushed continue continues begin begins began begun start starts
    started""".split()
)
"""Before an infinitive of saying, what tells that it was said: "led Ruiz to say"."""


def _skipped(report: Report) -> bool:
    """Leave out what nobody has said yet: "wants to say"."""
    verb = report.verb
    if not any(child.lower == "to" and child.relation == "aux" for child in verb.children):
        return False
    head = verb.head
    return not (head is not None and head.lower in _DOES)


def _parsed(folded: Folded) -> list[list[Word]]:
    """Parse the folded text, and give the words their places in the article."""
    found = parse(folded.text, folded.starts)
    for words in found:
        for word in words:
            word.quotation = folded.quotation(word.start)
            word.start, word.end = folded.original(word.start, word.end)
    return [words for words in found if words]


def _span(words: list[Word]) -> Span:
    return min(word.start for word in words), max(word.end for word in words)


def _grouped(words: list[Word]) -> list[tuple[Quotation, list[Word]]]:
    groups: dict[int, tuple[Quotation, list[Word]]] = {}
    for word in words:
        if word.quotation is not None:
            groups.setdefault(word.quotation.start, (word.quotation, []))[1].append(word)
    return list(groups.values())


def _nearest(found: list[Report], at: int) -> Report | None:
    """Return the report nearest to a quotation that can report one."""
    fitting = [item for item in found if "q" in item.frames and item.verb.tag.startswith("VB")]
    return min(
        fitting, key=lambda item: (item.source is None, abs(item.verb.index - at)), default=None
    )


def _phrase(source: Word, verb: Word) -> list[Word]:
    """Return the words of a speaker's phrase without the clause that reports."""
    below: set[int] = set()
    if any(word is verb for word in source.subtree()):
        below = set(map(id, verb.subtree()))
    cut = [
        child
        for child in source.children
        if child.relation in ("relcl", "acl", "advcl", "cc", "conj", "parataxis", "ccomp")
        and child.relation not in ("cc", "conj")
    ]
    for child in cut:
        below |= set(map(id, child.subtree()))
    words = [word for word in source.subtree() if id(word) not in below]
    while words and words[-1].relation == "punct" and words[-1] is not source:
        words.pop()
    return words or [source]


def _is_clause(quotation: Quotation, words: list[Word]) -> bool:
    """Whether somebody's words are a clause with subject and verb: 'said "it must stop now"'."""
    inside = [word for word in words if quotation.start <= word.start < quotation.end]
    known = set(map(id, inside))
    tops = [word for word in inside if word.head is None or id(word.head) not in known]
    verbs = [word for word in tops if word.relation != "punct"]
    return (
        len(verbs) == 1
        and verbs[0].relation in ("ccomp", "ROOT", "conj")
        and bool(verbs[0].kids(*SUBJECTS, "expl"))
    )


def _runs(words: list[Word], report: Report) -> list[list[Word]]:
    """Split content where the cue or the source stands in it."""
    banned = {id(word) for word in report.cue}
    if report.source is not None:
        inside = {id(word) for word in words}
        phrase = _phrase(report.source, report.verb)
        if not all(id(word) in inside for word in phrase) or report.source.head is report.verb:
            banned |= {id(word) for word in phrase}
    runs: list[list[Word]] = [[]]
    previous: Word | None = None
    for word in words:
        if id(word) in banned:
            runs.append([])
        else:
            if previous is not None and word.index > previous.index + 1 and runs[-1]:
                gap_has_cue = previous.index < report.verb.index < word.index
                if gap_has_cue:
                    runs.append([])
            runs[-1].append(word)
        previous = word
    return [
        run
        for run in runs
        if any(word.relation != "punct" and word.tag not in _EMPTY for word in run)
    ]


def _antecedent(words: list[Word], verb: Word) -> list[Word]:
    """Put what "which" stands for in its place, and leave out words that say nothing alone."""
    empty = [word for word in words if word.tag in _EMPTY]
    if len(empty) < len([word for word in words if word.relation != "punct"]):
        return words
    if verb.relation != "relcl" or verb.head is None or not words:
        return []
    below = set(map(id, verb.subtree()))
    return [word for word in verb.head.subtree() if id(word) not in below]


_EMPTY = ("WDT", "WP", "IN", "TO")


def _merged(spans: list[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, end in spans:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
