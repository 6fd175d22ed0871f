"""A run on disk: a folder of JSON Lines from which every figure can be made again.

run.json       suite, system, settings, fingerprints, hashes, commit, versions, times
cases.jsonl    the cases that were asked
records.jsonl  what the system said, one line a case, in the order it was said
articles.jsonl the texts that quotes and passages point into
scores.jsonl   figures of each case       summary.json  of all of them (made by scoring)
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eval import jsonl
from eval.cases import Case, case_from_row, case_to_row
from eval.errors import RunError
from eval.record import RECORD, Record

Texts = Mapping[tuple[str, int], str]


@dataclass(frozen=True, slots=True)
class RunFolder:
    """Reads and writes one run."""

    path: Path

    def info(self) -> dict[str, Any]:
        """Return run.json; raises RunError where there is none."""
        try:
            loaded: dict[str, Any] = json.loads((self.path / "run.json").read_text())
        except (OSError, ValueError) as error:
            raise RunError(
                f"{self.path} is no run folder: {error}.",
                remedy="`dateline eval run SUITE` makes one.",
            ) from error
        return loaded

    def write_info(self, info: Mapping[str, Any]) -> None:
        """Write run.json."""
        self.path.mkdir(parents=True, exist_ok=True)
        (self.path / "run.json").write_text(json.dumps(info, indent=1, ensure_ascii=False) + "\n")

    def cases(self) -> tuple[Case, ...]:
        """Return the cases, in order."""
        path = self.path / "cases.jsonl"
        return tuple(case_from_row(row, f"{path}, line {n}") for n, row in jsonl.rows(path))

    def write_cases(self, cases: Iterable[Case]) -> None:
        """Write the cases."""
        self.path.mkdir(parents=True, exist_ok=True)
        jsonl.write(self.path / "cases.jsonl", (case_to_row(case) for case in cases))

    def records(self) -> dict[str, Record]:
        """Return the records by case; a line cut off by a crash counts as not there."""
        path = self.path / "records.jsonl"
        if not path.exists():
            return {}
        lines = path.read_bytes().split(b"\n")
        # What follows the last newline was not written to the end.
        read = [RECORD.validate_json(line) for line in lines[:-1] if line]
        return {record.case: record for record in read}

    def repair(self) -> None:
        """Take away a last line that was cut off, so that the next one begins a line."""
        path = self.path / "records.jsonl"
        if path.exists():
            data = path.read_bytes()
            path.write_bytes(data[: data.rfind(b"\n") + 1])

    def append(self, record: Record) -> None:
        """Write one more record."""
        with (self.path / "records.jsonl").open("ab") as file:
            file.write(RECORD.dump_json(record) + b"\n")

    def texts(self) -> dict[tuple[str, int], str]:
        """Return article texts by id and version; the current version is also at version 0."""
        path = self.path / "articles.jsonl"
        if not path.exists():
            raise RunError(
                f"{self.path} is unfinished.",
                remedy="Run it again with the same --out; what is done is kept.",
            )
        return {(row["id"], row["version"]): row["text"] for row in jsonl.values(path)}

    def write_texts(self, texts: Texts) -> None:
        """Write the article texts."""
        jsonl.write(
            self.path / "articles.jsonl",
            (
                {"id": article, "version": version, "text": text}
                for (article, version), text in sorted(texts.items())
            ),
        )
