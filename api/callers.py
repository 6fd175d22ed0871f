"""Find out who asks, and whether that may be now: keys, scopes, rates and quotas."""

from __future__ import annotations

import hmac
import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from anyio import to_thread
from cachetools import TTLCache
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from api.errors import ApiKeyInvalid, ApiKeyMissing, QuotaSpent, RateExceeded, ScopeMissing
from api.scopes import Need
from api.service import Service
from rag.key_types import ApiKey

if TYPE_CHECKING:
    from rag.store.keys import Keys

KNOWN_SECONDS = 1.0
"""A key that is revoked works at most so much longer."""
KNOWN_KEYS = 10_000
LOCAL = "local"


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who asks. ``id`` is the key's; None where no key is needed."""

    id: str | None = None
    name: str | None = None
    headers: Mapping[str, str] | None = None
    """What the response says of the key's limits."""


class Gate:
    """Lets requests in. ``local`` is a secret of the command line on this machine.

    Without keys everybody may do everything, unless ``closed``, or ``above`` asks for keys: then
    nobody may do anything. Keys are those of this service's catalogue alone.
    Rates are counted in this process; with several, each allows the key's rate.
    """

    def __init__(
        self,
        service: Service,
        usage: Usage,
        *,
        local: str,
        closed: bool,
        above: Gate | None = None,
    ) -> None:
        self._above = above
        self._service = service
        self._usage = usage
        self._local = local
        self._closed = closed
        self._rates = MovingWindowRateLimiter(MemoryStorage())
        self._known: TTLCache[str, ApiKey | None] = TTLCache(KNOWN_KEYS, KNOWN_SECONDS)
        self._any = (False, -math.inf)

    async def admit(self, need: Need, token: str) -> Caller:
        """Return who asks.

        Raises ApiKeyMissing, ApiKeyInvalid, ScopeMissing, RateExceeded, QuotaSpent, or NotReady
        and what else keeps the catalogue from being read.
        """
        if need == "nothing":
            return Caller()
        keys = self._service.dateline.keys
        if token and self._local and hmac.compare_digest(token.encode(), self._local.encode()):
            return Caller(id=LOCAL)
        if not await self.asks():
            return Caller()
        if not token:
            raise ApiKeyMissing(
                "This service is used with an API key.",
                remedy="Send it as `Authorization: Bearer KEY`; `dateline keys create` makes one.",
            )
        key = await self._find(keys, token)
        if key is None or not key.works(datetime.now(UTC)):
            raise ApiKeyInvalid(
                "This API key is unknown, revoked or expired.",
                remedy="`dateline keys list` shows the keys and their state.",
            )
        if not key.may(need):
            raise ScopeMissing(
                f"The key {key.id} has the scopes {', '.join(key.scopes)}; this needs {need}.",
                remedy=f"`dateline keys create --scope {need}` makes a key for it.",
            )
        return Caller(id=key.id, name=key.name, headers=self._count(key))

    async def asks(self) -> bool:
        """Whether a key is needed; raises as ``admit`` does."""
        if self._closed or await self._are_there(self._service.dateline.keys):
            return True
        return self._above is not None and await self._above.asks()

    def _count(self, key: ApiKey) -> dict[str, str]:
        headers: dict[str, str] = {}
        if key.per_minute:
            rate = RateLimitItemPerMinute(key.per_minute)
            free = self._rates.hit(rate, key.id)
            reset, left = self._rates.get_window_stats(rate, key.id)
            seconds = max(1, math.ceil(reset - time.time()))
            if not free:
                raise RateExceeded(
                    f"The key {key.id} allows {key.per_minute:,} requests a minute.",
                    remedy="Wait, and spread the requests.",
                    retry_after=seconds,
                )
            headers = {
                "RateLimit-Limit": str(key.per_minute),
                "RateLimit-Remaining": str(left),
                "RateLimit-Reset": str(seconds),
            }
        self._usage.count(key)
        return headers

    async def _are_there(self, keys: Keys) -> bool:
        found, until = self._any
        if time.monotonic() >= until:
            found = await to_thread.run_sync(keys.any)
            self._any = (found, time.monotonic() + KNOWN_SECONDS)
        return found

    async def _find(self, keys: Keys, token: str) -> ApiKey | None:
        # No key is so long; nothing longer is hashed or remembered.
        if len(token) > 100:
            return None
        try:
            return self._known[token]
        except KeyError:
            found = await to_thread.run_sync(keys.find, token)
            self._known[token] = found
            return found


class Usage:
    """Requests of the day by key: of all processes as of the last ``flush``, and of this one."""

    def __init__(self) -> None:
        self._day = ""
        self._before: dict[str, int] = {}
        self._since: dict[str, int] = {}

    def count(self, key: ApiKey) -> None:
        """Count a request; raises QuotaSpent when the key's are spent."""
        now = datetime.now(UTC)
        if (day := now.date().isoformat()) != self._day:
            # What was not written of yesterday is lost: no more than a few seconds' requests.
            self._day, self._before, self._since = day, {}, {}
        used = self._before.get(key.id, 0) + self._since.get(key.id, 0)
        if key.per_day and used >= key.per_day:
            midnight = datetime.combine(now.date() + timedelta(days=1), datetime.min.time(), UTC)
            raise QuotaSpent(
                f"The key {key.id} allows {key.per_day:,} requests a day (UTC).",
                remedy="Wait for tomorrow.",
                retry_after=math.ceil((midnight - now).total_seconds()),
            )
        self._since[key.id] = self._since.get(key.id, 0) + 1

    def start(self, keys: Keys) -> None:
        """Read what was used today before this process began."""
        self._day = datetime.now(UTC).date().isoformat()
        self._before = keys.used(self._day)

    def flush(self, keys: Keys) -> None:
        """Write down what was counted since the last time."""
        day, counted = self._day, self._since
        if not counted:
            return
        self._since = {}
        try:
            self._before |= keys.count(day, counted)
        except BaseException:
            for key_id, number in counted.items():
                self._since[key_id] = self._since.get(key_id, 0) + number
            raise
