"""Work on jobs in the background: one thread, one job at a time, gone on with after a crash."""

from __future__ import annotations

import logging
import os
import shutil
import socket
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from threading import Event, Thread
from typing import Any, Self

from rag.errors import (
    CatalogueUnreachable,
    DatelineError,
    InputError,
    SourceUnreadable,
    UrlForbidden,
)
from rag.ingest import load
from rag.ingest.load import Item
from rag.ingest.options import Options
from rag.ingest.urls import is_url
from rag.ingesting import FeedMemory, Ingesting
from rag.store.jobs import LOST_AFTER, Jobs
from rag.store.uploads import Uploads
from rag.types import Job, JobItem, JobState, Refused, Stored

log = logging.getLogger("dateline.jobs")

POLL_SECONDS = 1.0
# How often progress is written: often enough to watch, seldom enough to cost nothing.
NOTE_SECONDS, NOTE_ITEMS = 0.5, 50
BEAT_SECONDS = LOST_AFTER.total_seconds() / 6


class Worker:
    """Takes jobs and does them, until it is stopped.

    A job that its process did not finish, killed or stopped, is done again from its beginning by
    whoever comes next: what was stored is found unchanged, so nothing is stored twice.
    ``spool`` is the folder of what was uploaded for jobs, a folder each, removed when the job has
    ended. With ``uploads`` they come from there, whichever host they were uploaded to.
    """

    def __init__(
        self, jobs: Jobs, ingesting: Ingesting, spool: Path, uploads: Uploads | None = None
    ) -> None:
        self._jobs = jobs
        self._uploads = uploads
        self._ingesting = ingesting
        self._spool = spool
        self._owner = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
        self._stopping = Event()
        self._waking = Event()
        self._thread = Thread(target=self._run, name="dateline-jobs", daemon=True)

    def start(self) -> None:
        """Begin to look for jobs."""
        self._thread.start()

    def wake(self) -> None:
        """Look for a job now, not at the next poll."""
        self._waking.set()

    def stop(self) -> None:
        """Stop after the article in hand; the job goes back to those that wait."""
        self._stopping.set()
        self._waking.set()
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        if self._jobs.queue is not None:
            self._jobs.queue.serve(self._given, self._stopping)
            return
        while not self._stopping.is_set():
            self._waking.clear()
            try:
                job = self._jobs.claim(self._owner)
                if job is not None:
                    self._work(job)
                    continue
            except DatelineError:
                # The catalogue is busy or its disk is full: what is written down stays to be done.
                log.exception("Jobs cannot be worked on now")
            self._waking.wait(POLL_SECONDS)

    def _given(self, job_id: str) -> None:
        """Do a job of the queue; raises Interrupted when it is to be done again."""
        from rag.store.queue import Interrupted

        job = self._jobs.begin(job_id, self._owner)
        if job is not None and not self._work(job):
            raise Interrupted

    def _work(self, job: Job) -> bool:
        """Do a job; False when it was given back. Raises CatalogueUnreachable."""
        log.info("%s begins", job.id)
        with _Beat(lambda: self._jobs.note(job.id, self._owner, [])) as beat:
            state: JobState = "done"
            code = error = None
            try:
                if not self._ingest(job, beat):
                    state = "cancelled"
            except InputError as refusal:
                state, code, error = "failed", refusal.code, str(refusal)
            except CatalogueUnreachable:
                raise  # it is gone on with, here or elsewhere, when the database is back
            except DatelineError as failure:
                log.exception("%s failed", job.id)
                state, code, error = "failed", failure.code, str(failure)
            except Exception:
                log.exception("%s failed", job.id)
                state, code, error = "failed", DatelineError.code, "The log says why."
        if state == "cancelled" and self._stopping.is_set():
            self._jobs.release(job.id, self._owner)
            return False
        self._jobs.finish(job.id, self._owner, state, code, error)
        if "spool" in job.request:
            shutil.rmtree(self._spool / job.request["spool"], ignore_errors=True)
            if self._uploads is not None:
                self._uploads.discard(job.request["spool"])
        log.info("%s: %s", job.id, state)
        return True

    def _ingest(self, job: Job, beat: _Beat) -> bool:
        """Store what the request names; False when it was stopped before the end."""
        if self._uploads is not None and "spool" in job.request:
            self._uploads.fetch(self._spool / job.request["spool"])
        memory = FeedMemory(self._ingesting.feeds)
        sources = _until(
            requested(job.request, self._spool, self._ingesting.options(memory)), self._stopping
        )
        waiting: list[JobItem] = []
        noted = time.monotonic()
        try:
            for number, outcome in enumerate(self._ingesting.run(sources)):
                waiting.append(_item(number, outcome))
                if len(waiting) < NOTE_ITEMS and time.monotonic() - noted < NOTE_SECONDS:
                    continue
                if not self._jobs.note(job.id, self._owner, waiting) or beat.lost:
                    return False
                waiting, noted = [], time.monotonic()
        except InputError:
            raise
        except DatelineError:
            # What was stored before the failure is told too, where it can still be written.
            self._jobs.note(job.id, self._owner, waiting)
            raise
        held = self._jobs.note(job.id, self._owner, waiting)
        whole = held and not self._stopping.is_set()
        if whole:
            memory.keep()
        return whole


def requested(request: Mapping[str, Any], spool: Path, options: Options) -> Iterator[Item]:
    """Read the articles that a job's request names: uploaded files first, then web addresses."""
    for file in request.get("files", ()):
        path = spool / request["spool"] / file["path"]
        try:
            stream = path.open("rb")
        except OSError as error:
            lost = SourceUnreadable(
                f"{file['name']} was uploaded and cannot be read any more: {error.strerror}.",
                remedy="Upload it again.",
            )
            lost.origin = f"upload:{file['name']}"
            yield lost
            continue
        with stream:
            yield from load.sources(load.Upload(file["name"], stream), options)
    for url in request.get("urls", ()):
        if is_url(url):
            yield from load.sources(url, options)
            continue
        # Whoever may send addresses may not read this machine's files.
        refused = UrlForbidden(
            f"{url} is no web address.", remedy="Begin it with http:// or https://."
        )
        refused.origin = url
        yield refused


class _Beat:
    """Says regularly that the owner lives, while one article or page takes its time."""

    def __init__(self, beat: Callable[[], bool]) -> None:
        self._beat = beat
        self._over = Event()
        self._thread = Thread(target=self._run, name="dateline-beat", daemon=True)
        self.lost = False

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._over.wait(BEAT_SECONDS):
            try:
                self.lost = self.lost or not self._beat()
            except DatelineError:
                log.warning("No sign of life could be written", exc_info=True)


def _until(sources: Iterable[Item], stopping: Event) -> Iterator[Item]:
    for source in sources:
        if stopping.is_set():
            return
        yield source


def _item(number: int, outcome: Stored | Refused) -> JobItem:
    if isinstance(outcome, Refused):
        return JobItem(
            number=number,
            origin=outcome.origin,
            outcome="refused",
            article_id=None,
            version=None,
            code=outcome.code,
            message=outcome.message,
        )
    return JobItem(
        number=number,
        origin=outcome.origin,
        outcome=outcome.outcome,
        article_id=outcome.id,
        version=outcome.version,
        code=None,
        message=None,
    )
