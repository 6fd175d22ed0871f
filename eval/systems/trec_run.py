"""Another program's run, in TREC's format, scored as if it had been asked."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

from eval.cases import Case
from eval.errors import DataMissing
from eval.record import Cited, Ranked, Reply, Said
from eval.suite import Suite
from eval.systems.system import DEPTH
from eval.systems.texts import Texts
from eval.trec import field, read_run


class TrecRun(Texts):
    """Plays back ``query Q0 document rank score tag``; documents are articles of the suite.

    Its answer is the first document, whole, as with the search baselines. A query that the run
    does not have is declined; a document that the suite does not have raises ArticleNotFound.
    """

    def __init__(self, path: Path, suite: Suite) -> None:
        super().__init__(suite)
        if not path.is_file():
            raise DataMissing(f"There is no {path}.", remedy="--system trec:FILE takes a run file.")
        self.name = f"trec:{path.name}"
        self._hash = hashlib.sha256(path.read_bytes()).hexdigest()
        self._found: dict[str, list[tuple[float, str]]] = defaultdict(list)
        for item in read_run(path):
            self._found[item.query_id].append((item.score, item.doc_id))
        for found in self._found.values():
            # By the score, as trec_eval has it; the ranks that are written do not count.
            found.sort(key=lambda pair: (-pair[0], pair[1]))

    def settings(self) -> Mapping[str, object]:
        """Return the checksum of the file."""
        return {"run": self._hash}

    def ask(self, case: Case) -> Reply:
        """Answer with the first document."""
        found = self._found.get(field(case.id), [])[:DEPTH]
        if not found:
            return Reply(text="", abstained=True, probability=False, query=case.question)
        ranked = tuple(
            Ranked(id=name, article=name, version=1, start=0, end=len(self.text(name)), score=score)
            for score, name in found
        )
        best, text = ranked[0], self.text(ranked[0].article)
        cited = Cited(number=1, article=best.article, version=1, passage=best.id,
                      start=0, end=best.end, quote=text)  # fmt: skip
        return Reply(
            text=f"{text} [1]",
            sentences=(Said(text=text, citations=(1,)),),
            citations=(cited,),
            confidence=best.score,
            probability=False,
            query=case.question,
            ranked=ranked,
        )

    def rank(self, case: Case, reply: Reply) -> Reply:  # noqa: ARG002
        """Add nothing: the file is all there is."""
        return reply
