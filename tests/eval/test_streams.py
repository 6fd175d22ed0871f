from __future__ import annotations

from eval.streams import Stream, told


def test_what_is_lost_mixed_or_degraded_is_counted() -> None:
    streams = [
        Stream("A?", 0.1, "done", 2.0, {"question": "A?", "degraded": False}),
        Stream("B?", 0.3, "done", 4.0, {"question": "A?", "degraded": True}),
        Stream("C?", 0.2, "error", 3.0),
        Stream("D?", ended="503"),
    ]
    assert told(streams) == {
        "streams": 4, "done": 2, "ended": {"done": 2, "error": 1, "503": 1}, "mixed": 1,
        "degraded": 1, "first_p50": 0.2, "first_max": 0.3, "whole_p50": 3.0, "whole_max": 4.0,
    }  # fmt: skip
