"""Which worker does which job where several hosts share a PostgreSQL: procrastinate decides.

What a job is, how far it came and how it ended is in our own tables, on every database.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from threading import Event
from typing import Any, cast

import procrastinate
import psycopg
import sqlalchemy as sa
from procrastinate.exceptions import ProcrastinateException
from procrastinate.schema import SchemaManager
from psycopg.conninfo import make_conninfo
from sqlalchemy.engine import Connection

from rag.errors import DatelineError
from rag.store.database import Database
from rag.store.lease import Lease
from rag.store.postgres import LINK
from rag.store.schema import state

log = logging.getLogger("dateline.jobs")

STALLED = 30.0
"""A worker without a sign of life for so many seconds has lost its job."""
_BEAT = 5.0
_QUEUE, _TASK = "jobs", "dateline.job"
_AGAIN = 2.0
VERSION = "procrastinate"
"""What in the catalogue's state tells the queue's newest migration."""


class Interrupted(Exception):
    """The job is to be done again by whoever comes next."""


class Queue:
    """Hands jobs to workers, each to one, and again when that one is gone; raises StoreError."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self._rescuing = Lease(database, "rescue of jobs")
        self._install()

    def hand_over(self, tx: Connection, job_id: str) -> None:
        """Queue a job; whether it is depends on the transaction, as the job's own row does."""
        driver = tx.connection.driver_connection
        app = self._app(lambda _: None)
        app.configure_task(_TASK, queue=_QUEUE, connection=driver).defer(job_id=job_id)

    def serve(self, work: Callable[[str], None], stopping: Event) -> None:
        """Do jobs, one at a time, until told to stop, whatever the database does meanwhile.

        ``work`` raises Interrupted or a DatelineError for a job that is to be done again.
        """
        while not stopping.is_set():
            try:
                asyncio.run(self._serve(work, stopping))
            except (ProcrastinateException, psycopg.Error, DatelineError) as error:
                log.warning("jobs wait: %s", " ".join(str(error.__cause__ or error).split()))
                stopping.wait(_AGAIN)

    async def _serve(self, work: Callable[[str], None], stopping: Event) -> None:
        app = self._app(work)
        async with app.open_async():
            doing = asyncio.create_task(
                app.run_worker_async(
                    queues=[_QUEUE],
                    concurrency=1,
                    install_signal_handlers=False,
                    delete_jobs="always",
                    update_heartbeat_interval=_BEAT,
                    stalled_worker_timeout=STALLED,
                )
            )
            rescuing = asyncio.create_task(self._rescue(app))
            told = asyncio.create_task(_until(stopping))
            try:
                await asyncio.wait({doing, rescuing, told}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in (rescuing, told):
                    task.cancel()
                # It lets the job in hand end, which has been told to stop as well.
                doing.cancel()
                found = await asyncio.gather(doing, rescuing, told, return_exceptions=True)
            for error in found:
                if isinstance(error, Exception):
                    raise error

    async def _rescue(self, app: procrastinate.App) -> None:
        """Queue again what workers that are gone had in hand; one process at a time does."""
        while True:
            await asyncio.sleep(_BEAT)
            if not await asyncio.to_thread(self._rescuing.take):
                continue
            for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED):
                log.warning("a worker is gone; %s begins again", job.task_kwargs.get("job_id"))
                await app.job_manager.retry_job(job)

    def _app(self, work: Callable[[str], None]) -> procrastinate.App:
        _, given = self._db.engine.dialect.create_connect_args(self._db.engine.url)
        # Beside libpq's parameters there is an object of SQLAlchemy's.
        named = {name: value for name, value in given.items() if name != "context"}
        conninfo = make_conninfo(**cast(Mapping[str, Any], {**LINK, **named}))
        app = procrastinate.App(
            connector=procrastinate.PsycopgConnector(
                conninfo=conninfo,
                min_size=1,
                max_size=4,
                timeout=10.0,
            )
        )

        # However often: a database that is away is no reason to give a job up.
        @app.task(name=_TASK, queue=_QUEUE, retry=procrastinate.RetryStrategy(
            wait=1, retry_exceptions=[Interrupted, DatelineError]
        ))  # fmt: skip
        def do(job_id: str) -> None:
            work(job_id)

        return app

    def _install(self) -> None:
        """Make procrastinate's tables, or bring them up to the installed version."""
        scripts = sorted(Path(SchemaManager.get_migrations_path()).glob("*.sql"))
        newest = scripts[-1].name
        mine = state.c.name == VERSION
        with self._db.read() as tx:
            if tx.scalar(sa.select(state.c.value).where(mine)) == newest:
                return
        with self._db.write("jobs") as tx:
            known = tx.scalar(sa.select(state.c.value).where(mine))
            driver = cast("psycopg.Connection[Any]", tx.connection.driver_connection)
            if known is None:
                driver.execute(SchemaManager.get_schema())
                tx.execute(state.insert().values(name=VERSION, value=newest))
                return
            for script in scripts:
                if script.name > known:
                    driver.execute(script.read_bytes())
            tx.execute(state.update().where(mine).values(value=newest))


async def _until(stopping: Event) -> None:
    while not stopping.is_set():
        await asyncio.sleep(0.1)
