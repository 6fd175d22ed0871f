"""The files in deploy/ name only what the code has."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from api.metrics import Metrics
from api.service import Service
from rag.cli import main
from rag.config import Settings

DEPLOY = Path(__file__).parent.parent / "deploy"


@pytest.fixture
def known(tmp_path: Path) -> set[str]:
    """Names of all series, those of the collection as `api/metrics.py` writes them."""
    text = Metrics(Service(Settings(data=tmp_path))).text().decode()
    found = set(re.findall(r"^# TYPE (\w+) ", text, re.MULTILINE))
    found |= {f"{name}_bucket" for name in found}
    source = (DEPLOY.parent / "api" / "metrics.py").read_text()
    return (
        found
        | set(re.findall(r'"(dateline_\w+)"', source))
        | {f"dateline_{name}" for name in ("articles", "versions", "passages")}
    )


def test_the_dashboard_asks_for_series_that_exist(known: set[str]) -> None:
    board = json.loads((DEPLOY / "grafana" / "dateline.json").read_text())
    asked = {
        name
        for panel in board["panels"]
        for target in panel["targets"]
        for name in re.findall(r"\bdateline_\w+", target["expr"])
    }
    assert asked
    assert asked - known == set()
    datasource = yaml.safe_load((DEPLOY / "grafana" / "datasource.yaml").read_text())
    uids = {panel["datasource"]["uid"] for panel in board["panels"]}
    assert uids == {datasource["datasources"][0]["uid"]}


def containers() -> Iterator[tuple[list[str], dict[str, str]]]:
    for name in ("compose.yaml", "scaled.compose.yaml"):
        for service in yaml.safe_load((DEPLOY / name).read_text())["services"].values():
            if service["image"] == "dateline":
                yield service["command"], service["environment"]
    for name in ("kubernetes.yaml", "scaled.kubernetes.yaml"):
        for document in yaml.safe_load_all((DEPLOY / name).read_text()):
            if document["kind"] == "Deployment":
                (found,) = document["spec"]["template"]["spec"]["containers"]
                yield found["args"], {item["name"]: item.get("value") for item in found["env"]}


@pytest.mark.parametrize(("command", "environment"), list(containers()))
def test_commands_and_settings_exist(command: list[str], environment: dict[str, Any]) -> None:
    assert CliRunner().invoke(main, [*command, "--help"]).exit_code == 0
    for name, value in environment.items():
        field = name.removeprefix("DATELINE_").lower()
        assert field in Settings.model_fields
        Settings(**{field: value})


def test_settings_that_come_from_secrets_are_of_those_that_are_made() -> None:
    made, named = set[str](), set[str]()
    text = (DEPLOY / "scaled.kubernetes.yaml").read_text()
    for document in yaml.safe_load_all(text):
        if document["kind"] == "Cluster":
            made.add(f"{document['metadata']['name']}-app")
    named = set(re.findall(r"secretKeyRef: \{ name: (\S+),", text))
    assert named == made


@pytest.mark.parametrize("name", ["kubernetes.yaml", "scaled.kubernetes.yaml"])
def test_probes_ask_paths_that_need_no_key(name: str) -> None:
    from api.scopes import need_of

    text = (DEPLOY / name).read_text()
    paths = re.findall(r"httpGet: \{ path: (\S+),", text)
    assert set(paths) == {"/healthz", "/readyz"}
    assert {need_of("GET", path) for path in paths} == {"nothing"}


def test_mounted_files_are_there() -> None:
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    for service in services.values():
        for volume in service.get("volumes", ()):
            source = volume.partition(":")[0]
            # The key is made by whoever sets it up.
            if source.startswith("./") and not source.endswith(".key"):
                assert (DEPLOY / source).is_file(), source
