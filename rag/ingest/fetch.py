"""Fetch one URL politely and within bounds: robots.txt, redirects, sizes, times, retries."""

from __future__ import annotations

import contextlib
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Self

import httpcore
import httpx
from protego import Protego
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt
from tenacity.wait import wait_random_exponential

from rag.errors import (
    RobotsDisallowed,
    SourceDamaged,
    SourceTooLarge,
    UrlForbidden,
    UrlUnreachable,
)
from rag.ingest.guard import Deadline, GuardedTransport, Resolve, check_url, resolve
from rag.ingest.options import Fetching, Remembered

# RFC 9309 asks for at least 500 KiB of a robots.txt; what is beyond is not read.
_ROBOTS_BYTES = 512_000
_MAX_HOSTS = 1_000
_BUSY = {429, 500, 502, 503, 504}
_ACCEPT = (
    "text/html, application/xhtml+xml, application/rss+xml, application/atom+xml, "
    "application/xml;q=0.9, text/xml;q=0.9, text/plain;q=0.8, application/pdf;q=0.8, */*;q=0.1"
)
# Everything that httpx and httpcore raise for a failed exchange.
_FAILED = (httpx.HTTPError, httpx.InvalidURL, httpcore.TimeoutException, httpcore.NetworkError,
           httpcore.ProtocolError, httpcore.UnsupportedProtocol, httpcore.ProxyError)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fetched:
    """A response that was read to its end and unpacked."""

    url: str
    """Where it came from in the end, after redirects."""
    data: bytes
    media_type: str
    """In lower case, without parameters; empty when the server does not say."""
    charset: str | None
    etag: str | None
    last_modified: str | None


class _Busy(UrlUnreachable):
    """A server that may answer when asked again, after ``wait`` seconds if it says so."""

    wait: float | None = None


