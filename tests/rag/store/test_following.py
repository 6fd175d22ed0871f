from __future__ import annotations

from threading import Event

import pytest

from rag.errors import DataFolderError
from rag.store import following
from rag.store.following import Follower

SOON = 30
"""Seconds after which a thread that did nothing is broken."""


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "POLL", 0.01)
    monkeypatch.setattr(following, "_AFTER_TROUBLE", 0.01)


def test_waiting_ends_with_the_next_look() -> None:
    looks: list[int] = []
    follower = Follower(lambda: looks.append(1), lambda: None)
    assert not follower.running
    for _ in range(3):
        before = len(looks)
        follower.wait(SOON)
        assert len(looks) > before
    follower.stop()
    assert not follower.running


def test_waiting_does_not_go_on_for_ever() -> None:
    hold = Event()
    follower = Follower(hold.wait, lambda: None)
    follower.wait(0.01)
    assert follower.running
    hold.set()
    follower.stop()


def test_catching_up_goes_on_while_tidying_takes_long() -> None:
    hold, looked = Event(), Event()
    looks = iter(range(1_000_000))
    tidies: list[int] = []

    def look() -> None:
        if next(looks) > 5:
            looked.set()

    def tidy() -> None:
        tidies.append(1)
        hold.wait()

    follower = Follower(look, tidy)
    follower.start()
    assert looked.wait(SOON)
    assert tidies == [1]
    hold.set()
    follower.stop()


def test_trouble_is_kept_until_it_is_over(caplog: pytest.LogCaptureFixture) -> None:
    full, troubled, worked = Event(), Event(), Event()
    full.set()
    seen: list[str | None] = []

    def look() -> None:
        seen.append(follower.trouble)
        if seen[-1] is not None:
            troubled.set()
        if full.is_set():
            raise DataFolderError("No room.", remedy="Make some.")
        worked.set()

    follower = Follower(look, lambda: None)
    follower.start()
    assert troubled.wait(SOON)
    assert follower.trouble == "No room. Make some."
    full.clear()
    assert worked.wait(SOON)
    follower.wait(SOON)
    assert follower.trouble is None
    assert len(caplog.records) == 1
    follower.stop()


def test_a_stream_of_changes_is_noticed_and_its_end_too() -> None:
    news = iter([True] * 4)
    follower = Follower(lambda: next(news, False), lambda: None)
    for _ in range(4):
        assert not follower.busy or follower._streak >= 3
        follower.wait(SOON)
    while not follower._done > 8:
        follower.wait(SOON)
    assert not follower.busy
    follower.stop()


def test_nothing_starts_after_the_end() -> None:
    follower = Follower(lambda: None, lambda: None)
    follower.stop()
    follower.wait(SOON)
    assert not follower.running
