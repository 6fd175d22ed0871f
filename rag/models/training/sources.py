"""Units from each data set whose licence lets it into weights that are given away."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

from rag.models.training.examples import (
    Example,
    Unit,
    lines,
    mentions,
    negative,
    positive,
    texts,
    twin,
)
from rag.models.training.text import Nearest, Span, Text, Window, held_out

Source = Callable[[Random], Iterator[Unit]]

SPAN_WORDS = 8


class Newsdesk:
    """News questions and claims with evidence, near misses, and twins."""

    def __init__(self, folder: Path) -> None:
        every = texts(folder / "documents.jsonl.gz")
        self.texts = {key: text for key, text in every.items() if not held_out(key, "newsdesk")}
        self.questions = [q for q in lines(folder / "questions.jsonl") if q["doc_id"] in self.texts]
        self.claims = [c for c in lines(folder / "claims.jsonl") if c["doc_id"] in self.texts]
        self._windows: dict[str, list[Window]] = {k: t.windows() for k, t in self.texts.items()}
        self._own = {key: Nearest(windows) for key, windows in self._windows.items()}
        self._all = Nearest([w for windows in self._windows.values() for w in windows])

    def ask(self, chance: Random) -> Iterator[Unit]:
        """Give each question once."""
        for q in self.questions:
            evidence = [(e["start"], e["end"]) for e in q["evidence"]]
            answer = "" if q["type"] == "yesno" else q.get("answer")
            yield self._unit(q["question"], q["doc_id"], evidence, q.get("cut"), answer, chance)

    def claim(self, chance: Random) -> Iterator[Unit]:
        """Give each claim once, as the question that decides it."""
        for c in self.claims:
            evidence = [(e["start"], e["end"]) for e in c["evidence"]]
            question = f"Is it true or false: {c['claim']}"
            yield self._unit(question, c["doc_id"], evidence, None, "", chance)

    def _unit(
        self,
        question: str,
        document: str,
        evidence: list[Span],
        cut: list[Span] | None,
        answer: str | None,
        chance: Random,
    ) -> Unit:
        if not evidence:
            near = self._own[document].ranked(question, 3) or self._windows[document][:1]
            taken = near[:1] + (chance.sample(near[1:], 1) if len(near) > 1 else [])
            taken = taken[: 1 + (chance.random() < 0.5)]
            return tuple(self._negative(question, w, chance) for w in taken)
        text = self.texts[document]
        window = text.around(evidence, chance)
        if window is None:
            return ()
        gone = [(start, end) for start, end in cut] if cut else evidence
        unit = [positive(question, window, evidence, answer=answer, unsure=gone)]
        other = twin(text, gone, window, chance)
        if other is not None:
            unit.append(negative(question, other))
        if chance.random() < 0.6:
            unit += self._hard(question, document, gone, answer, chance)
        return tuple(unit)

    def _hard(
        self, question: str, document: str, gone: list[Span], answer: str | None, chance: Random
    ) -> list[Example]:
        """Pick a near window of the same article or of another one."""
        if chance.random() < 0.6:
            near = self._own[document].ranked(question, 6)
            near = [w for w in near if not w.overlaps(gone)][:2]
            parts = [self.texts[document].part(w, question, chance) for w in near]
            clean = [negative(question, w) for w in parts if not w.overlaps(gone)]
            return clean[:1]
        near = self._all.ranked(question, 12)
        near = [w for w in near if w.document != document][:3]
        if answer:
            near = [w for w in near if answer.lower() not in w.text.lower()]
        return [self._negative(question, chance.choice(near), chance)] if near else []

    def _negative(self, question: str, window: Window, chance: Random) -> Example:
        return negative(question, self.texts[window.document].part(window, question, chance))


class Extractive:
    """Questions whose answer is a string of one document: SQuAD 2.0, COVID-QA, TimeQA."""

    def __init__(self, folder: Path, rule: str | None = None) -> None:
        suffix = ".jsonl" if (folder / "questions.jsonl").exists() else ".jsonl.gz"
        every = texts(folder / "documents.jsonl.gz")
        self.texts = {k: t for k, t in every.items() if rule is None or not held_out(k, rule)}
        self.questions = [
            q for q in lines(folder / f"questions{suffix}") if q["evidence_ids"][0] in self.texts
        ]
        self._own = {key: Nearest(text.windows()) for key, text in self.texts.items()}

    def ask(self, chance: Random) -> Iterator[Unit]:
        """Give each question once."""
        for q in self.questions:
            text = self.texts[q["evidence_ids"][0]]
            near = self._own[text.document].ranked(q["question"], 4)
            if not q["answerable"]:
                yield tuple(
                    negative(q["question"], text.part(w, q["question"], chance)) for w in near[:1]
                )
                continue
            found = _answered(q, text, near)
            window = text.around(found[:1], chance) if found else None
            if window is None:
                continue
            said = mentions(text, q["answers"])
            # Whole clauses as answers (COVID-QA has many) would teach long spans.
            first = q["answers"][0] if len(q["answers"][0].split()) <= SPAN_WORDS else None
            unit = [positive(q["question"], window, found[:1], answer=first, unsure=said)]
            gone = [*said, *_sentences(text, found)]
            chosen = chance.random()
            if chosen < 0.4:
                other = twin(text, gone, window, chance)
                unit += [negative(q["question"], other)] if other else []
            elif chosen < 0.7:
                rest = [w for w in near if not w.overlaps(gone)]
                parts = [text.part(w, q["question"], chance) for w in rest[:2]]
                clean = [negative(q["question"], w) for w in parts if not w.overlaps(gone)]
                unit += clean[:1]
            yield tuple(unit)


def clapnq(folder: Path) -> Source:
    """Return the long-form questions: evidence sentences without a span."""
    documents = texts(folder / "documents.jsonl.gz")
    questions = lines(folder / "questions.jsonl")

    def ask(chance: Random) -> Iterator[Unit]:
        for q in questions:
            text = documents[q["evidence_ids"][0]]
            chosen = {" ".join(s.split()) for part in q["selected_sentences"] for s in part}
            evidence = [_find(text.text, sentence) for sentence in sorted(chosen)]
            found = [span for span in evidence if span is not None]
            if q["answerable"] and found:
                window = text.around(sorted(found), chance)
                if window is not None:
                    yield (positive(q["question"], window, found),)
            elif not q["answerable"]:
                yield tuple(negative(q["question"], w) for w in text.windows()[:1])

    return ask


def ramdocs(folder: Path) -> Source:
    """Return questions with documents that state an answer, right or wrong, and noise."""
    documents = {record["id"]: record for record in lines(folder / "documents.jsonl.gz")}
    questions = lines(folder / "questions.jsonl")

    def ask(chance: Random) -> Iterator[Unit]:
        for q in questions:
            kinds: dict[bool, list[Example]] = defaultdict(list)
            for entry in q["evidence"]:
                record = documents[entry["id"]]
                text = Text(record["id"], None, None, record["text"])
                said = mentions(text, [record["doc_answer"]])
                if record["doc_type"] == "noise":
                    kinds[False] += [negative(q["question"], w) for w in text.windows()[:1]]
                elif said and (window := text.around(said[:1], chance)) is not None:
                    kinds[True].append(
                        positive(
                            q["question"],
                            window,
                            said[:1],
                            answer=record["doc_answer"],
                            unsure=said,
                        )
                    )
            for group in kinds.values():
                chance.shuffle(group)
            yield (*kinds[True][:3], *kinds[False][:2])

    return ask


def _answered(q: dict[str, Any], text: Text, near: list[Window]) -> list[Span]:
    """Return where the answer stands: as the data says, else in the nearest windows."""
    if q.get("answer_start"):
        start, answer = q["answer_start"][0], q["answers"][0]
        return _sentences(text, [(start, start + len(answer.rstrip()))])
    said = mentions(text, q["answers"][:1])
    for window in near:
        inside = [span for span in said if window.overlaps([span])]
        if inside:
            return inside
    return said


def _sentences(text: Text, spans: list[Span]) -> list[Span]:
    """Return the sentences that the spans touch."""
    return [(s, e) for s, e in text.spans if any(s < end and e > start for start, end in spans)]


def _find(text: str, sentence: str) -> Span | None:
    at = text.find(sentence)
    return (at, at + len(sentence)) if at >= 0 else None
