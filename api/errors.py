"""What only HTTP refuses; everything else is in ``rag.errors``.

DatelineError
├── InputError
│   ├── ItemisedError             lists what is wrong, place by place
│   │   ├── RequestInvalid        request_invalid
│   │   └── ArticlesRefused       articles_refused
│   ├── JsonInvalid               json_invalid
│   ├── EncodingInvalid           encoding_invalid
│   ├── MediaTypeUnsupported      media_type_unsupported
│   ├── BodyTooLarge              body_too_large
│   └── BatchTooLarge             batch_too_large
├── MethodNotAllowed              method_not_allowed
└── Overloaded                    overloaded

A path that is unknown is a plain ``NotFound``; what nobody foresaw is a plain ``DatelineError``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rag.errors import DatelineError, InputError


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that is wrong with a request, and where."""

    place: str
    code: str
    message: str


class ItemisedError(InputError):
    """A request with several faults."""

    def __init__(
        self, message: str, faults: Sequence[Fault] = (), *, remedy: str | None = None
    ) -> None:
        super().__init__(message, remedy=remedy)
        self.faults = tuple(faults)


class RequestInvalid(ItemisedError):
    """Fields that are missing, unknown, of the wrong type or out of range."""

    code = "request_invalid"
    title = "The request does not fit its schema"


class ArticlesRefused(ItemisedError):
    """Not one of the articles of a request could be stored."""

    code = "articles_refused"
    title = "No article was stored"


class JsonInvalid(InputError):
    """A body that is not JSON."""

    code = "json_invalid"
    title = "The body is not valid JSON"


class EncodingInvalid(InputError):
    """A body whose bytes are not UTF-8."""

    code = "encoding_invalid"
    title = "The body is not valid UTF-8"


class MediaTypeUnsupported(InputError):
    """A body that does not say it is JSON."""

    code = "media_type_unsupported"
    title = "The body's content type is not JSON"


class BodyTooLarge(InputError):
    """A body over the limit."""

    code = "body_too_large"
    title = "The body is too large"


class BatchTooLarge(InputError):
    """More articles in one request than are taken at once."""

    code = "batch_too_large"
    title = "There are too many articles in one request"


class MethodNotAllowed(DatelineError):
    """A method that the path does not have."""

    code = "method_not_allowed"
    title = "The path does not have this method"


class Overloaded(DatelineError):
    """Too many requests are waiting already."""

    code = "overloaded"
    title = "Too many requests are waiting"
