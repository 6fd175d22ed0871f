"""What the documents say is compared with the code."""

from __future__ import annotations

import re
from pathlib import Path

from rag.config import Settings

ROOT = Path(__file__).parent.parent


def test_every_setting_is_in_the_table_with_its_default() -> None:
    text = (ROOT / "docs" / "operations.md").read_text()
    rows = set(re.findall(r"^\| `DATELINE_(\w+)` \| `(.*?)` \| (.+) \|$", text, re.MULTILINE))
    fields = {
        (name.upper(), str(field.default), field.description or "")
        for name, field in Settings.model_fields.items()
    }
    assert rows == fields


def test_every_reason_for_dropping_is_explained() -> None:
    source = (ROOT / "rag" / "ask" / "verify.py").read_text()
    given = set(re.findall(r'return "(\w+)"', source))
    explained = set(re.findall(r"\| `(\w+)` \|", (ROOT / "docs" / "answer.md").read_text()))
    assert given == explained


def test_links_between_documents_lead_somewhere() -> None:
    for page in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text()):
            assert (page.parent / target).exists(), f"{page}: {target}"
