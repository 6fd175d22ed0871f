"""A language model's server that behaves as told, in a process of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from eval.scripted import scripted


@pytest.fixture(scope="session")
def scripted_url() -> Iterator[str]:
    with scripted() as url:
        yield url
