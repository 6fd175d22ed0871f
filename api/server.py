"""Run the API on a socket, and leave a note in the data folder that says where."""

from __future__ import annotations

import ipaddress
import json
import os
import secrets
import signal
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import uvicorn

from api.app import build_app
from api.logs import configure
from rag.config import Settings
from rag.errors import SettingsError

if TYPE_CHECKING:
    from rag.dateline import Dateline

NOTE = "server.json"

# Requests that are being answered at shutdown get this long, in seconds.
GRACE = 20
# Longer than the pauses of most clients that keep a connection open.
KEEP_ALIVE = 30
# A request line with all its headers, in bytes.
MAX_HEAD = 32_768
BACKLOG = 1024
LOOPBACK = ("localhost", "127.0.0.1", "[::1]")


def serve(
    settings: Settings,
    host: str = "127.0.0.1",
    port: int = 8000,
    *,
    ingest: Sequence[Path] = (),
    on_ready: Callable[[Dateline, str], None] | None = None,
) -> None:
    """Serve until SIGTERM or SIGINT, then finish what is being answered and return.

    Listens at once and opens the collection in the background, where ``ingest`` is stored and then
    ``on_ready`` is called with the Dateline and the server's URL. Port 0 takes a free one. While it
    listens, ``server.json`` in the data folder holds its URL and process id, and a key for the
    command line of whoever may read the folder.

    Raises SettingsError for an address that cannot be used, and for one that other machines reach
    while there are no API keys, unless ``allow_open`` is set; DataFolderError; StoreError.
    """
    from rag.store.database import make_folder

    configure(settings.log_format)
    make_folder(settings.data)
    with listen(host, port) as listener:
        url = _url(listener)
        reached = not _is_loopback(listener)
        if reached and not settings.allow_open:
            _require_keys(settings, host)
        local_key = secrets.token_urlsafe(32)
        app = build_app(
            settings,
            ingest=ingest,
            on_ready=None if on_ready is None else lambda dateline: on_ready(dateline, url),
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
        server = _Server(config, settings.data / NOTE, url, local_key)
        with _signals_to(server):
            server.run(sockets=[listener])


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
            remedy="Choose another with --host and --port; --port 0 takes a free one.",
        ) from error


class _Server(uvicorn.Server):
    """Leaves its note when connections are accepted, and takes it away when it is through."""

    def __init__(self, config: uvicorn.Config, note: Path, url: str, key: str) -> None:
        super().__init__(config)
        self._note = note
        self._says = {"url": url, "pid": os.getpid(), "key": key}

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        draft = self._note.with_name(f"{NOTE}.{os.getpid()}")
        draft.touch(mode=0o600)
        draft.write_text(json.dumps(self._says))
        draft.replace(self._note)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._remove_note()
        await super().shutdown(sockets)

    def _remove_note(self) -> None:
        """Unless another server on the same data has left its own since."""
        try:
            mine = json.loads(self._note.read_text())["pid"] == os.getpid()
        except FileNotFoundError:
            return
        if mine:
            self._note.unlink(missing_ok=True)


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


def _is_loopback(listener: socket.socket) -> bool:
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


def _url(listener: socket.socket) -> str:
    """Return a URL that reaches the socket from this machine."""
    host, port = listener.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
