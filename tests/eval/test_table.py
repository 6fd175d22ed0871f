from __future__ import annotations

import inspect
from pathlib import Path

import pytest
from click.testing import CliRunner

from eval.adapters import SUITES
from eval.errors import RunError
from eval.folder import RunFolder
from eval.markdown import BEGIN, END, PAGE, Row, front_page, markdown, replaced
from eval.run import run
from eval.score import score_cases, summarise
from eval.suite import Suite
from eval.table import ROWS, main
from rag.types import Source
from tests.eval.echo import Echo
from tests.eval.judging import NO, TEXT, YES, case, cited, gold, judged, reply

ORDER = [row.suite for row in ROWS]


def test_a_suite_is_a_line_for_each_system_with_half_the_interval() -> None:
    items = [
        judged(case(id="1", evidence=gold(YES)), reply(cited(YES))),
        judged(case(id="2", evidence=gold(YES)), reply(cited(NO))),
    ]
    info = {"counts": {"cases": 2, "articles": 1}, "seconds": 1.0}
    summary = summarise(score_cases(items), info)

    lines = list(markdown(Row("s", 2, True, ("citation recall", "EM")), {"bm25": summary}))

    assert "`dateline eval run s --data FOLDER --dev --limit 2 --system SYSTEM`" in lines
    assert "| bm25 | 0.500 ±0.50 | – | 10 |" in lines
    taught = Row("s", 2, True, ("EM",), taught=True)
    heading = "### s: 2 cases, 1 articles; the reader was trained on them"
    assert next(markdown(taught, {"bm25": summary})) == heading


def test_the_table_has_every_suite_that_is_not_another_view_of_one() -> None:
    views = {"realtimeqa-matched", "polnear-train"}

    assert {row.suite for row in ROWS} == set(SUITES) - views


def test_what_the_reader_was_trained_on_is_marked() -> None:
    from rag.models.training.batches import sources

    taught = {row.suite for row in ROWS if row.taught}
    read = inspect.getsource(sources)

    # Held out by part are only newsdesk, newsroom and squad2; the rest is trained on whole.
    whole = ("clapnq", "ramdocs", "rgb", "wice", "qags", "multihop_rag", "mtrag_un", "inscit",
             "realtimeqa")  # fmt: skip
    assert taught == {name for name in whole if name in read}


def test_the_best_baseline_is_named_for_each_metric() -> None:
    right = judged(case(id="1", evidence=gold(YES)), reply(cited(YES)))
    wrong = judged(case(id="1", evidence=gold(YES)), reply(cited(NO)))
    info = {"counts": {"cases": 1, "articles": 1}, "seconds": 1.0}
    good, bad = (summarise(score_cases([item]), info) for item in (right, wrong))
    row = Row("s", 2, True, ("citation recall", "AURC", "quotes exact", "EM"))

    lines = list(markdown(row, {"dateline": bad, "bm25": good, "dense": bad}))

    assert "| *best baseline* | 1.000 bm25 | 0.000 bm25 | 1.000 (2 of them) | – | |" in lines
    assert not any("best" in line for line in markdown(row, {"bm25": good, "dense": bad}))


def test_tables_take_the_place_of_their_own_and_the_others_stay() -> None:
    page = f"Before.\n{BEGIN}\n\n### gold: 1 case\n\n`old`\n\n| a |\n\n### wice: 2 cases\n\n`w`\n\n| b |\n\n{END}\nAfter.\n"  # noqa: E501

    once = replaced(page, {"gold": ["### gold: 9 cases", "", "`new`", "", "| c |", ""]}, ORDER)
    twice = replaced(once, {"qags": ["### qags: 3 cases", "", "`q`", "", "| d |", ""]}, ORDER)

    assert once == page.replace("1 case\n", "9 cases\n").replace("`old`", "`new`").replace(
        "| a |", "| c |"
    )
    assert twice.index("### gold") < twice.index("### qags") < twice.index("### wice")
    assert twice.endswith(f"{END}\nAfter.\n")
    with pytest.raises(RunError, match="has no"):
        replaced("Nothing.", {}, ORDER)


