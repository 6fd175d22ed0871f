from __future__ import annotations

from eval.metrics.latency import latency
from tests.eval.judging import case, judged, reply


def test_percentiles_are_by_stage_and_leave_failures_out() -> None:
    items = [judged(case(id=str(at)), reply(timings={"read": at, "total": 9.0})) for at in (1, 3)]

    found = {item.stage: item for item in latency([*items, judged(case(id="x"), None)])}

    assert set(found) == {"question to answer", "read"}
    assert (found["read"].p50, found["read"].n) == (2, 2)
    assert found["read"].p95 == 2.9
