"""Connect to public addresses only, however a name resolves, and for a limited time.

A URL from outside must not make this machine talk to its own network (SSRF). The name is resolved
once, every address it has is checked, and the connection goes to that very address: a name server
that answers differently the next time (DNS rebinding) is never asked a next time.
"""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable, Iterable, Iterator
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Any

import httpcore
import httpx

from rag.errors import UrlForbidden, UrlUnreachable
from rag.ingest.options import Fetching

Resolve = Callable[[str, int], list[str]]
"""Name and port to IP addresses; raises OSError."""

# Public by the registries, yet answering only inside a cloud: Azure's platform address.
_INSIDE = {IPv4Address("168.63.129.16")}
_NAT64 = IPv6Network("64:ff9b::/96")
_SITE_LOCAL = IPv6Network("fec0::/10")
_COMPATIBLE = IPv6Network("::/96")
_SCHEMES = ("http", "https")


def check_url(url: httpx.URL, fetching: Fetching) -> None:
    """Raise UrlForbidden for another scheme or port, or for a URL with a password in it."""
    if url.scheme not in _SCHEMES or not url.host:
        raise UrlForbidden(f"{_shown(url)} is not an http:// or https:// address.")
    if url.userinfo:
        raise UrlForbidden(
            f"{_shown(url)} has a user name in it.", remedy="Leave out what stands before the @."
        )
    port = url.port or (443 if url.scheme == "https" else 80)
    if port not in fetching.ports:
        raise UrlForbidden(
            f"{_shown(url)} asks for port {port}.",
            remedy="DATELINE_FETCH_PORTS lists the ports that are allowed.",
        )


def is_public(address: str) -> bool:
    """Whether an IP address is one of the open internet.

    Private, loopback, link-local, multicast, reserved, shared (CGNAT) and cloud metadata addresses
    are not, nor are IPv6 addresses that stand for such an IPv4 address (mapped, 6to4, NAT64).
    """
    ip = ip_address(address.partition("%")[0])
    if isinstance(ip, IPv4Address):
        return ip.is_global and not ip.is_multicast and not ip.is_reserved and ip not in _INSIDE
    if (inner := _embedded(ip)) is not None:
        return is_public(str(inner))
    return (
        ip.is_global
        and not (ip.is_multicast or ip.is_reserved or ip.is_loopback)
        and ip.teredo is None
        and ip not in _SITE_LOCAL
        and ip not in _COMPATIBLE
    )


def _embedded(ip: IPv6Address) -> IPv4Address | None:
    """Return the IPv4 address that an IPv6 address stands for."""
    if ip in _NAT64:
        return IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour


def resolve(host: str, port: int) -> list[str]:
    """Ask the system's resolver, which has time limits of its own."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(item[4][0]) for item in found))


class Deadline:
    """The moment by which an exchange has to be over."""

    def __init__(self) -> None:
        self._at = float("inf")

    def start(self, seconds: float) -> None:
        """Begin anew."""
        self._at = time.monotonic() + seconds

    def left(self) -> float:
        """Return the seconds that are left; raises httpcore.ReadTimeout when none are."""
        left = self._at - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("the time for the whole exchange is over")
        return left


class GuardedBackend(httpcore.NetworkBackend):
    """Opens connections to checked addresses; each read and write counts against the deadline."""

    def __init__(self, fetching: Fetching, deadline: Deadline, resolve: Resolve) -> None:
        self._fetching = fetching
        self._deadline = deadline
        self._resolve = resolve
        self._system = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002  the deadline's
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first address of the host that answers.

        Raises UrlForbidden when one of them is not public, UrlUnreachable when there is none.
        """
        try:
            addresses = self._resolve(host, port)
        except (OSError, UnicodeError) as error:
            raise UrlUnreachable(f"The name {host} cannot be resolved: {error}.") from error
        if not self._fetching.private:
            for address in addresses:
                if not is_public(address):
                    raise UrlForbidden(
                        f"{host} is {address}, which is not an address of the open internet.",
                        remedy="DATELINE_FETCH_PRIVATE=true allows all addresses; set it only "
                        "where everyone who can hand in URLs may see your network.",
                    )
        failure: Exception = UrlUnreachable(f"The name {host} has no address.")
        for address in addresses:
            try:
                stream = self._system.connect_tcp(
                    address, port, self._deadline.left(), local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
            else:
                return _TimedStream(stream, self._deadline)
        raise failure


class _TimedStream(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002
        return self._stream.read(max_bytes, self._deadline.left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002
        self._stream.write(buffer, self._deadline.left())

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002
    ) -> httpcore.NetworkStream:
        stream = self._stream.start_tls(ssl_context, server_hostname, self._deadline.left())
        return _TimedStream(stream, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class GuardedTransport(httpx.BaseTransport):
    """Sends the requests of an httpx client through the guarded backend, without any proxy."""

    def __init__(self, fetching: Fetching, deadline: Deadline, resolve: Resolve) -> None:
        self._pool = httpcore.ConnectionPool(
            ssl_context=httpx.create_ssl_context(trust_env=False),
            network_backend=GuardedBackend(fetching, deadline, resolve),
            max_connections=4,
            keepalive_expiry=5.0,
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request; raises httpcore's exceptions and UrlForbidden."""
        url = request.url
        response = self._pool.handle_request(
            httpcore.Request(
                method=request.method,
                url=httpcore.URL(
                    scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
                ),
                headers=request.headers.raw,
                extensions=request.extensions,
            )
        )
        return httpx.Response(
            response.status,
            headers=response.headers,
            stream=_Body(response),
            extensions=response.extensions,
        )

    def close(self) -> None:
        """Close all connections."""
        self._pool.close()


class _Body(httpx.SyncByteStream):
    def __init__(self, response: httpcore.Response) -> None:
        self._response = response

    def __iter__(self) -> Iterator[bytes]:
        yield from self._response.iter_stream()

    def close(self) -> None:
        self._response.close()


def _shown(url: httpx.URL) -> str:
    """Write a URL for a message, without a password."""
    return (
        str(url.copy_with(username=None, password=None))[:300] if url.userinfo else str(url)[:300]
    )
