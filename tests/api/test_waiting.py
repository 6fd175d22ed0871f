from __future__ import annotations

import threading

import anyio
import pytest

from api import waiting
from api.errors import Overloaded
from api.waiting import WaitingRoom


def test_those_who_find_no_place_to_wait_are_turned_away() -> None:
    release = threading.Event()
    done: list[str] = []

    def job(name: str) -> None:
        release.wait()
        done.append(name)

    async def scenario() -> None:
        room = WaitingRoom(working=1, waiting=2)

        async def come(name: str) -> None:
            await room.run(lambda: job(name))

        async with anyio.create_task_group() as group:
            for name in ("works", "waits", "waits too"):
                group.start_soon(come, name)
                await anyio.wait_all_tasks_blocked()
            with pytest.raises(Overloaded, match="2 requests are waiting"):
                await room.run(lambda: job("comes too late"))
            release.set()
        await room.run(lambda: job("comes later"))

    anyio.run(scenario)
    assert done == ["works", "waits", "waits too", "comes later"]


def test_a_job_that_fails_frees_its_place() -> None:
    async def scenario() -> None:
        room = WaitingRoom(working=1, waiting=0)
        for _ in range(2):
            with pytest.raises(ZeroDivisionError):
                await room.run(lambda: 1 // 0)
        assert await room.run(lambda: 2) == 2

    anyio.run(scenario)


def test_who_waits_too_long_is_turned_away_and_leaves_the_line() -> None:
    release = threading.Event()

    async def scenario() -> None:
        room = WaitingRoom(working=1, waiting=5, seconds=0.05)
        async with anyio.create_task_group() as group:
            group.start_soon(room.run, release.wait)
            await anyio.wait_all_tasks_blocked()
            with pytest.raises(Overloaded, match="No place came free"):
                await room.run(release.wait)
            assert room.busy == (1, 0)
            release.set()
        assert room.busy == (0, 0)
        assert await room.run(lambda: 3) == 3

    anyio.run(scenario)


def test_nothing_is_begun_for_a_client_that_has_gone() -> None:
    async def go() -> None:
        room = WaitingRoom(1, 5)
        begun: list[str] = []

        async def gone() -> bool:
            return True

        async def here() -> bool:
            return False

        with pytest.raises(Overloaded):
            await room.of(gone).run(lambda: begun.append("gone"))
        await room.of(here).run(lambda: begun.append("here"))
        assert begun == ["here"]
        assert room.busy == (0, 0)

    anyio.run(go)


def test_a_client_that_goes_leaves_the_line_to_others() -> None:
    release = threading.Event()

    async def go() -> None:
        room = WaitingRoom(working=1, waiting=1)
        left = anyio.Event()

        async def gone() -> bool:
            return left.is_set()

        async def wait() -> None:
            with pytest.raises(Overloaded, match="gone"):
                await room.of(gone).run(release.wait)

        async with anyio.create_task_group() as group:
            group.start_soon(room.run, release.wait)
            await anyio.wait_all_tasks_blocked()
            async with anyio.create_task_group() as waiting:
                waiting.start_soon(wait)
                while room.busy != (1, 1):
                    await anyio.sleep(0.01)
                with pytest.raises(Overloaded, match="waiting already"):
                    await room.run(release.wait)
                left.set()
            # The one at work is at work still.
            assert room.busy == (1, 0)
            release.set()
        assert room.busy == (0, 0)

    anyio.run(go)


def test_a_refusal_waits_and_only_so_many_wait_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who is refused asks again at once; the core is for those who have a place."""
    monkeypatch.setattr(waiting, "PAUSING", 2)
    monkeypatch.setattr(waiting, "REFUSED_SECONDS", 3_600)
    release = threading.Event()
    refused: list[int] = []

    async def scenario() -> None:
        room = WaitingRoom(working=1, waiting=0)

        async def come(number: int) -> None:
            with pytest.raises(Overloaded, match="are waiting"):
                await room.run(release.wait)
            refused.append(number)

        async with anyio.create_task_group() as group:
            group.start_soon(room.run, release.wait)
            await anyio.wait_all_tasks_blocked()
            for number in range(3):
                group.start_soon(come, number)
                await anyio.wait_all_tasks_blocked()
            release.set()
            group.cancel_scope.cancel()

    anyio.run(scenario)
    assert refused == [2]
