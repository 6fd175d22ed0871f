"""Units from each data set whose licence lets it into weights that are given away."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Any

from rag.models.training.alter import WORDS, altered, names, other_number, reworded, stated
from rag.models.training.examples import (
    CONTRADICTED,
    NEWSROOM,
    NOT_STATED,
    SUPPORTED,
    UNLABELLED,
    Example,
    Unit,
    lines,
    mentions,
    negative,
    newsroom,
    positive,
    texts,
    twin,
)
from rag.models.training.text import Nearest, Span, Text, Window, held_out

Source = Callable[[Random], Iterator[Unit]]

SPAN_WORDS = 8
SENTENCES = 2
"""How many sentences of an article become claims in one pass."""
VERDICTS = {"supported": SUPPORTED, "contradicted": CONTRADICTED, "not_stated": NOT_STATED}


class News:
    """News questions and claims with evidence, near misses, and twins."""

    def __init__(
        self,
        every: Mapping[str, Text],
        questions: Sequence[Mapping[str, Any]],
        claims: Sequence[Mapping[str, Any]],
    ) -> None:
        self.texts = {key: text for key, text in every.items() if not held_out(key, "newsdesk")}
        self.questions = [q for q in questions if q["doc_id"] in self.texts]
        self.claims = [c for c in claims if c["doc_id"] in self.texts]
        self._windows: dict[str, list[Window]] = {k: t.windows() for k, t in self.texts.items()}
        self._own = {key: Nearest(windows) for key, windows in self._windows.items()}
        self._all = Nearest([w for windows in self._windows.values() for w in windows])

    @classmethod
    def newsdesk(cls, folder: Path) -> News:
        """Read the set that comes with its articles."""
        return cls(
            texts(folder / "documents.jsonl.gz"),
            lines(folder / "questions.jsonl"),
            lines(folder / "claims.jsonl"),
        )

    @classmethod
    def newsroom(cls, articles: Path, annotations: Path = NEWSROOM) -> News:
        """Read our own annotations, which give offsets in articles of news26k."""
        return cls(*newsroom(articles, annotations))

    def ask(self, chance: Random) -> Iterator[Unit]:
        """Give each question once."""
        for q in self.questions:
            evidence = [(e["start"], e["end"]) for e in q["evidence"]]
            answer, verdict = q.get("answer"), UNLABELLED
            if q["type"] == "yesno":
                answer, verdict = "", SUPPORTED if answer == "yes" else CONTRADICTED
            yield self._unit(
                q["question"], q["doc_id"], evidence, q.get("cut"), answer, chance, verdict
            )

    def claim(self, chance: Random) -> Iterator[Unit]:
        """Give each claim once."""
        for c in self.claims:
            evidence = [(e["start"], e["end"]) for e in c["evidence"]]
            yield self._unit(
                c["claim"], c["doc_id"], evidence, None, "", chance, verdict=VERDICTS[c["label"]]
            )

    def altered(self, chance: Random) -> Iterator[Unit]:
        """Give a few sentences of each article, as they are and with one thing altered."""
        for document, text in self.texts.items():
            known = names(text.text)
            fit = [s for s in text.spans if len(text.text[slice(*s)].split()) in WORDS]
            for span in chance.sample(fit, min(SENTENCES, len(fit))):
                sentence = " ".join(text.text[slice(*span)].split())
                window = text.around([span], chance)
                true, base = reworded(sentence, chance), reworded(sentence, chance)
                false = altered(base, known, chance)
                if window is None or false is None:
                    continue
                unit = [
                    positive(claim, window, [span], answer="", verdict=verdict)
                    for claim, verdict in ((true, SUPPORTED), (false, CONTRADICTED))
                ]
                if chance.random() < 0.35:
                    unit += self._elsewhere(true, document, [span], None, NOT_STATED, chance)
                yield tuple(unit)

    def answered(self, chance: Random) -> Iterator[Unit]:
        """Give questions of fact with their answer, and with another, as claims."""
        for q in self.questions:
            if q["type"] != "fact":
                continue
            text = self.texts[q["doc_id"]]
            evidence = [(e["start"], e["end"]) for e in q["evidence"]]
            window = text.around(evidence, chance)
            wrong = _other_answer(q["answer"], text.text, window.text if window else "", chance)
            if window is None or wrong is None:
                continue
            gone = [(start, end) for start, end in q["cut"]] if q.get("cut") else evidence
            yield tuple(
                positive(
                    stated(q["question"], answer),
                    window,
                    evidence,
                    answer="",
                    unsure=gone,
                    verdict=verdict,
                )
                for answer, verdict in ((q["answer"], SUPPORTED), (wrong, CONTRADICTED))
            )

    def _unit(
        self,
        question: str,
        document: str,
        evidence: list[Span],
        cut: list[Span] | None,
        answer: str | None,
        chance: Random,
        verdict: int = UNLABELLED,
    ) -> Unit:
        none = UNLABELLED if verdict == UNLABELLED else NOT_STATED
        if not evidence:
            near = self._own[document].ranked(question, 4) or self._windows[document][:1]
            taken = near[:1] + (chance.sample(near[1:], 1) if len(near) > 1 else [])
            return tuple(self._negative(question, w, none, chance) for w in taken)
        text = self.texts[document]
        window = text.around(evidence, chance)
        if window is None:
            return ()
        gone = [(start, end) for start, end in cut] if cut else evidence
        unit = [positive(question, window, evidence, answer=answer, unsure=gone, verdict=verdict)]
        other = twin(text, gone, window, chance)
        if other is not None:
            unit.append(negative(question, other, none))
        if chance.random() < 0.75:
            unit += self._hard(question, document, gone, answer, none, chance)
        return tuple(unit)

    def _hard(
        self,
        question: str,
        document: str,
        gone: list[Span],
        answer: str | None,
        verdict: int,
        chance: Random,
    ) -> list[Example]:
        """Pick a near window of the same article or of another one."""
        if chance.random() < 0.5:
            near = self._own[document].ranked(question, 6)
            near = [w for w in near if not w.overlaps(gone)][:2]
            parts = [self.texts[document].part(w, question, chance) for w in near]
            clean = [negative(question, w, verdict) for w in parts if not w.overlaps(gone)]
            return clean[:1]
        return self._elsewhere(question, document, gone, answer, verdict, chance)

    def _elsewhere(
        self,
        question: str,
        document: str,
        gone: list[Span],
        answer: str | None,
        verdict: int,
        chance: Random,
    ) -> list[Example]:
        """Pick one of the windows of other articles that a search would propose."""
        near = self._all.ranked(question, 16)
        near = [w for w in near if w.document != document][:4]
        if answer:
            near = [w for w in near if answer.lower() not in w.text.lower()]
        # Reprints say the same.
        told = {self.texts[document].text[start:end] for start, end in gone}
        near = [w for w in near if not any(part in w.text for part in told)]
        return [self._negative(question, chance.choice(near), verdict, chance)] if near else []

    def _negative(self, question: str, window: Window, verdict: int, chance: Random) -> Example:
        part = self.texts[window.document].part(window, question, chance)
        return negative(question, part, verdict)


def _other_answer(answer: str, article: str, window: str, chance: Random) -> str | None:
    """Return a wrong answer of the same kind: a near number, or another name, nearby first."""
    if re.search(r"\d", answer):
        numbers = [n for n in re.findall(r"\d[\d,]*(?:\.\d+)?", window) if n not in answer]
        found = re.search(r"\d[\d,]*(?:\.\d+)?", answer)
        if found is None:
            return None
        number = found.group().rstrip(",")
        near = [n.rstrip(",") for n in numbers if len(n.rstrip(",")) == len(number)]
        new = chance.choice(near) if near and chance.random() < 0.6 else None
        return answer.replace(number, str(new or other_number(number, chance)), 1)
    if not answer[:1].isupper() or len(answer.split()) > 4:
        return None
    for part in (window, article):
        near = [n for n in names(part) if n not in answer and answer not in n]
        same = [n for n in near if len(n.split()) == len(answer.split())] or near
        if same:
            return str(chance.choice(same))
    return None


class Extractive:
    """Questions whose answer is a string of one document: SQuAD 2.0, COVID-QA, TimeQA."""

    def __init__(self, folder: Path, rule: str | None = None) -> None:
        suffix = ".jsonl" if (folder / "questions.jsonl").exists() else ".jsonl.gz"
        every = texts(folder / "documents.jsonl.gz")
        self.texts = {k: t for k, t in every.items() if rule is None or not held_out(k, rule)}
        self.questions = [
            q for q in lines(folder / f"questions{suffix}") if q["evidence_ids"][0] in self.texts
        ]
        windows = {key: text.windows() for key, text in self.texts.items()}
        self._own = {key: Nearest(mine) for key, mine in windows.items()}
        self._all = Nearest([window for mine in windows.values() for window in mine])

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
            other = twin(text, gone, window, chance)
            if other is not None:
                unit.append(negative(q["question"], other))
            if chance.random() < 0.4:
                unit += self._hard(q, text, near, gone, chance)
            yield tuple(unit)

    def _hard(
        self, q: dict[str, Any], text: Text, near: list[Window], gone: list[Span], chance: Random
    ) -> list[Example]:
        """Pick a near window of the document, or else of another one."""
        rest = [w for w in near if not w.overlaps(gone)]
        parts = [text.part(w, q["question"], chance) for w in rest[:2]]
        clean = [negative(q["question"], w) for w in parts if not w.overlaps(gone)]
        if clean:
            return clean[:1]
        answers = [answer.lower() for answer in q["answers"]]
        others = [
            w
            for w in self._all.ranked(q["question"], 8)
            if w.document != text.document and not any(a in w.text.lower() for a in answers)
        ][:4]
        return [negative(q["question"], chance.choice(others))] if others else []


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
