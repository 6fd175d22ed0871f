"""A real PostgreSQL for measurements and tests, in a folder of its own on a free port."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
import uuid
from collections.abc import Sequence
from pathlib import Path

import psycopg

FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
"""What tests need not be safe from: that the machine loses power."""
_WAIT = 30


def programs() -> Path | None:
    """Return the folder of the newest installed server's programs."""
    if (found := shutil.which("initdb")) is not None:
        return Path(found).resolve().parent
    folders = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    return max(
        (path.parent for path in folders), key=lambda path: int(path.parent.name), default=None
    )


class Server:
    """A server on a free port of this machine; ``kill`` and ``start`` as often as is wanted."""

    def __init__(
        self,
        folder: Path,
        settings: tuple[str, ...] = FAST,
        host: str = "127.0.0.1",
        within: Sequence[str] = (),
    ) -> None:
        """Make its folder; ``within`` is the beginning of a command that runs on that host."""
        found = programs()
        if found is None:
            raise FileNotFoundError("PostgreSQL's server is not installed")
        self._programs = found
        self._settings = settings
        self._host, self._within = host, within
        self._folder = folder
        # It refuses to be run by root.
        self._user = "nobody" if os.geteuid() == 0 else None
        if self._user is not None:
            owner = pwd.getpwnam(self._user)
            os.chown(folder, owner.pw_uid, owner.pw_gid)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self._process: subprocess.Popen[bytes] | None = None
        self._run(
            "initdb", "--pgdata", str(folder / "data"), "--username", "dateline", "--auth", "trust",
            "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync", "--no-instructions",
        )  # fmt: skip
        if within:
            with (folder / "data" / "pg_hba.conf").open("a") as rules:
                rules.write(f"host all all {host}/24 trust\n")

    def url(self, database: str = "postgres") -> str:
        """Return the URL of a database."""
        return f"postgresql+psycopg://dateline@{self._host}:{self.port}/{database}"

    def create(self, template: str | None = None) -> str:
        """Make a database, a copy of another one if that is named; return its name."""
        name = f"t{uuid.uuid4().hex[:12]}"
        copied = f" TEMPLATE {template}" if template else ""
        self.execute(f"CREATE DATABASE {name}{copied}")
        return name

    def drop(self, name: str) -> None:
        """Remove a database and everybody in it."""
        self.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def execute(self, command: str) -> None:
        """Run one command beside all transactions."""
        with psycopg.connect(self.dsn(), autocommit=True) as connection:
            connection.execute(command)

    def start(self) -> None:
        """Start it and wait until it answers."""
        command = [str(self._programs / "postgres"), "-D", str(self._folder / "data")]
        user = self._user
        if (guard := shutil.which("setpriv")) is not None:
            # It ends with the tests, also when those are killed.
            given = ["--pdeathsig", "INT"]
            if self._within and user is not None:
                # Only root enters another namespace; in there it becomes the other user.
                group = str(pwd.getpwnam(user).pw_gid)
                given += ["--reuid", user, "--regid", group, "--clear-groups"]
                user = None
            command = [*self._within, guard, *given, *command]
        for setting in (
            f"port={self.port}", f"listen_addresses={self._host}", "unix_socket_directories=",
            "max_connections=200", *self._settings,
        ):  # fmt: skip
            command += ["-c", setting]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603  the server's own program
                command, stdout=log, stderr=log, cwd="/", user=user, start_new_session=True
            )
        self._wait()

    @property
    def pid(self) -> int:
        """Its first process; raises RuntimeError where there is none."""
        if self._process is None:
            raise RuntimeError("PostgreSQL does not run")
        return self._process.pid

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """End it: SIGINT ends transactions and shuts down, SIGKILL is a crash."""
        if self._process is None:
            return
        if how == signal.SIGKILL:
            os.killpg(self._process.pid, how)
        else:
            self._process.send_signal(how)
        self._process.wait(_WAIT)
        self._process = None
        if how == signal.SIGKILL:
            # Its other processes notice a moment later, and only then may it start again.
            time.sleep(0.5)

    def _wait(self) -> None:
        until = time.monotonic() + _WAIT
        while True:
            try:
                psycopg.connect(self.dsn()).close()
            except psycopg.OperationalError:
                if time.monotonic() > until or self._process is None or self._process.poll():
                    raise RuntimeError((self._folder / "log").read_text()[-2_000:]) from None
                time.sleep(0.05)
            else:
                return

    def dsn(self, database: str = "postgres") -> str:
        """Say how the driver alone reaches a database."""
        return (
            f"host={self._host} port={self.port} user=dateline dbname={database} connect_timeout=2"
        )

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(  # noqa: S603  the server's own program
            [str(self._programs / program), *arguments],
            check=True, capture_output=True, cwd="/", user=self._user,
        )  # fmt: skip
