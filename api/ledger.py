"""Write down in the background what need not be on disk before a response is sent."""

from __future__ import annotations

import logging
from collections.abc import Callable
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING

from rag.errors import StoreError
from rag.key_types import Change

if TYPE_CHECKING:
    from api.callers import Usage
    from api.service import Service

log = logging.getLogger("dateline.api")
audit_log = logging.getLogger("dateline.audit")

EVERY = 2.0
"""Seconds between two writes; a process that is killed loses what came since the last one, which
stands in the log all the same."""
MOST = 10_000
"""Changes that wait at most, while the catalogue cannot be written."""


class Ledger:
    """The audit log and the keys' use, written every few seconds and at the end."""

    def __init__(self, service: Service, usage: Usage) -> None:
        self._service = service
        self._usage = usage
        self._changes: list[Change] = []
        self._lock = Lock()
        self._stopping = Event()
        self._thread = Thread(target=self._work, name="dateline-ledger", daemon=True)
        self._begun = False

    def start(self) -> None:
        """Begin to write, once the catalogue is open."""
        self._thread.start()

    def stop(self) -> None:
        """Write what is left."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    def note(self, change: Change) -> None:
        """Take a change to be written soon; the log has it at once."""
        audit_log.info(
            "%s %s %s key=%s request=%s",
            change.method,
            change.path,
            change.status,
            change.key_id,
            change.request_id,
        )
        with self._lock:
            if len(self._changes) < MOST:
                self._changes.append(change)

    def flush(self) -> None:
        """Write now; raises StoreError, and tries again later what could not be written."""
        dateline = self._service.dateline
        if not self._begun:
            self._usage.start(dateline.keys)
            self._begun = True
        self._usage.flush(dateline.keys)
        with self._lock:
            taken, self._changes = self._changes, []
        if taken:
            try:
                dateline.audit.add(taken)
            except BaseException:
                with self._lock:
                    self._changes = [*taken, *self._changes][:MOST]
                raise

    def _work(self) -> None:
        self._service.wait()
        # At once, so that a quota holds from the first requests on.
        self._try(self.flush)
        while not self._stopping.wait(EVERY):
            self._try(self.flush)
        self._try(self.flush)

    def _try(self, write: Callable[[], None]) -> None:
        if not self._service.opened:
            return
        try:
            write()
        except StoreError as error:
            log.warning("the audit log waits: %s [%s]", error, error.code)
