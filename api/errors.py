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
│   ├── BodySlow                  body_slow
│   ├── BatchTooLarge             batch_too_large
│   ├── HostUnknown               host_unknown
│   ├── KeyReused                 idempotency_key_reused
│   └── KeyInUse                  idempotency_key_in_use
├── AccessError                   who asks may not
│   ├── ApiKeyMissing             api_key_missing
│   ├── ApiKeyInvalid             api_key_invalid
│   ├── ScopeMissing              scope_missing
│   ├── OriginForbidden           origin_forbidden
│   ├── RateExceeded              rate_exceeded
│   └── QuotaSpent                quota_spent
├── MethodNotAllowed              method_not_allowed
└── Overloaded                    overloaded

A path that is unknown is a plain ``NotFound``; what nobody foresaw is a plain ``DatelineError``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

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


class BodySlow(InputError):
    """A body that takes too long to arrive."""

    code = "body_slow"
    title = "The body came too slowly"


class BatchTooLarge(InputError):
    """More articles in one request than are taken at once."""

    code = "batch_too_large"
    title = "There are too many articles in one request"


class HostUnknown(InputError):
    """A `Host` header with a name that is not this server's."""

    code = "host_unknown"
    title = "The request names another host"


class KeyReused(InputError):
    """An idempotency key that came with another request before."""

    code = "idempotency_key_reused"
    title = "The idempotency key belongs to another request"


class KeyInUse(InputError):
    """An idempotency key whose first request is still worked on."""

    code = "idempotency_key_in_use"
    title = "The first request with this idempotency key is not done"
    retry_after = 1


class AccessError(DatelineError):
    """Who asks may not, or not now.

    ``retry_after`` is in seconds, where trying again can help.
    """

    code = "access_denied"
    title = "Access is denied"
    headers: Mapping[str, str] | None = None

    def __init__(
        self, message: str, *, remedy: str | None = None, retry_after: int | None = None
    ) -> None:
        super().__init__(message, remedy=remedy)
        self.retry_after = retry_after


class ApiKeyMissing(AccessError):
    """A service that has keys, and a request without one."""

    code = "api_key_missing"
    title = "An API key is needed"
    headers = MappingProxyType({"WWW-Authenticate": "Bearer"})


class ApiKeyInvalid(AccessError):
    """A key that is unknown, revoked or expired; which of these is not told."""

    code = "api_key_invalid"
    title = "The API key cannot be used"
    headers = MappingProxyType({"WWW-Authenticate": 'Bearer error="invalid_token"'})


class ScopeMissing(AccessError):
    """A key that does not allow this."""

    code = "scope_missing"
    title = "The API key does not allow this"
    headers = MappingProxyType({"WWW-Authenticate": 'Bearer error="insufficient_scope"'})


class OriginForbidden(AccessError):
    """A web page of another site that tries to change something."""

    code = "origin_forbidden"
    title = "Pages of this site may not do this"


class RateExceeded(AccessError):
    """More requests in a minute than the key allows."""

    code = "rate_exceeded"
    title = "There are too many requests with this key"


class QuotaSpent(AccessError):
    """More requests in a day than the key allows."""

    code = "quota_spent"
    title = "The key's requests of this day are spent"


class MethodNotAllowed(DatelineError):
    """A method that the path does not have."""

    code = "method_not_allowed"
    title = "The path does not have this method"


class Overloaded(DatelineError):
    """Too many requests are waiting already."""

    code = "overloaded"
    title = "Too many requests are waiting"
