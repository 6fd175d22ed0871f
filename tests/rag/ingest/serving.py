"""A web server in a thread, for tests of fetching."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Answer = Callable[[BaseHTTPRequestHandler], None]


class Site:
    """What a server gives at each path, and the requests it got."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.requests: list[tuple[str, dict[str, str]]] = []
        self.port = 0

    def url(self, path: str = "/") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def page(self, path: str, body: bytes, kind: str = "text/html", **headers: str) -> None:
        self.answers[path] = lambda request: send(request, 200, body, kind, **headers)

    def status(self, path: str, *codes: int, **headers: str) -> None:
        """Answer with these codes one after the other, the last one for ever."""
        left = list(codes)

        def answer(request: BaseHTTPRequestHandler) -> None:
            send(request, left.pop(0) if len(left) > 1 else left[0], b"", "text/html", **headers)

        self.answers[path] = answer

    def redirect(self, path: str, to: str) -> None:
        self.status(path, 302, Location=to)

    def got(self, path: str) -> list[dict[str, str]]:
        return [headers for asked, headers in self.requests if asked == path]


def send(
    request: BaseHTTPRequestHandler, status: int, body: bytes, kind: str, **headers: str
) -> None:
    request.send_response(status)
    request.send_header("Content-Type", kind)
    request.send_header("Content-Length", str(len(body)))
    for name, value in headers.items():
        request.send_header(name.replace("_", "-"), value)
    request.end_headers()
    request.wfile.write(body)


@contextmanager
def serving() -> Iterator[Site]:
    """Serve a site on a free port of this machine."""
    site = Site()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.requests.append((self.path, dict(self.headers)))
            try:
                if self.path in site.answers:
                    site.answers[self.path](self)
                else:
                    send(self, 404, b"", "text/html")
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    site.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
