"""Run the API on a socket, and leave a note in the data folder that says where."""

from __future__ import annotations

import asyncio
import ipaddress
import json
import logging
import os
import secrets
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any

import uvicorn
from anyio import to_thread
from fastapi import FastAPI

from api.app import build_app
from api.logs import configure
from rag.config import Settings, reloaded
from rag.errors import DatelineError, SettingsError

if TYPE_CHECKING:
    from rag.dateline import Dateline

NOTE = "server.json"
log = logging.getLogger("dateline.api")

# Requests that are being answered at shutdown get this long, in seconds.
GRACE = 20
# Clients that keep a connection open get this long to send their next request on it, in seconds.
DRAIN = 3.0
# Longer than the pauses of most clients that keep a connection open.
KEEP_ALIVE = 30
# A request line with all its headers, in bytes.
MAX_HEAD = 32_768
BACKLOG = 1024
SWITCH = 0.0005
"""Seconds; each request waits for the interpreter several times, 5 ms each by default."""
LOOPBACK = ("localhost", "127.0.0.1", "[::1]")


def serve(
    settings: Settings,
    host: str = "127.0.0.1",
    port: int = 8000,
    *,
    ingest: Sequence[Path] = (),
    on_ready: Callable[[Dateline, str], None] | None = None,
    reread: Callable[[], Settings] | None = None,
) -> None:
    """Serve until SIGTERM or SIGINT, then finish what is being answered and return.

    Listens at once and opens the collection in the background, where ``ingest`` is stored and then
    ``on_ready`` is called with the Dateline and the server's URL. Port 0 takes a free one. While it
    listens, ``server.json`` in the data folder holds its URL and process id, and a key for the
    command line of whoever may read the folder. On SIGHUP the settings are read again with
    ``reread``, and those among ``config.RELOADED`` hold from then on.

    Raises SettingsError for an address that cannot be used, and for one that other machines reach
    while there are no API keys, unless ``allow_open`` is set; DataFolderError; StoreError.
    """
    configure(settings.log_format)
    with opened(settings, host, port) as listener:
        url, key = url_of(listener), secrets.token_urlsafe(32)
        with noted(settings.data / NOTE, url, key) as note:
            run(
                settings,
                listener,
                key,
                ingest=ingest,
                on_ready=None if on_ready is None else lambda dateline: on_ready(dateline, url),
                on_listening=note,
                reread=reread,
            )


def opened(settings: Settings, host: str, port: int) -> socket.socket:
    """Return the socket to serve on, once it is sure that it may be; raises as ``serve`` does."""
    from rag.store.database import make_folder

    make_folder(settings.data)
    listener = listen(host, port)
    try:
        if not is_loopback(listener) and not settings.allow_open:
            _require_keys(settings, host)
    except BaseException:
        listener.close()
        raise
    return listener


def run(
    settings: Settings,
    listener: socket.socket,
    local_key: str,
    *,
    ingest: Sequence[Path] = (),
    on_ready: Callable[[Dateline], None] | None = None,
    on_listening: Callable[[], None] = lambda: None,
    reread: Callable[[], Settings] | None = None,
    stop: Event | None = None,
) -> None:
    """Serve on a socket, which other processes may share, until a signal or until ``stop``."""
    reached = not is_loopback(listener)
    app = build_app(
        settings,
        ingest=ingest,
        on_ready=on_ready,
        hosts=_hosts(settings, reached=reached),
        local_key=local_key,
        closed=reached and not settings.allow_open,
    )
    config = uvicorn.Config(
        app,
        http="h11",
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        # Nothing here depends on the caller's address, so nobody is believed about it.
        proxy_headers=False,
        backlog=BACKLOG,
        timeout_keep_alive=KEEP_ALIVE,
        timeout_graceful_shutdown=GRACE,
        h11_max_incomplete_event_size=MAX_HEAD,
    )
    # Threads that search give way to the one that takes requests ten times as often as usual.
    sys.setswitchinterval(SWITCH)
    reload = None if reread is None else Reload(app, reread)
    server = _Server(config, on_listening, reload, stop)
    with _signals_to(server):
        server.run(sockets=[listener])


@contextmanager
def noted(path: Path, url: str, key: str) -> Iterator[Callable[[], None]]:
    """Give what leaves the note, which is gone at the end unless another server left its own.

    The note of a server that was there before and still is takes its place again.
    """
    says = {"url": url, "pid": os.getpid(), "key": key}
    before = _note_in(path)

    def put(note: dict[str, Any]) -> None:
        draft = path.with_name(f"{NOTE}.{os.getpid()}")
        draft.touch(mode=0o600)
        draft.write_text(json.dumps(note))
        draft.replace(path)

    try:
        yield lambda: put(says)
    finally:
        now = _note_in(path)
        if now is not None and now["pid"] == os.getpid():
            if before is not None and before["pid"] != os.getpid() and _lives(before["pid"]):
                put(before)
            else:
                path.unlink(missing_ok=True)


