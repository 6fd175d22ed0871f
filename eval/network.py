"""Hosts on this machine, each with a network of its own that can be cut: Linux's namespaces."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

_NOWHERE = "02:00:00:00:00:99"
"""A hardware address that no host has."""


@dataclass(frozen=True, slots=True)
class Host:
    """A network namespace with one address on the bridge."""

    namespace: str
    address: str

    @property
    def within(self) -> tuple[str, ...]:
        """The beginning of a command that runs there."""
        return ("ip", "netns", "exec", self.namespace)


class Network:
    """A bridge in this namespace, and hosts on it; needs root and iproute2."""

    def __init__(self) -> None:
        self._tag = f"dl{os.getpid()}"
        self._prefix = f"10.{200 + os.getpid() // 250 % 50}.{os.getpid() % 250}"
        self._hosts: list[Host] = []
        _ip("link", "add", self._tag, "type", "bridge")
        _ip("addr", "add", f"{self._prefix}.1/24", "dev", self._tag)
        _ip("link", "set", self._tag, "up")

    def host(self) -> Host:
        """Add a host."""
        number = len(self._hosts) + 2
        namespace, outer = f"{self._tag}-{number}", f"{self._tag}v{number}"
        host = Host(namespace, f"{self._prefix}.{number}")
        _ip("netns", "add", namespace)
        self._hosts.append(host)
        _ip("link", "add", outer, "type", "veth", "peer", "name", "eth0", "netns", namespace)
        _ip("link", "set", outer, "master", self._tag, "up")
        for device in ("lo", "eth0"):
            _ip("-n", namespace, "link", "set", device, "up")
        _ip("-n", namespace, "addr", "add", f"{host.address}/24", "dev", "eth0")
        return host

    def cut(self, one: Host, other: Host) -> None:
        """Let nothing through between two hosts: what they send goes nowhere, and nobody says so.

        Each is told a wrong hardware address of the other, as when a cable is pulled behind a
        switch; connections stay open.
        """
        for here, there in ((one, other), (other, one)):
            _ip(
                "-n", here.namespace, "neigh", "replace", there.address, "lladdr", _NOWHERE,
                "dev", "eth0", "nud", "permanent",
            )  # fmt: skip

    def mend(self, one: Host, other: Host) -> None:
        """Let everything through again."""
        for here, there in ((one, other), (other, one)):
            _ip("-n", here.namespace, "neigh", "del", there.address, "dev", "eth0")

    def close(self) -> None:
        """Remove the hosts; what runs there must have ended."""
        for host in self._hosts:
            _ip("netns", "del", host.namespace)
        _ip("link", "del", self._tag)


def usable() -> bool:
    """Whether this process may make namespaces."""
    if os.geteuid() != 0 or shutil.which("ip") is None:
        return False
    name = f"dl{os.getpid()}-try"
    made = subprocess.run(  # noqa: S603
        ["ip", "netns", "add", name],  # noqa: S607  wherever iproute2 is
        capture_output=True, check=False,
    )  # fmt: skip
    if made.returncode == 0:
        _ip("netns", "del", name)
    return made.returncode == 0


@contextmanager
def network() -> Iterator[Network]:
    """Have a network until the block ends."""
    made = Network()
    try:
        yield made
    finally:
        made.close()


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True)  # noqa: S603, S607
