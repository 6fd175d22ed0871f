"""Parse what may be hostile in a process of its own, with bounds on its time and memory.

A page, a feed or a PDF file can make a parser loop, take all memory or crash in C. So they are
parsed by a child process: killed when it takes too long, refused memory beyond its limit, and
started anew after either. It serves one file after the other and ends by itself when there are no
more.

The child reads a JSON line with the order, then that many bytes, and answers with a JSON line.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import select
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any, BinaryIO, cast

import rag
from rag import errors
from rag.errors import InputError, SourceDamaged, SourceSlow
from rag.ingest.limits import Limits

# A parser's caches and leaks end with its process. Starting one takes 0.3 s.
_FILES_PER_PROCESS = 2_000
_IDLE_SECONDS = 60
_PIECE = 1 << 20
# Seconds that a process gets to end by itself once it has no more orders.
_PATIENCE = 5.0
# Text never outgrows its markup by much; more is a parser gone wild.
_MAX_GROWTH = 4


class Parser:
    """A child process that parses; safe for several threads, one file at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._served = 0
        self._owner = os.getpid()

    def parse(self, kind: str, data: bytes, place: str, limits: Limits, **more: Any) -> Any:
        """Return what the parser of this ``kind`` makes of ``data``.

        Raises its InputError, SourceSlow when it takes longer than ``limits.seconds``, and
        SourceDamaged when it takes more memory than allowed or crashes.
        """
        order = {"kind": kind, "place": place, "size": len(data), "more": more}
        with self._lock:
            answer = self._served_answer(order, data, place, limits)
        if "error" in answer:
            kind_of_error: type[InputError] = getattr(errors, answer["error"])
            raise kind_of_error(answer["message"], remedy=answer["remedy"])
        return answer["result"]

    def close(self) -> None:
        """End the child process."""
        with self._lock:
            self._stop()

    def _served_answer(self, order: dict[str, Any], data: bytes, place: str, limits: Limits) -> Any:
        while True:
            before = self._process
            process = self._ready(limits)
            try:
                return self._ask(process, order, data, limits)
            except (BrokenPipeError, EOFError) as error:
                # One that had ended for want of work is no fault of this file.
                if self._stop() == 0 and process is before:
                    continue
                raise SourceDamaged(
                    f"{place} breaks the parser.", remedy="Save the article as plain text."
                ) from error
            except TimeoutError as error:
                self._stop(patience=0)
                raise SourceSlow(
                    f"{place} took more than {limits.seconds:g} s to parse.",
                    remedy="Save the article as plain text, or raise DATELINE_PARSE_SECONDS.",
                ) from error

    def _ready(self, limits: Limits) -> subprocess.Popen[bytes]:
        """Return a process that waits for orders."""
        if self._owner != os.getpid():
            self._process = None  # it belongs to the process that this one was forked from
        if self._process is not None and self._served < _FILES_PER_PROCESS:
            self._served += 1
            return self._process
        self._stop()
        home = str(Path(rag.__file__).parents[1])
        paths = [home, *filter(None, [os.environ.get("PYTHONPATH")])]
        self._owner = os.getpid()
        self._process = subprocess.Popen(  # noqa: S603  our own module
            [sys.executable, "-P", "-m", __name__, str(limits.memory_bytes)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # parsers warn about every oddity of a page
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
            start_new_session=True,  # an interrupt at the keyboard is the parent's to handle
        )
        self._served = 1
        return self._process

    def _ask(
        self, process: subprocess.Popen[bytes], order: dict[str, Any], data: bytes, limits: Limits
    ) -> Any:
        deadline = time.monotonic() + limits.seconds
        orders, answers = cast(BinaryIO, process.stdin), cast(BinaryIO, process.stdout)
        orders.write(json.dumps(order).encode() + b"\n")
        orders.write(data)
        orders.flush()
        line = bytearray()
        while not line.endswith(b"\n"):
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([answers], [], [], left)[0]:
                raise TimeoutError
            piece = os.read(answers.fileno(), _PIECE)
            line += piece
            if not piece or len(line) > _MAX_GROWTH * limits.file_bytes:
                raise EOFError
        return json.loads(line)

    def _stop(self, patience: float = _PATIENCE) -> int | None:
        """End the process and return its exit code, None when there was none."""
        process, self._process = self._process, None
        if process is None:
            return None
        with contextlib.suppress(BrokenPipeError):
            cast(BinaryIO, process.stdin).close()
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        cast(BinaryIO, process.stdout).close()
        return process.returncode


PARSER = Parser()
atexit.register(PARSER.close)


# ---- in the child -------------------------------------------------------------------------------


def serve(memory_bytes: int, orders: BinaryIO, answers: BinaryIO) -> None:
    """Parse what is ordered until there are no more orders."""
    import resource

    _, most = resource.getrlimit(resource.RLIMIT_AS)
    allowed = memory_bytes if most == resource.RLIM_INFINITY else min(memory_bytes, most)
    resource.setrlimit(resource.RLIMIT_AS, (allowed, allowed))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    while select.select([orders], [], [], _IDLE_SECONDS)[0] and (line := orders.readline()):
        order = json.loads(line)
        answer = _answered(order, orders.read(order["size"]))
        answers.write(json.dumps(answer).encode() + b"\n")
        answers.flush()
        if answer.get("spent"):
            break


def _answered(order: dict[str, Any], data: bytes) -> dict[str, Any]:
    try:
        return {"result": _parsed(order, data)}
    except InputError as error:
        return _refusal(error)
    except MemoryError:
        refused = SourceDamaged(
            f"{order['place']} takes more memory to parse than is allowed.",
            remedy="Save the article as plain text.",
        )
        return {**_refusal(refused), "spent": True}
    except Exception as fault:  # noqa: BLE001  what a library raises here is about the file
        return _refusal(
            SourceDamaged(
                f"{order['place']} breaks the parser ({type(fault).__name__}: {str(fault)[:200]}).",
                remedy="Save the article as plain text.",
            )
        )


def _refusal(error: InputError) -> dict[str, Any]:
    return {"error": type(error).__name__, "message": error.message, "remedy": error.remedy}


def _parsed(order: dict[str, Any], data: bytes) -> Any:
    place, more = order["place"], order["more"]
    match order["kind"]:
        case "page":
            from rag.ingest.page import parse_page

            return parse_page(data, place, **more)
        case "feed":
            from rag.ingest.feed import parse_feed

            return parse_feed(data, place, **more)
        case "pdf":
            from rag.ingest.pdf import parse_pdf

            return parse_pdf(data, place)
        case "markdown":
            from rag.ingest.markdown import parse_markdown

            return parse_markdown(data.decode(), place)
        case kind:
            raise AssertionError(f"there is no parser for {kind}")


if __name__ == "__main__":
    # Parsers print and warn; only answers may reach the pipe.
    pipe = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    serve(int(sys.argv[1]), sys.stdin.buffer, pipe)
