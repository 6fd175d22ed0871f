from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest

from eval.network import Host, network, usable
from eval.replicas import DATABASE, OVERLOADED, Blow, unexcused
from eval.traffic import BROKEN, REFUSED, Miss

KILL = Blow("server-0 killed", ["server-0"], (), began=10, dead=10.2, back=30)
CUT = Blow("server-1 cut", ["server-1"], [DATABASE], began=40, back=70)
MISS = Miss("server-0", "", 9, 10.1, BROKEN)


@pytest.mark.parametrize(
    ("miss", "excused"),
    [
        (MISS, True),
        (replace(MISS, ended=9.9), False),  # before anything was done
        (replace(MISS, server="server-1"), False),
        (replace(MISS, begun=10.3, ended=11), False),  # taken by whom nobody killed
        (replace(MISS, begun=15, ended=15.1, what=REFUSED), True),
        (replace(MISS, begun=30.1, ended=30.2, what=REFUSED), False),
        (replace(MISS, what=DATABASE), False),
        (Miss("server-1", "", 45, 50, DATABASE), True),
        (Miss("server-1", "", 45, 50, BROKEN), False),
        (Miss("server-2", "", 45, 50, DATABASE), False),
        (Miss("server-1", "", 71, 72, DATABASE), False),
        (Miss("server-2", "", 1, 2, OVERLOADED), True),
    ],
)
def test_a_miss_is_excused_by_what_was_done_then_and_there(miss: Miss, *, excused: bool) -> None:
    assert (not unexcused([KILL, CUT], [miss])) is excused


@pytest.mark.skipif(not usable(), reason="network namespaces need root and iproute2")
def test_a_cut_is_silent_and_mended() -> None:
    listen = (
        "import socket; s = socket.create_server(('', 7000)); print(flush=True)\n"
        "while True: s.accept()[0].sendall(b'here')"
    )
    ask = (
        "import socket, sys; s = socket.create_connection((sys.argv[1], 7000), timeout=1);"
        "print(s.recv(4).decode())"
    )
    with network() as made:
        one, other, third = made.host(), made.host(), made.host()
        server = subprocess.Popen(
            [*one.within, sys.executable, "-c", listen], stdout=subprocess.PIPE
        )
        try:
            assert server.stdout is not None
            server.stdout.readline()

            def asked(by: Host) -> str:
                command = [*by.within, sys.executable, "-c", ask, one.address]
                done = subprocess.run(command, capture_output=True, text=True, check=False)
                return done.stdout.strip() or done.stderr.strip().splitlines()[-1]

            assert asked(other) == "here"
            made.cut(one, other)
            assert asked(other) == "TimeoutError: timed out"
            assert asked(third) == "here"
            made.mend(one, other)
            assert asked(other) == "here"
        finally:
            server.kill()
            server.communicate()