def _note_in(path: Path) -> dict[str, Any] | None:
    """Read what a server left, None where there is nothing to be read."""
    try:
        note = json.loads(path.read_text())
    except (OSError, ValueError):
        return None
    return note if isinstance(note, dict) and isinstance(note.get("pid"), int) else None


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket; raises SettingsError when the address cannot be used."""
    shown = f"{host}:{port}"
    try:
        # Checked here, because the system would take the number modulo 65,536.
        if not 0 <= port <= 65_535:
            raise SettingsError(f"{port} is not a port.", remedy="Ports are 0 to 65535.")
        family, *_, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        return socket.create_server(address[:2], family=family, backlog=BACKLOG)
    except OSError as error:
        # The library adds the address to the system's words; the resolver's errors are negative.
        system = error.errno if error.errno and error.errno > 0 else None
        reason = os.strerror(system) if system else error.strerror
        raise SettingsError(
            f"The server cannot listen on {shown}: {reason}.",
            remedy="Choose another with --host and --port (`make run PORT=8001`); --port 0 takes "
            "a free one.",
        ) from error


class Reload:
    """Takes over settings that were changed while a server runs."""

    def __init__(self, app: FastAPI, reread: Callable[[], Settings]) -> None:
        self._app = app
        self._reread = reread

    async def __call__(self) -> None:
        """Read them and go on with those that may change; a mistake in them changes nothing."""
        service = self._app.state.service
        try:
            read = await to_thread.run_sync(self._reread)
        except DatelineError as error:
            log.error("the settings stay as they are: %s [%s]", error, error.code)  # noqa: TRY400
            return
        settings, taken, waiting = reloaded(service.settings, read)
        await to_thread.run_sync(service.reload, settings)
        await self._app.state.collections.reload()
        log.info(
            "settings read again: %s hold now; %s wait for the next start",
            ", ".join(taken) or "none",
            ", ".join(waiting) or "none",
        )


class _Server(uvicorn.Server):
    """Says when it listens, reads settings again on SIGHUP, and drains before it shuts down."""

    def __init__(
        self,
        config: uvicorn.Config,
        on_listening: Callable[[], None],
        reload: Reload | None,
        stop: Event | None,
    ) -> None:
        super().__init__(config)
        self._on_listening = on_listening
        self._reload = reload
        self._stop = stop
        self._work = set[asyncio.Task[None]]()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self._reload is not None:
            loop = asyncio.get_running_loop()
            loop.add_signal_handler(signal.SIGHUP, self._read_again, self._reload)
        self._on_listening()

    async def on_tick(self, counter: int) -> bool:
        if self._stop is not None and self._stop.is_set():
            self.should_exit = True
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await self._drain(sockets or [])
        await super().shutdown(sockets)

    async def _drain(self, sockets: Sequence[socket.socket]) -> None:
        """Take no new connections, and ask clients to close theirs with their next response.

        A connection that is kept open may carry a request at any moment: closed from here, that
        one is lost.
        """
        for listening in self.servers:
            listening.close()
        for each in sockets:
            each.close()
        if self.force_exit or signal.SIGINT in self._captured_signals:
            return
        self.server_state.default_headers = [
            *self.server_state.default_headers, (b"connection", b"close"),
        ]  # fmt: skip
        until = time.monotonic() + DRAIN
        while self.server_state.connections and time.monotonic() < until and not self.force_exit:
            await asyncio.sleep(0.05)

    def _read_again(self, reload: Reload) -> None:
        task = asyncio.get_running_loop().create_task(reload())
        self._work.add(task)
        task.add_done_callback(self._work.discard)


@contextmanager
def _signals_to(server: uvicorn.Server) -> Iterator[None]:
    """Stop the server on a signal, also before and after uvicorn looks after signals itself.

    uvicorn sends itself the signal again when it is through, which would end the process with an
    error although all went well.
    """
    before = {
        name: signal.signal(name, server.handle_exit) for name in (signal.SIGTERM, signal.SIGINT)
    }
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)


def is_loopback(listener: socket.socket) -> bool:
    """Whether only this machine reaches the socket."""
    return ipaddress.ip_address(listener.getsockname()[0].partition("%")[0]).is_loopback


def _require_keys(settings: Settings, host: str) -> None:
    """Raise SettingsError unless there are API keys."""
    from rag.store.database import Database
    from rag.store.keys import Keys

    database = Database(settings.database_url)
    try:
        there = Keys(database).any()
    finally:
        database.close()
    if not there:
        raise SettingsError(
            f"Other machines would reach the server on {host}, and there are no API keys.",
            remedy="Make one with `dateline keys create NAME`, serve on 127.0.0.1, or allow "
            "everybody with --allow-open (DATELINE_ALLOW_OPEN=true).",
        )


def _hosts(settings: Settings, *, reached: bool) -> Sequence[str]:
    """Return the names that requests may call the server by; any where it returns none."""
    given = [name for name in settings.hosts.split(",") if name]
    if reached and not given:
        return ()
    return (*LOOPBACK, *given)


def url_of(listener: socket.socket) -> str:
    """Return a URL that reaches the socket from this machine."""
    host, port = listener.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
