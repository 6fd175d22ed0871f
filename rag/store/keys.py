"""API keys: who may use the service, for what, how much, and until when.

A key is ``dl_ID_SECRET``. The secret has 256 random bits, so a fast hash is enough: nobody can try
them all. It is hashed with BLAKE2b under a random key of this catalogue; the secret itself is shown
once and stored nowhere.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from rag.errors import InputError, KeyNotFound
from rag.key_types import SCOPES, ApiKey, Scope
from rag.store.database import Database
from rag.store.schema import api_key, api_key_use, state

TOKEN = re.compile(r"dl_([0-9a-f]{8})_([A-Za-z0-9_-]{43})")
MAX_NAME = 100
MAX_LIMIT = 2**31 - 1
_PEPPER = "key_pepper"
_NOBODY = "0" * 64


class Keys:
    """The keys of a catalogue. Safe for several threads and processes."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def create(
        self,
        name: str,
        scopes: Sequence[Scope] = ("read",),
        *,
        lasts: timedelta | None = None,
        per_minute: int = 0,
        per_day: int = 0,
    ) -> tuple[ApiKey, str]:
        """Make a key and return it with its text, which cannot be had again.

        ``name`` says whose it is, 1 to 100 code points; ``lasts`` is how long it works, for ever
        without it. Raises InputError.
        """
        if not name.strip() or len(name) > MAX_NAME or not name.isprintable():
            raise InputError(
                f"A key's name has 1 to {MAX_NAME} printable code points.", remedy="Name its user."
            )
        if not scopes or any(scope not in SCOPES for scope in scopes):
            raise InputError(
                f"The scopes {' '.join(scopes)!r} cannot be used.",
                remedy=f"Choose some of {', '.join(SCOPES)}.",
            )
        if not (0 <= per_minute <= MAX_LIMIT and 0 <= per_day <= MAX_LIMIT):
            raise InputError(f"A key's limits are 0 to {MAX_LIMIT:,}.")
        with self._db.write("keys") as tx:
            return self._add(tx, name, scopes, lasts, per_minute, per_day)

    def rotate(self, key_id: str, overlap: timedelta) -> tuple[ApiKey, str]:
        """Make another key like this one, which still works for the overlap.

        The new key lasts as long as the old one was made to. Raises KeyNotFound or InputError for
        a key that works no more.
        """
        now = datetime.now(UTC)
        with self._db.write("keys") as tx:
            old = self._get(tx, key_id)
            if not old.works(now):
                raise InputError(f"The key {key_id} works no more.", remedy="Create another.")
            lasts = None if old.expires_at is None else old.expires_at - old.created_at
            ends = now + overlap
            if old.expires_at is not None:
                ends = min(ends, old.expires_at)
            tx.execute(api_key.update().where(api_key.c.id == key_id).values(expires_at=ends))
            return self._add(tx, old.name, old.scopes, lasts, old.per_minute, old.per_day)

    def revoke(self, key_id: str) -> ApiKey:
        """Let a key work no more; raises KeyNotFound."""
        with self._db.write("keys") as tx:
            key = self._get(tx, key_id)
            if key.revoked_at is None:
                moment = datetime.now(UTC)
                tx.execute(api_key.update().where(api_key.c.id == key_id).values(revoked_at=moment))
            return self._get(tx, key_id)

    def forget(self, key_id: str) -> None:
        """Remove a key altogether; raises KeyNotFound.

        Without any key left the service is open again on this machine.
        """
        with self._db.write("keys") as tx:
            self._get(tx, key_id)
            tx.execute(api_key.delete().where(api_key.c.id == key_id))

    def all(self) -> list[ApiKey]:
        """Return every key, the newest first, those that work no more too."""
        query = sa.select(api_key).order_by(api_key.c.created_at.desc(), api_key.c.id)
        with self._db.read() as tx:
            return [_key(row) for row in tx.execute(query)]

    def any(self) -> bool:
        """Whether a key was ever made: then none is asked without one.

        Keys that expired or were revoked count, so that the service does not open by itself.
        """
        with self._db.read() as tx:
            return tx.scalar(sa.select(api_key.c.id).limit(1)) is not None

    def find(self, token: str) -> ApiKey | None:
        """Return the key with this text, whether it still works or not; None for any other text.

        The secret is compared in constant time, also where there is no such key.
        """
        match = TOKEN.fullmatch(token)
        key_id, secret = match.groups() if match else ("", "")
        with self._db.read() as tx:
            row = tx.execute(sa.select(api_key).where(api_key.c.id == key_id)).one_or_none()
            pepper = tx.scalar(sa.select(state.c.value).where(state.c.name == _PEPPER)) or ""
        same = hmac.compare_digest(_hash(secret, pepper), _NOBODY if row is None else row.hash)
        return _key(row) if row is not None and same else None

    def count(self, day: str, requests: Mapping[str, int]) -> dict[str, int]:
        """Add requests by key to a day (ISO 8601) and return the day's sums of these keys."""
        with self._db.write("keys") as tx:
            for key_id, number in requests.items():
                mine = (api_key_use.c.key_id == key_id) & (api_key_use.c.day == day)
                added = api_key_use.c.requests + number
                if tx.execute(api_key_use.update().where(mine).values(requests=added)).rowcount:
                    continue
                if tx.scalar(sa.select(api_key.c.id).where(api_key.c.id == key_id)) is not None:
                    tx.execute(api_key_use.insert().values(key_id=key_id, day=day, requests=number))
            rows = tx.execute(
                sa.select(api_key_use.c.key_id, api_key_use.c.requests).where(
                    api_key_use.c.day == day, api_key_use.c.key_id.in_(list(requests))
                )
            )
            return {row.key_id: row.requests for row in rows}

    def used(self, day: str) -> dict[str, int]:
        """Return the requests of each key on a day."""
        query = sa.select(api_key_use.c.key_id, api_key_use.c.requests).where(
            api_key_use.c.day == day
        )
        with self._db.read() as tx:
            return {row.key_id: row.requests for row in tx.execute(query)}

    def _add(
        self,
        tx: Connection,
        name: str,
        scopes: Sequence[Scope],
        lasts: timedelta | None,
        per_minute: int,
        per_day: int,
    ) -> tuple[ApiKey, str]:
        pepper = tx.scalar(sa.select(state.c.value).where(state.c.name == _PEPPER))
        if pepper is None:
            pepper = secrets.token_hex(32)
            tx.execute(state.insert().values(name=_PEPPER, value=pepper))
        key_id, secret, now = secrets.token_hex(4), secrets.token_urlsafe(32), datetime.now(UTC)
        tx.execute(
            api_key.insert().values(
                id=key_id,
                name=name.strip(),
                hash=_hash(secret, pepper),
                scopes=" ".join(scope for scope in SCOPES if scope in scopes),
                created_at=now,
                expires_at=None if lasts is None else now + lasts,
                per_minute=per_minute,
                per_day=per_day,
            )
        )
        return self._get(tx, key_id), f"dl_{key_id}_{secret}"

    def _get(self, tx: Connection, key_id: str) -> ApiKey:
        row = tx.execute(sa.select(api_key).where(api_key.c.id == key_id)).one_or_none()
        if row is None:
            raise KeyNotFound(
                f"There is no key {key_id[:20]!r}.", remedy="`dateline keys list` shows them."
            )
        return _key(row)


def _hash(secret: str, pepper: str) -> str:
    return hashlib.blake2b(
        secret.encode(), key=bytes.fromhex(pepper), digest_size=32, person=b"dateline-api-key"
    ).hexdigest()


def _key(row: Row[tuple[object, ...]]) -> ApiKey:
    return ApiKey(
        id=row.id,
        name=row.name,
        scopes=tuple(scope for scope in SCOPES if scope in row.scopes.split()),
        created_at=row.created_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
        per_minute=row.per_minute,
        per_day=row.per_day,
    )