class Fetcher:
    """Fetches URLs one after the other; close it, and use it in one thread only.

    ``resolve`` and ``sleep`` are the system's own unless a test gives others.
    """

    def __init__(
        self,
        fetching: Fetching,
        resolve: Resolve = resolve,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._fetching = fetching
        self._sleep = sleep
        self._deadline = Deadline()
        self._robots: dict[str, Protego | None] = {}
        self._last: dict[str, float] = {}
        self._client = httpx.Client(
            transport=GuardedTransport(fetching, self._deadline, resolve),
            trust_env=False,
            follow_redirects=False,
            headers={"User-Agent": fetching.agent, "Accept": _ACCEPT, "Accept-Encoding": "gzip"},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._client.close()

    def get(self, url: str, remembered: Remembered | None = None) -> Fetched | None:
        """Return what is at a URL; None when it is as ``remembered``.

        Raises UrlForbidden, RobotsDisallowed, UrlUnreachable, SourceTooLarge or SourceDamaged.
        """
        headers: dict[str, str] = {}
        if remembered and remembered.etag:
            headers["If-None-Match"] = remembered.etag
        if remembered and remembered.last_modified:
            headers["If-Modified-Since"] = remembered.last_modified
        retrying = Retrying(
            stop=stop_after_attempt(self._fetching.tries),
            wait=self._wait,
            retry=retry_if_exception_type(_Busy),
            sleep=self._sleep,
            reraise=True,
        )
        return retrying(self._follow, url, headers)

    def _wait(self, state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        if isinstance(error, _Busy) and error.wait is not None:
            return error.wait
        return wait_random_exponential(multiplier=1, max=self._fetching.longest_pause)(state)

    # ---- redirects ------------------------------------------------------------------------------

    def _follow(self, url: str, headers: dict[str, str]) -> Fetched | None:
        """Follow redirects; every step is checked like the first."""
        self._deadline.start(self._fetching.seconds)
        try:
            step = httpx.URL(url)
        except httpx.InvalidURL as error:
            raise UrlForbidden(f"{url[:300]} is not a URL: {error}.") from error
        for _ in range(self._fetching.redirects + 1):
            check_url(step, self._fetching)
            self._ask_robots(step)
            with self._open(step, headers) as response:
                if response.next_request is None:
                    return self._read(response)
                step = response.next_request.url
        raise UrlUnreachable(
            f"{url[:300]} redirects more than {self._fetching.redirects} times.",
            remedy="Give the address it should lead to.",
        )

    @contextlib.contextmanager
    def _open(self, url: httpx.URL, headers: dict[str, str]) -> Iterator[httpx.Response]:
        try:
            with self._client.stream("GET", url, headers=headers) as response:
                yield response
        except (httpx.TimeoutException, httpcore.TimeoutException) as error:
            raise UrlUnreachable(
                f"{_shown(url)} took more than {self._fetching.seconds:g} s.",
                remedy="Try again later, or raise DATELINE_FETCH_SECONDS.",
            ) from error
        except (httpcore.ConnectError, httpcore.ReadError, httpcore.RemoteProtocolError) as error:
            raise _Busy(f"{_shown(url)} cannot be fetched: {_said(error)}.") from error
        except _FAILED as error:
            raise UrlUnreachable(f"{_shown(url)} cannot be fetched: {_said(error)}.") from error

    # ---- one response ---------------------------------------------------------------------------

    def _read(self, response: httpx.Response) -> Fetched | None:
        url = response.url
        if response.status_code == 304:
            return None
        if response.status_code in _BUSY:
            raise self._busy(response)
        if response.status_code != 200:
            raise UrlUnreachable(
                f"{_shown(url)} answers {response.status_code} {response.reason_phrase}."
            )
        return Fetched(
            url=str(url),
            data=self._body(response, self._fetching.max_bytes),
            media_type=response.headers.get("content-type", "").partition(";")[0].strip().lower(),
            charset=response.charset_encoding,
            etag=response.headers.get("etag"),
            last_modified=response.headers.get("last-modified"),
        )

    def _busy(self, response: httpx.Response) -> UrlUnreachable:
        """Say that the server is busy, and whether it makes sense to wait for it."""
        message = f"{_shown(response.url)} answers {response.status_code} {response.reason_phrase}."
        wait = _seconds(response.headers.get("retry-after"))
        if wait is not None and wait > self._fetching.longest_pause:
            return UrlUnreachable(message, remedy=f"Its server asks for {wait:,.0f} s of patience.")
        error = _Busy(message, remedy="Try again later.")
        error.wait = wait
        return error

    def _body(self, response: httpx.Response, limit: int, *, cut: bool = False) -> bytes:
        """Read a body to its end, unpacked; over the limit it is refused, or ``cut``."""
        encoding = response.headers.get("content-encoding", "identity").strip().lower()
        if encoding not in ("identity", "gzip", "x-gzip", ""):
            raise SourceDamaged(
                f"{_shown(response.url)} is packed with {encoding[:40]!r}, which was not asked for."
            )
        unpack = zlib.decompressobj(wbits=31) if "gzip" in encoding else None
        body = bytearray()
        try:
            for piece in response.iter_raw():
                body += unpack.decompress(piece, limit + 1 - len(body)) if unpack else piece
                if len(body) > limit:
                    break
        except zlib.error as error:
            raise SourceDamaged(f"{_shown(response.url)} cannot be unpacked: {error}.") from error
        if len(body) > limit and not cut:
            raise SourceTooLarge(
                f"{_shown(response.url)} is larger than {limit:,} bytes.",
                remedy="Raise DATELINE_MAX_FILE_BYTES.",
            )
        if unpack and not unpack.eof and len(body) <= limit:
            raise SourceDamaged(f"{_shown(response.url)} ends in the middle of its packed data.")
        return bytes(body[:limit])

    # ---- robots ---------------------------------------------------------------------------------

    def _ask_robots(self, url: httpx.URL) -> None:
        """Keep to the site's robots.txt and to its pace; raises RobotsDisallowed."""
        site = str(url.copy_with(path="/", query=None, fragment=None))
        if site not in self._robots:
            if len(self._robots) >= _MAX_HOSTS:
                self._robots.clear()
            self._robots[site] = self._rules(url)
        rules = self._robots[site]
        if rules is None or not rules.can_fetch(str(url), self._agent):
            reason = "cannot be read" if rules is None else "closes it to programs"
            raise RobotsDisallowed(
                f"{_shown(url)} is not fetched: its site's robots.txt {reason}.",
                remedy="Hand the article in as a file, or ask the site.",
            )
        self._keep_pace(site, rules.crawl_delay(self._agent))

    @property
    def _agent(self) -> str:
        return self._fetching.agent.partition("/")[0].partition(" ")[0]

    def _rules(self, url: httpx.URL) -> Protego | None:
        """Read a site's robots.txt: where there is none all is open; None: it cannot be read.

        Raises UrlUnreachable or UrlForbidden when its server cannot be asked at all.
        """
        step = url.copy_with(path="/robots.txt", query=None, fragment=None)
        try:
            for _ in range(self._fetching.redirects + 1):
                check_url(step, self._fetching)
                with self._open(step, {}) as response:
                    if response.next_request is not None:
                        step = response.next_request.url
                    elif 400 <= response.status_code < 500 and response.status_code != 429:
                        return Protego.parse("")
                    elif response.status_code != 200:
                        return None
                    else:
                        text = self._body(response, _ROBOTS_BYTES, cut=True)
                        return Protego.parse(text.decode("utf-8", "replace"))
        except SourceDamaged:
            return None
        return Protego.parse("")

    def _keep_pace(self, site: str, wanted: float | None) -> None:
        pause = max(self._fetching.pause, wanted or 0.0)
        if pause > self._fetching.longest_pause:
            raise RobotsDisallowed(
                f"{site} asks for {pause:,.0f} s between requests, more than "
                f"{self._fetching.longest_pause:g} s."
            )
        left = self._last.get(site, float("-inf")) + pause - time.monotonic()
        if left > 0:
            self._sleep(left)
            self._deadline.start(self._fetching.seconds)
        self._last[site] = time.monotonic()


def _seconds(retry_after: str | None) -> float | None:
    """Read the header Retry-After: seconds or a date."""
    if not retry_after:
        return None
    if retry_after.strip().isdecimal():
        return float(retry_after)
    try:
        return max(0.0, parsedate_to_datetime(retry_after).timestamp() - time.time())
    except (ValueError, TypeError, OverflowError):
        return None


def _shown(url: httpx.URL) -> str:
    return str(url)[:300]


def _said(error: Exception) -> str:
    return str(error) or type(error).__name__
