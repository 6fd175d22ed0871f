from __future__ import annotations

from pathlib import Path

import pytest

from rag.attribution.speakers import known, meant, namesake, resolve, same

PAIRS = [
    line.split("\t")
    for line in (Path(__file__).parent / "speaker_pairs.tsv").read_text().splitlines()
]


def test_there_are_enough_pairs() -> None:
    assert len({tuple(sorted(pair[1:])) for pair in PAIRS}) >= 150


@pytest.mark.parametrize(("verdict", "one", "other"), PAIRS)
def test_spellings_of_one_speaker_meet_and_namesakes_do_not(
    verdict: str, one: str, other: str
) -> None:
    assert same(one, other) is (verdict == "same")
    assert same(other, one) is (verdict == "same")


def test_a_collection_has_one_name_for_each_speaker() -> None:
    found = resolve(
        {
            "Steve Witkoff": 9, "Steven Witkoff": 3, "Special Envoy Steven Witkoff": 1,
            "Witkoff": 2, "Donald Trump Jr.": 4, "Donald Trump": 40,
        }
    )  # fmt: skip
    assert found == {
        "Steve Witkoff": "Steve Witkoff",
        "Steven Witkoff": "Steve Witkoff",
        "Special Envoy Steven Witkoff": "Steve Witkoff",
        "Witkoff": "Steve Witkoff",
        "Donald Trump Jr.": "Donald Trump Jr.",
        "Donald Trump": "Donald Trump",
    }


@pytest.mark.parametrize(("often", "meant"), [(5, "Trump"), (100, "Donald Trump")])
def test_a_last_name_means_a_namesake_only_where_one_is_plain(often: int, meant: str) -> None:
    found = resolve({"Donald Trump": often, "Melania Trump": 4, "Trump": 7})
    assert found["Trump"] == meant
    assert found["Melania Trump"] == "Melania Trump"


def test_a_name_between_two_others_joins_neither() -> None:
    found = resolve({"George W. Bush": 5, "George H.W. Bush": 4, "George Bush": 3})
    assert len(set(found.values())) == 3


def test_what_has_no_letters_stays_itself() -> None:
    assert resolve({"50": 1, "—": 2}) == {"50": "50", "—": "—"}
    assert not same("50", "50 Cent")


NAMES = {
    "Donald Trump": 500, "Trump": 90, "President Trump": 5, "Donald Trump Jr.": 10,
    "Melania Trump": 9, "John Smith": 5, "Peter Smith": 9,
}  # fmt: skip


@pytest.mark.parametrize(
    ("written", "possible", "chosen"),
    [
        ("Trump", ["Donald Trump", "Melania Trump"], ["Donald Trump"]),
        ("Mr. Donald J. Trump", ["Donald Trump"], ["Donald Trump"]),
        ("Donald Trump Jr.", ["Donald Trump Jr."], ["Donald Trump Jr."]),
        ("Smith", ["Peter Smith", "John Smith"], ["Peter Smith", "John Smith"]),
        ("Ivanka Trump", [], []),
        ("...", [], []),
    ],
)
def test_whom_a_name_may_mean(written: str, possible: list[str], chosen: list[str]) -> None:
    names = {name: n for name, n in NAMES.items() if namesake(name) == namesake(written)}
    found = known(written, names)
    assert [item.name for item in found] == possible
    assert [item.name for item in meant(found)] == chosen


def test_the_spellings_of_one_speaker_are_counted_together() -> None:
    names = {name: n for name, n in NAMES.items() if namesake(name) == "trump"}
    first = known("Trump", names)[0]
    assert first.spellings == ("Donald Trump", "President Trump", "Trump")
    assert first.count == 595
