"""A Milvus server or cluster: one client for a process, time limits, errors in our own words."""

from __future__ import annotations

import logging
import time
from importlib.util import find_spec
from threading import Lock
from typing import Any
from urllib.parse import urlsplit

from rag.errors import PackageMissing, VectorsUnavailable

PORT = 19530
WRITE_SECONDS = 20.0
"""Most time for one write; less than a lease is held, so that nobody else writes meanwhile."""
PAUSE = 1.0
"""Seconds without a further attempt after one that failed. Then one call at a time tries, until one
is answered: the others are refused at once, and hold no thread for a server that is away."""
# Milvus's own numbers, of the distributed server and of Lite alike.
_NO_COLLECTION, _NOT_LOADED = 100, 101


# gRPC servers that were not told otherwise, such as Milvus Lite, hang up on clients that ping while
# they ask for nothing, as pymilvus does; the time limit of each call finds out what pings would.
# A new connection is tried again and again: gRPC would wait up to 20 s for one that a cut network
# swallowed, and pause for up to 120 s then, long after the network is back.
_LINK = {
    "grpc.keepalive_permit_without_calls": 0,
    "grpc.min_reconnect_backoff_ms": 2_000,
    "grpc.initial_reconnect_backoff_ms": 500,
    "grpc.max_reconnect_backoff_ms": 2_000,
}


class CollectionLost(VectorsUnavailable):
    """The server is there, what was stored in it is not."""


class Milvus:
    """Calls pymilvus with a time limit; safe for several threads.

    pymilvus itself tries again, with growing pauses, whatever gRPC says is worth it, until the time
    is over; gRPC connects again by itself. A collection that is not in memory, as after a restart
    of Milvus Lite, is loaded.
    """

    def __init__(self, url: str, token: str | None, seconds: float) -> None:
        if find_spec("pymilvus") is None:
            raise PackageMissing(
                "DATELINE_VECTORS names a Milvus server, and pymilvus is not installed.",
                remedy="Run `pip install 'dateline[milvus]'`, or unset DATELINE_VECTORS.",
            )
        parts = urlsplit(url)
        scheme = "https" if parts.scheme == "milvus+https" else "http"
        host = f"[{parts.hostname}]" if ":" in str(parts.hostname) else parts.hostname
        self.address = f"{host}:{parts.port or PORT}"
        self._uri = f"{scheme}://{self.address}"
        self._database = parts.path.strip("/")
        self._token, self._seconds = token or "", seconds
        self._client: Any = None
        self._lock, self._gate = Lock(), Lock()
        self._why: str | None = None
        """Why it is away, None while it is not."""
        self._next_try = 0.0

    def call(
        self, method: str, collection: str, *, seconds: float | None = None, **given: Any
    ) -> Any:
        """Call a method of `pymilvus.MilvusClient` on a collection.

        Raises VectorsUnavailable, and CollectionLost where the collection is not there.
        """
        limit = self._seconds if seconds is None else seconds
        self._admit(limit)
        try:
            found = self._try(method, collection, limit, given)
        except CollectionLost:
            self._answered()
            raise
        except VectorsUnavailable as error:
            with self._gate:
                self._why, self._next_try = error.message, time.monotonic() + PAUSE
            raise
        self._answered()
        return found

    def close(self) -> None:
        """Let go of the connection; a later call makes another."""
        with self._lock:
            client, self._client = self._client, None
        if client is not None:
            client.close()

    def _admit(self, limit: float) -> None:
        """Raise VectorsUnavailable where Milvus is away and it is not this call's turn to try."""
        with self._gate:
            now = time.monotonic()
            if self._why is None:
                return
            if now < self._next_try:
                raise self._away(self._why)
            self._next_try = now + limit + PAUSE  # by then this call has ended

    def _answered(self) -> None:
        with self._gate:
            self._why = None

    def _try(self, method: str, collection: str, seconds: float, given: dict[str, Any]) -> Any:
        from grpc import FutureTimeoutError, RpcError
        from pymilvus.exceptions import MilvusException

        try:
            client = self._connected(seconds)
            try:
                return getattr(client, method)(collection, timeout=seconds, **given)
            except MilvusException as error:
                if error.code != _NOT_LOADED:
                    raise
                client.load_collection(collection, timeout=seconds)
                return getattr(client, method)(collection, timeout=seconds, **given)
        except MilvusException as error:
            if error.code == _NO_COLLECTION:
                raise CollectionLost(
                    f"Milvus at {self.address} has no collection {collection!r}.",
                    remedy="It is being made again from the catalogue; try again.",
                ) from error
            raise self._away(f"{method}: {error.message}") from error
        except (RpcError, FutureTimeoutError) as error:
            raise self._away(f"{method}: {_said(error)}") from error

    def _connected(self, seconds: float) -> Any:
        if not self._lock.acquire(timeout=seconds):
            raise self._away("another call has been connecting all the time.")
        try:
            if self._client is None:
                from pymilvus import MilvusClient

                # What goes wrong is said here, once and without a traceback.
                logging.getLogger("pymilvus").setLevel(logging.CRITICAL)
                self._client = MilvusClient(
                    self._uri,
                    token=self._token,
                    db_name=self._database,
                    timeout=self._seconds,
                    dedicated=True,
                    grpc_options=_LINK,
                )
                # pymilvus would make a new connection for every call that failed, one after the
                # other under one lock, each for the whole time limit: of sixteen threads with 5 s
                # for a call, some took 19 s in a cut network, and calls went on failing for a
                # second after it. gRPC connects again by itself.
                self._client._handler._on_rpc_error = lambda _: False
            return self._client
        finally:
            self._lock.release()

    def _away(self, why: str) -> VectorsUnavailable:
        if why.startswith("Milvus at"):
            return VectorsUnavailable(why, remedy=_REMEDY)
        return VectorsUnavailable(
            f"Milvus at {self.address} cannot be used: {why[:300]}", remedy=_REMEDY
        )


_REMEDY = "Start Milvus or mend the network; Dateline goes on by itself. No article is lost."


def _said(error: Any) -> str:
    code = getattr(error, "code", None)
    return f"{code()}: {error.details()}" if callable(code) else type(error).__name__
