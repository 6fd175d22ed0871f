from __future__ import annotations

from pathlib import Path

import pytest

from rag.config import load_settings, origins
from rag.errors import SettingsError


def test_defaults_need_nothing() -> None:
    settings = load_settings()
    assert settings.data == Path("data")
    assert settings.database_url.endswith("/data/catalogue.db")


def test_option_wins_over_environment_over_file_over_default(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("DATELINE_CANDIDATES=7\nDATELINE_THREADS=1\nOTHER=x\n")
    monkeypatch.setenv("DATELINE_CANDIDATES", "9")
    settings = load_settings(data=Path("here"))
    assert (settings.candidates, settings.threads, settings.data) == (9, 1, Path("here"))
    places = origins({"data": Path("here"), "reader": None})
    assert places["candidates"] == "environment"
    assert places["threads"] == ".env"
    assert places["data"] == "option"
    assert places["reader"] == "default"


def test_an_unknown_key_is_refused_with_the_nearest_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATELINE_EMBEDER", "x")
    with pytest.raises(SettingsError, match="DATELINE_EMBEDER in environment.*DATELINE_EMBEDDER"):
        load_settings()


def test_an_unknown_key_in_the_file_names_the_file(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("DATELINE_ZZZ=1\n")
    with pytest.raises(SettingsError, match=r"DATELINE_ZZZ in \.env"):
        load_settings()


def test_a_bad_value_names_key_and_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATELINE_MIN_CONFIDENCE", "high")
    with pytest.raises(SettingsError, match="DATELINE_MIN_CONFIDENCE is 'high'"):
        load_settings()


def test_a_blank_database_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATELINE_DATABASE", "")
    assert load_settings().database is None
