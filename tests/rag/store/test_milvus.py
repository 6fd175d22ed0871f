"""What callers see of a Milvus whose network is cut."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier, Thread
from urllib.parse import urlsplit

import pytest

from rag.errors import VectorsUnavailable
from rag.store.milvus import Milvus

pytest.importorskip("milvus_lite", reason="the extra `milvus` is not installed")

THREADS = 12


class Wire:
    """Passes connections on to a server, until it is cut: then it takes them and says nothing."""

    def __init__(self, address: tuple[str, int]) -> None:
        self._address, self._whole = address, True
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._ends: list[socket.socket] = []
        self.url = f"milvus://127.0.0.1:{self._listening.getsockname()[1]}"
        Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        self._whole = False
        self._drop()

    def mend(self) -> None:
        self._whole = True
        self._drop()

    def close(self) -> None:
        self._listening.close()
        self._drop()

    def _drop(self) -> None:
        while self._ends:
            end = self._ends.pop()
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def _accept(self) -> None:
        with suppress(OSError):  # closed
            while True:
                near = self._listening.accept()[0]
                self._ends.append(near)
                if self._whole:
                    far = socket.create_connection(self._address)
                    self._ends.append(far)
                    for one, other in ((near, far), (far, near)):
                        Thread(target=_pass, args=(one, other), daemon=True).start()


def _pass(one: socket.socket, other: socket.socket) -> None:
    with suppress(OSError):  # dropped
        while said := one.recv(65_536):
            other.sendall(said)


@pytest.fixture
def wire(milvus_url: str) -> Iterator[Wire]:
    parts = urlsplit(milvus_url)
    made = Wire((str(parts.hostname), int(parts.port or 0)))
    yield made
    made.close()


def test_callers_of_a_cut_milvus_wait_side_by_side_and_then_one_at_a_time(wire: Wire) -> None:
    milvus = Milvus(wire.url, None, 1.0)
    together = Barrier(THREADS)

    def asked(_: int) -> float:
        together.wait()
        begun = time.monotonic()
        with pytest.raises(VectorsUnavailable):
            milvus.call("has_collection", "any")
        return time.monotonic() - begun

    assert milvus.call("has_collection", "any") is False
    wire.cut()
    with ThreadPoolExecutor(THREADS) as threads:
        first = list(threads.map(asked, range(THREADS)))
        # One after the other they would wait for a second each.
        assert max(first) < THREADS / 2
        time.sleep(1.1)
        second = sorted(threads.map(asked, range(THREADS)))
        assert second[-2] < 0.5  # all but the one that tries
    wire.mend()
    until = time.monotonic() + 20
    while True:
        with suppress(VectorsUnavailable):
            assert milvus.call("has_collection", "any") is False
            break
        assert time.monotonic() < until
        time.sleep(0.05)
    milvus.close()
