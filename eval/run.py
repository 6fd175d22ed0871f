"""Ask every case of a suite and store what was said."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, cast

from eval import origin
from eval.cases import Case
from eval.errors import RunError
from eval.folder import RunFolder
from eval.record import Record
from eval.suite import Suite
from eval.systems.system import Attributor, Base, System, Verifier
from rag.errors import ArticleNotFound, DatelineError

Progress = Callable[[int], None]
SAME = ("suite", "system", "data", "settings")
"""What a run that goes on must share with the one that was cut off."""


def run(
    suite: Suite,
    system: Base,
    folder: RunFolder,
    *,
    jobs: int = 1,
    progress: Progress = lambda _: None,
    ingest: dict[str, Any] | None = None,
    basis: Mapping[str, str] | None = None,
) -> RunFolder:
    """Ask what is not asked yet, with ``jobs`` threads, and complete the folder.

    ``progress`` is called with the number of cases done; ``ingest`` and ``basis`` are kept. A case
    that fails is recorded with its error and asked again when the run goes on. Raises RunError
    where the folder holds another run.
    """
    records = begin(suite, system, folder, jobs, ingest, basis)
    progress(len(records))
    todo = [case for case in suite.cases if case.id not in records]
    system.warm()
    begun = time.perf_counter()
    for record in _ask_all(todo, system, jobs):
        folder.append(record)
        records[record.case] = record
        progress(1)
    finish(suite, system, folder, records.values(), time.perf_counter() - begun)
    return folder


def begin(
    suite: Suite,
    system: Base,
    folder: RunFolder,
    jobs: int = 1,
    ingest: dict[str, Any] | None = None,
    basis: Mapping[str, str] | None = None,
) -> dict[str, Record]:
    """Begin a run or go on with it: return what was said so far, by case; failures are not.

    Raises RunError where the folder holds another run.
    """
    _begin(folder, {**_info(suite, system, jobs, ingest), "basis": dict(basis or {})}, suite)
    return {case: record for case, record in folder.records().items() if record.error is None}


def finish(
    suite: Suite, system: Base, folder: RunFolder, records: Iterable[Record], seconds: float
) -> None:
    """Add the texts that the records point into, and the time."""
    stored = folder.info()
    stored["seconds"] = round(stored.get("seconds", 0.0) + seconds, 3)
    stored["finished"] = datetime.now(UTC).isoformat(timespec="seconds")
    folder.write_texts(_texts(suite.cases, records, system))
    folder.write_info(stored)


def ask(case: Case, system: Base) -> Record:
    """Ask one case for what it is about; a failure is a record too."""
    begun = time.perf_counter()
    try:
        record = _said(case, system)
        spent = (time.perf_counter() - begun) * 1000
        if record.reply is not None:
            # Only the evaluation needs this search, so it is not in the time.
            reply = cast(System, system).rank(case, record.reply)
            record = replace(record, reply=reply)
    except DatelineError as error:
        spent = (time.perf_counter() - begun) * 1000
        return _failed(case, f"{error.code}: {error}", spent)
    except (ArithmeticError, AttributeError, LookupError, OSError, RuntimeError, TypeError,
            ValueError) as error:  # fmt: skip
        # A defect is one failed case, counted aloud, not the end of a long run.
        spent = (time.perf_counter() - begun) * 1000
        return _failed(case, f"{type(error).__name__}: {error}", spent)
    return replace(record, milliseconds=round(spent, 3))


def _said(case: Case, system: Base) -> Record:
    if case.claim is not None:
        return Record(case=case.id, verdict=cast(Verifier, system).verify(case))
    if case.spoken is None:
        return Record(case=case.id, reply=cast(System, system).ask(case))
    asked = cast(Attributor, system)
    if case.spoken.asked:
        return Record(case=case.id, attributed=(asked.attribute(case),))
    return Record(case=case.id, attributed=asked.statements(case))


def _failed(case: Case, error: str, spent: float) -> Record:
    return Record(case=case.id, error=error, milliseconds=round(spent, 3))


def _ask_all(cases: Iterable[Case], system: Base, jobs: int) -> Iterable[Record]:
    """Yield records as they come; never more than a few cases wait, so Ctrl-C ends it soon."""
    if jobs == 1:
        for case in cases:
            yield ask(case, system)
        return
    with ThreadPoolExecutor(jobs) as pool:
        waiting: set[Future[Record]] = set()
        for case in cases:
            waiting.add(pool.submit(ask, case, system))
            if len(waiting) >= 2 * jobs:
                done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                for future in done:
                    yield future.result()
        for future in waiting:
            yield future.result()


def _info(suite: Suite, system: Base, jobs: int, ingest: dict[str, Any] | None) -> dict[str, Any]:
    return {
        "suite": suite.name,
        "task": suite.task,
        "system": system.name,
        "data": {"articles": suite.articles_hash, "cases": suite.cases_hash},
        "settings": dict(system.settings()),
        "notes": list(suite.notes),
        "counts": {"articles": len(suite.articles), "cases": len(suite.cases)},
        "ingest": ingest,
        "jobs": jobs,
        "commit": origin.commit(),
        "versions": origin.versions(),
        "machine": origin.machine(),
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def _begin(folder: RunFolder, info: dict[str, Any], suite: Suite) -> None:
    if not (folder.path / "run.json").exists():
        if folder.path.exists() and any(folder.path.iterdir()):
            raise RunError(f"{folder.path} is there and is no run folder.")
        folder.write_info(info)
        folder.write_cases(suite.cases)
        return
    known = folder.info()
    for name in SAME:
        if known.get(name) != info[name]:
            raise RunError(
                f"{folder.path} holds a run with another {name}.",
                remedy="Give another --out, or remove the folder.",
            )
    folder.repair()


def _texts(
    cases: Iterable[Case], records: Iterable[Record], system: Base
) -> dict[tuple[str, int], str]:
    """Fetch each text that a record or the gold evidence points into; version 0 is the current."""
    wanted = {(gold.article, 0) for case in cases for group in case.evidence for gold in group}
    wanted |= {(name, 0) for case in cases if case.claim or case.spoken for name in case.within}
    for record in records:
        if record.reply is not None:
            wanted |= {(item.article, item.version) for item in record.reply.ranked}
            wanted |= {(item.article, item.version) for item in record.reply.citations}
    texts = {}
    for article, version in sorted(wanted):
        try:
            texts[article, version] = system.text(article, version or None)
        except ArticleNotFound:
            continue  # scored as what it is: evidence that is not in the collection
    return texts
