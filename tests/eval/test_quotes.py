from __future__ import annotations

import random
from pathlib import Path

from eval.quotes import Drawn, Indexed, draw, report, right
from rag.attribution.quotes import find

_SUBJECTS = "budget harbour school railway museum hospital market festival river bridge".split()
INDEXED = {
    f"in-{word}": f"The council met about the {word}.\n\n“We shall finish the new {word} before "
    f"anybody in the {word} quarter votes again,” said Ana Ruiz. The {word} costs nothing.\n"
    for word in _SUBJECTS
}
HELD_OUT = {
    "out-1": "“Nobody told me that penguins would ever be allowed to cross this border,” he said.",
    "out-2": "“We shall finish the new bridge before anybody in the bridge quarter votes,” he ran.",
}


def test_quotations_are_drawn_damaged_and_looked_up(tmp_path: Path) -> None:
    cases = draw(INDEXED, HELD_OUT, 6, random.Random(1))
    assert [case.kind for case in cases] == ["exact", "exact", "shortened", "changed", "absent"]
    absent = cases[-1]
    assert "penguins" in absent.quote, "the other one is a copy of an indexed quotation"
    for case in cases[2:4]:
        assert case.quote != case.original
    collection = Indexed(INDEXED, tmp_path / "words")
    lines: list[str] = []
    report(cases, collection, lines.append, show=True)
    assert lines[0] == "10 articles indexed, 5 quotations"
    assert any(line.startswith("exact      2/2") for line in lines)
    assert any(line.startswith("absent     1/1") for line in lines)


def test_another_article_or_another_place_is_not_right(tmp_path: Path) -> None:
    collection = Indexed(INDEXED, tmp_path / "words")
    text = INDEXED["in-river"]
    quote = text[text.index("“") + 1 : text.index(",”")]
    found = find(quote, collection.search)
    case = Drawn(kind="exact", quote=quote, original=quote, article="in-river")
    assert right(case, found, INDEXED)
    assert not right(case, [], INDEXED)
    other = INDEXED["in-harbour"]
    elsewhere = find(other[other.index("“") + 1 : other.index(",”")], collection.search)
    assert not right(case, elsewhere, INDEXED)
    assert not right(Drawn(kind="absent", quote="x", original="x", article=None), found, INDEXED)