def test_the_page_has_a_place_for_the_tables() -> None:
    page = (Path(__file__).parents[2] / PAGE).read_text(encoding="utf-8")

    assert replaced(page, {}, ORDER) == page


def test_runs_that_are_there_become_tables_without_measuring(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    suite = Suite(
        name="gold", about="", articles=(Source(text=TEXT, origin="o", id="a"),),
        cases=(case(id="1", evidence=gold(YES), answers=("Alpha",)),),
    )  # fmt: skip
    for name in ("bm25", "dateline"):
        run(suite, Echo(), RunFolder(tmp_path / f"gold-{name}"))
    arguments = ["--out", str(tmp_path), "--kept"]

    printed = CliRunner().invoke(main, arguments)

    assert "| *best baseline* |" in printed.output
    assert "### newsdesk" not in printed.output
    (tmp_path / "docs").mkdir()
    (tmp_path / PAGE).write_text(f"{BEGIN}\n{END}\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert CliRunner().invoke(main, [*arguments, "--write"]).exit_code == 0
    assert "### gold: 1 cases, 1 articles" in (tmp_path / PAGE).read_text(encoding="utf-8")


def test_the_readme_has_the_same_cases_for_every_system_of_a_suite() -> None:
    items = [judged(case(id="1", evidence=gold(YES)), reply(cited(YES)))]
    info = {"counts": {"cases": 1, "articles": 1}, "seconds": 1.0}
    summary = summarise(score_cases(items), info)

    lines = list(front_page({"gold": {"dateline": summary, "fused": summary, "silent": summary}}))

    assert lines[2] == "| gold (1) | Dateline | 1.00 | 1.00 / 1.00 | - | 1.00 |"
    assert lines[3].startswith("|  | words and vectors, first passage | 1.00 |")
    assert lines[4] == "<!-- gold: declining everything is right for 1.00 -->"
    assert len(lines) == 5


def test_runs_that_still_hold_are_kept_and_others_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("eval.table.ROWS", (Row("gold", 3, False, ("right",)),))
    monkeypatch.chdir(tmp_path)
    arguments = ["--out", str(tmp_path / "table"), "--system", "constant", "--system", "silent"]

    first = CliRunner().invoke(main, arguments)
    again = CliRunner().invoke(main, arguments)
    run_json = tmp_path / "table" / "gold-silent" / "run.json"
    run_json.write_text(run_json.read_text().replace('"code": "', '"code": "0'))
    changed = CliRunner().invoke(main, arguments[:4])
    changed_too = CliRunner().invoke(main, arguments)

    assert first.exit_code == 0, first.output
    assert "gold, constant: measured; not there before" in first.stderr
    assert "gold, dateline: left out; not there" in first.stderr
    assert "gold, constant: kept" in again.stderr
    assert "gold, silent: kept" in again.stderr
    assert "gold, silent: left out; another code" in changed.stderr
    assert "| silent |" not in changed.stdout
    assert "gold, silent: measured; another code before" in changed_too.stderr
    assert "| silent |" in changed_too.stdout


def test_a_run_that_asked_other_cases_is_not_put_beside_the_others(tmp_path: Path) -> None:
    articles = (Source(text=TEXT, origin="o", id="a"),)
    cases = tuple(case(id=str(at), evidence=gold(YES), answers=("Alpha",)) for at in range(2))
    for name, asked in (("dateline", cases), ("bm25", cases), ("dense", cases[:1])):
        suite = Suite(name="gold", about="", articles=articles, cases=asked)
        run(suite, Echo(), RunFolder(tmp_path / f"gold-{name}"))

    printed = CliRunner().invoke(main, ["--out", str(tmp_path), "--kept"])

    assert "| bm25 |" in printed.stdout
    assert "| dense |" not in printed.stdout
    assert "other cases" in printed.stderr
