from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pytest

from eval import bench_index, bench_search
from eval.drawn import draw, likeness
from rag.dateline import Dateline


def clustered(count: int) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    random = np.random.default_rng(0)
    made = random.normal(size=(30, 16))[random.integers(30, size=count)]
    made = made + 0.4 * random.normal(size=made.shape)
    return np.asarray(made / np.linalg.norm(made, axis=1, keepdims=True), dtype=np.float32)


def test_drawn_vectors_are_new_unit_vectors_about_as_near_to_each_other() -> None:
    real = clustered(3_000)
    drawn = draw(real, 500, np.random.default_rng(1))
    assert drawn.shape == (500, 16)
    np.testing.assert_allclose(np.linalg.norm(drawn, axis=1), 1, atol=1e-5)
    assert (drawn @ real.T).max() < 0.99999
    found = likeness(real)
    assert set(found) == {"real", "drawn"}
    for rank in ("1", "10", "100"):
        assert found["drawn"][rank] == pytest.approx(found["real"][rank], abs=0.15)


def test_a_collection_of_the_wanted_size_is_made_and_measured(
    tmp_path: Path, dateline: Dateline, monkeypatch: pytest.MonkeyPatch
) -> None:
    articles = tmp_path / "articles.jsonl.gz"
    rows = [
        {
            "id": f"a{n}",
            "title": f"Story {n}",
            "source": "tass",
            "published_at": "2021-03-05" if n % 2 else None,
            "text": f"The talks of day {n} went on.\nNobody said when round {n} would end.",
        }
        for n in range(30)
    ]
    rows.append({**rows[0], "id": "empty", "text": " "})
    with gzip.open(articles, "wt") as file:
        file.write("\n".join(json.dumps(row) for row in rows))
    real = bench_index.vectors_of(dateline.settings.data)
    assert real.shape[1] == 384
    made = bench_index.make(tmp_path / "40", articles, real, 40)
    assert made["snapshot, MB per 100,000"] > 0
    monkeypatch.setattr(bench_search, "WRITE_SECONDS", 1)
    monkeypatch.chdir(Path(__file__).parents[2])
    figures = bench_search.measure(tmp_path / "40", ["When will the talks end?"] * 20)
    assert figures["built anew"] == 0
    assert figures["recall of the 10 nearest passages to a question"] == 1
    assert figures["search, p95 ms"] >= figures["search, p50 ms"] > 0
    assert figures["articles stored a second meanwhile"] > 0
    assert bench_index.middle([figures, figures]) == figures
