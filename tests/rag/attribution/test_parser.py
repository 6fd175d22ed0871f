from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from rag.attribution import parser
from rag.errors import ModelDamaged, ModelMissing


def test_the_tree_has_one_root_and_offsets_of_the_text() -> None:
    text = "Ana Ruiz said it.  Bob Lee left."
    first, second = parser.parse(text, [0, 19])
    assert [word.text for word in second] == ["Bob", "Lee", "left", "."]
    for word in [*first, *second]:
        assert text[word.start : word.end] == word.text
    assert [word.text for word in first if word.head is None] == ["said"]
    said = first[2]
    assert [word.text for word in said.kids("nsubj")] == ["Ruiz"]
    assert [word.text for word in said.kids("nsubj")[0].subtree()] == ["Ana", "Ruiz"]


def test_a_damaged_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelDamaged, match=r"config\.cfg.*missing"):
        parser.check(tmp_path)
    (tmp_path / "config.cfg").write_text("[nlp]")
    found = hashlib.sha256(b"[nlp]").hexdigest()[:12]
    with pytest.raises(ModelDamaged, match=found):
        parser.check(tmp_path)


def test_a_missing_model_names_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parser, "PACKAGE", "no_such_package")
    parser.load.cache_clear()
    with pytest.raises(ModelMissing, match="make install"):
        parser.parse("One.", [0])
    parser.load.cache_clear()
