"""A Milvus server or cluster: one client for a process, time limits, errors in our own words."""

from __future__ import annotations

import logging
import time
from importlib.util import find_spec
from threading import Lock
from typing import Any
from urllib.parse import urlsplit

from rag.errors import SettingsError, VectorsUnavailable

PORT = 19530
WRITE_SECONDS = 20.0
"""Most time for one write; less than a lease is held, so that nobody else writes meanwhile."""
PAUSE = 1.0
"""Seconds without a further attempt after one that failed: questions that queue up behind a server
that is away are refused at once."""
# Milvus's own numbers, of the distributed server and of Lite alike.
_NO_COLLECTION, _NOT_LOADED = 100, 101


# gRPC servers that were not told otherwise, such as Milvus Lite, hang up on clients that ping while
# they ask for nothing, as pymilvus does; the time limit of each call finds out what pings would.
_QUIET = {"grpc.keepalive_permit_without_calls": 0}


class CollectionLost(VectorsUnavailable):
    """The server is there, what was stored in it is not."""


class Milvus:
    """Calls pymilvus with a time limit; safe for several threads.

    pymilvus itself tries again, with growing pauses, whatever gRPC says is worth it, until the time
    is over. A collection that is not in memory, as after a restart of Milvus Lite, is loaded.
    """

    def __init__(self, url: str, token: str | None, seconds: float) -> None:
        if find_spec("pymilvus") is None:
            raise SettingsError(
                "DATELINE_VECTORS names a Milvus server, and pymilvus is not installed.",
                remedy="pip install 'dateline[milvus]'",
            )
        parts = urlsplit(url)
        scheme = "https" if parts.scheme == "milvus+https" else "http"
        host = f"[{parts.hostname}]" if ":" in str(parts.hostname) else parts.hostname
        self.address = f"{host}:{parts.port or PORT}"
        self._uri = f"{scheme}://{self.address}"
        self._database = parts.path.strip("/")
        self._token, self._seconds = token or "", seconds
        self._client: Any = None
        self._lock = Lock()
        self._quiet_until, self._why = 0.0, ""

    def call(
        self, method: str, collection: str, *, seconds: float | None = None, **given: Any
    ) -> Any:
        """Call a method of `pymilvus.MilvusClient` on a collection.

        Raises VectorsUnavailable, and CollectionLost where the collection is not there.
        """
        if time.monotonic() < self._quiet_until:
            raise self._away(self._why)
        limit = self._seconds if seconds is None else seconds
        try:
            return self._try(method, collection, limit, given)
        except VectorsUnavailable as error:
            if not isinstance(error, CollectionLost):
                self._why, self._quiet_until = error.message, time.monotonic() + PAUSE
            raise

    def close(self) -> None:
        """Let go of the connection; a later call makes another."""
        with self._lock:
            client, self._client = self._client, None
        if client is not None:
            client.close()

    def _try(self, method: str, collection: str, seconds: float, given: dict[str, Any]) -> Any:
        from grpc import FutureTimeoutError, RpcError
        from pymilvus.exceptions import MilvusException

        try:
            client = self._connected()
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

    def _connected(self) -> Any:
        with self._lock:
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
                    grpc_options=_QUIET,
                )
            return self._client

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
