"""The Dateline behind the API: opened, warmed and fed in the background, closed at the end."""

from __future__ import annotations

import copy
import logging
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

from rag.config import Settings
from rag.errors import CatalogueUnreachable, DatelineError, NotReady
from rag.types import Job

if TYPE_CHECKING:
    from rag.attributing import Process
    from rag.dateline import Dateline
    from rag.types import Answer
    from rag.working import Worker

log = logging.getLogger("dateline.api")


AGAIN_SECONDS = 2.0
"""Between two attempts to open a catalogue whose database does not answer."""


class Stopped(Exception):
    """The service is being stopped while it ingests."""


class Service:
    """Opens a Dateline in a thread, so that the server listens, and says so, meanwhile.

    A Dateline that is handed in is used and not closed, and its statements are not read: that is
    its owner's. ``ingest`` is stored
    before the service is ready; ``on_ready`` is then called in the same thread. ``on_answer`` is
    called with every answer that is given. ``within`` is the service whose models it uses, and
    which is open for longer.
    """

    def __init__(
        self,
        settings: Settings,
        dateline: Dateline | None = None,
        *,
        ingest: Sequence[Path] = (),
        on_ready: Callable[[Dateline], None] | None = None,
        on_answer: Callable[[Answer], None] | None = None,
        within: Service | None = None,
    ) -> None:
        self._within = within
        self._on_answer = on_answer
        self.settings = settings
        self._given = dateline
        self._ingest = ingest
        self._on_ready = on_ready
        self._own: Dateline | None = None
        self._worker: Worker | None = None
        self._reading: Process | None = None
        self._ready: Dateline | None = None
        self._error: DatelineError | None = None
        self._stopping = Event()
        self._thread = Thread(target=self._start, name="dateline-start", daemon=True)

    @property
    def dateline(self) -> Dateline:
        """The Dateline; raises NotReady while it loads, or what kept it from opening."""
        if self._error is not None:
            # A copy: threads that raise one and the same exception write into its traceback.
            raise copy.copy(self._error)
        if self._ready is None:
            raise NotReady(
                "The models and the index are still loading.",
                remedy="Try again in a few seconds; GET /readyz says when.",
            )
        return self._ready

    @property
    def opened(self) -> bool:
        """Whether it is open."""
        return self._ready is not None

    def start(self) -> None:
        """Begin to open it."""
        self._thread.start()

    def wait(self) -> None:
        """Wait until it is open or cannot be."""
        self._thread.join()

    def stop(self) -> None:
        """Wait for what has begun, then close what was opened here, which saves a snapshot."""
        self._stopping.set()
        self._thread.join()
        if self._worker is not None:
            self._worker.stop()
        if self._reading is not None:
            self._reading.stop()
        if self._within is not None and self._within.reading is not None:
            self._within.reading.leave(self.settings.database_url)
        if self._own is not None:
            self._own.close()

    @property
    def reading(self) -> Process | None:
        """The process that reads what is stored for who says what, where this one started it."""
        return self._reading

    def reload(self, settings: Settings) -> None:
        """Go on with other settings, as far as a running service takes them over."""
        self.settings = settings
        if self._ready is not None:
            self._ready.reload(settings)

    @property
    def spool(self) -> Path:
        """Folder of what was uploaded and waits for a job."""
        return self.settings.data / "uploads"

    def submit(self, request: Mapping[str, Any], total: int | None = None) -> Job:
        """Write down an ingest and have it done in the background."""
        uploads = self.dateline.uploads
        if uploads is not None and "spool" in request:
            uploads.keep(self.spool / request["spool"])
        job = self.dateline.jobs.create("ingest", request, total)
        if uploads is not None and "spool" in request:
            shutil.rmtree(self.spool / request["spool"], ignore_errors=True)
        if self._worker is not None:
            self._worker.wake()
        return job

    def _start(self) -> None:
        try:
            self._ready = self._reached()
        except Stopped:
            return
        except DatelineError as error:
            log.error("Dateline cannot start: %s [%s]", error, error.code)  # noqa: TRY400
            self._error = error
        except Exception:
            # Nobody waits for this thread: /readyz has to say what the log explains.
            log.exception("Dateline cannot start")
            self._error = DatelineError("Dateline could not start.", remedy="The log says why.")
        if self._ready is not None:
            self._worker = self._working(self._ready) if self.settings.jobs_here else None
            self._follow()
            if self._on_ready is not None:
                self._on_ready(self._ready)

    def _reached(self) -> Dateline:
        """Open it, as soon as its database can be reached; raises Stopped."""
        while True:
            try:
                opened = self._open()
            except CatalogueUnreachable as error:
                log.warning("Dateline waits: %s [%s]", error, error.code)
                self._error = error
                if self._stopping.wait(AGAIN_SECONDS):
                    raise Stopped from error
            else:
                self._error = None
                return opened

    def _open(self) -> Dateline:
        dateline = self._given
        if dateline is None:
            from rag.dateline import Dateline

            like = None
            if self._within is not None:
                self._within.wait()
                like = self._within.dateline
            dateline = self._own = Dateline(self.settings, like=like)
        if self._on_answer is not None:
            dateline.answers.watch(self._on_answer)
        dateline.warm()
        if self._ingest:
            report = dateline.ingest(self._ingest, self._checkpoint)
            for refused in report.refused:
                log.warning("not stored: %s [%s]", refused.message, refused.code)
        return dateline

    def _working(self, dateline: Dateline) -> Worker:
        from rag.working import Worker

        worker = Worker(dateline.jobs, dateline.ingesting, self.spool, dateline.uploads)
        worker.start()
        return worker

    def _follow(self) -> None:
        """Have a process read what is stored for who says what: one for all collections."""
        if self._own is None:
            return
        if self._within is None:
            from rag.attributing import Process

            self._reading = Process()
            self._reading.start()
        reading = self._reading if self._within is None else self._within.reading
        if reading is not None:
            reading.follow(self.settings.database_url)

    def _checkpoint(self, _origin: str) -> None:
        """Between two articles: each is stored whole, so it is safe to stop here."""
        if self._stopping.is_set():
            raise Stopped
