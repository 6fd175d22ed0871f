"""Time this build on this machine: `python -m eval.bench`, `make bench`.

Start, ingest, search and ask in the process and over HTTP, memory at rest; and other programs with
the same articles, questions and weights beside it, because only a ratio in one run survives a
change of machine or a busy one.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Collection, Sequence
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from eval.bench import ingest, service
from eval.bench.timing import Timing
from eval.bench.workload import workload
from eval.cli import DATA
from eval.origin import commit, machine, versions

PARTS = ("start", "ingest", "ask", "http")


@click.command()
@click.option("--data", type=click.Path(path_type=Path), default=DATA, show_default=True,
              help="Folder of the public sets; without it, copies of the seeds serve.")  # fmt: skip
@click.option("--articles", default=150, show_default=True, help="Articles that are ingested.")
@click.option("--requests", default=60, show_default=True, help="Questions asked each way.")
@click.option("--rounds", default=2, show_default=True, help="Turns at ingest, of each program.")
@click.option("--peer", "peers", multiple=True, type=click.Choice(ingest.PEERS),
              default=ingest.PEERS, show_default=True,
              help="Programs beside ours; each is installed at its first time.")  # fmt: skip
@click.option("--no-peers", is_flag=True, help="Time ours alone.")
@click.option("--part", "parts", multiple=True, type=click.Choice(PARTS), default=PARTS,
              show_default=True, help="Only these.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print JSON for machines.")
def main(
    data: Path,
    articles: int,
    requests: int,
    rounds: int,
    peers: tuple[str, ...],
    no_peers: bool,
    parts: tuple[str, ...],
    as_json: bool,
) -> None:
    """Time start-up, ingest and asking, beside other programs; prints a table.

    \b
    Examples:
      python -m eval.bench
      python -m eval.bench --part ingest --peer llama_index --rounds 3
    """
    found = measure(
        data, articles, requests, rounds=rounds, peers=() if no_peers else peers, parts=parts
    )
    if as_json:
        rows = [item._asdict() for item in found]
        about = {"commit": commit(), "versions": versions(), "machine": machine()}
        click.echo(json.dumps({**about, "timings": rows}, indent=1))
        return
    table = Table(title=f"{machine()['cpus']} processors, load {machine()['load']:.1f}")
    table.add_column("what")
    table.add_column("", justify="right")
    for item in found:
        table.add_row(item.what, f"{item.value:,.{2 if item.unit else 4}f} {item.unit}")
    Console().print(table)


def measure(
    data: Path,
    articles: int = 150,
    requests: int = 60,
    *,
    rounds: int = 2,
    peers: Sequence[str] = ingest.PEERS,
    parts: Collection[str] = PARTS,
) -> list[Timing]:
    """Return every timing, in a folder of its own that is removed afterwards."""
    suite = workload(data, articles, requests)
    questions = [case.question for case in suite.cases]
    found: list[Timing] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if "start" in parts:
            found += service.start(folder / "seeds")
        turns = rounds if "ingest" in parts else 1
        mine, others = ingest.take_turns(suite, folder, peers, turns)
        if "ingest" in parts:
            found += ingest.rates(mine, others)
            found += ingest.without_the_model(suite, folder / "data", folder / "again")
            found += ingest.agreement(folder / "data")
        if "ask" in parts:
            asked = service.ask(folder / "data", questions)
            found += asked + _beside(asked, others)
        if "http" in parts:
            found += service.http(folder / "data", questions)
    return found


def _beside(asked: Sequence[Timing], others: dict[str, list[ingest.Rate]]) -> list[Timing]:
    """Write the peers' medians of a search, and how many times ours they are."""
    mine = next(item.value for item in asked if item.what == "search, in the process, p50")
    lines = []
    for peer, rates in others.items():
        theirs = min(rate.search for rate in rates)
        lines += [
            Timing(f"search, {peer}, p50", theirs, "ms"),
            Timing(f"search, {peer}'s time over ours", theirs / mine, "x"),
        ]
    return lines


if __name__ == "__main__":
    main()
