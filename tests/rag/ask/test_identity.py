from __future__ import annotations

import pytest

from rag.ask.identity import asked_name, asked_role, holder, identity, is_name


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("Who is Jared Kushner?", "Jared Kushner"),
        ("And who was Kirill Dmitriev", "Kirill Dmitriev"),
        ("who's peskov", "peskov"),
        ("Who is the envoy travelling to Moscow with Witkoff?", None),
        ("Who said so?", None),
        ("Who is coming with Putin?", None),
        ("Who is Ursula von der Leyen?", "Ursula von der Leyen"),
        ("Who was told?", "told"),
        ("Who is Ford's CEO?", None),
        ("Who is France's President?", None),
        ("who is the port spokesman", None),
        ("Who is Robert Ruiz Jr.?", "Robert Ruiz Jr"),
    ],
)
def test_who_somebody_is_is_asked_of_a_name(question: str, name: str | None) -> None:
    assert asked_name(question) == name


def test_a_name_is_written_as_one() -> None:
    assert is_name("Jared Kushner")
    assert not is_name("told")


@pytest.mark.parametrize(
    ("name", "sentence", "role"),
    [
        ("Jared Kushner", "He left with Jared Kushner, Trump’s son-in-law.", "Trump’s son-in-law"),
        ("peskov", "Kremlin spokesman Dmitry Peskov said no.", "Kremlin spokesman"),
        ("Ann Lee", "Ann Lee, who serves as the bank’s head, left.", "the bank’s head"),
        ("Ann Lee", "Ann Lee, 45, the mayor of Porto, and Bo came.", None),
        ("Jared Kushner", "Trump met him, his envoy.", None),
        ("Ann Lee", "According to Ann Lee, the mayors have met before.", None),
        ("told", "He was told, the spokesman said.", None),
        ("Ann Lee", "After meeting Lee, the president flew home.", None),
        ("Ann Lee", "Like Lee, the chancellor backs it.", None),
        ("Ann Lee", "After meeting mayor Ann Lee, the president flew home.", "mayor"),
        ("Ann Lee", "After meeting Ann Lee, the mayor of Porto, he left.", "the mayor of Porto"),
        ("Joe Ruiz", "Hunter Ruiz, the president's son, left.", None),
        ("Joe Ruiz", "First lady Melania Ruiz left.", None),
        ("Steve Ruiz", "US envoy Steven Ruiz left.", "US envoy"),
        ("Robert Ruiz Jr", "Robert Ruiz Jr., the health secretary, left.", "the health secretary"),
        ("Donald", "Ronald McDonald, the clown, left.", None),
    ],
)
def test_a_sentence_says_who_somebody_is_beside_the_name(
    name: str, sentence: str, role: str | None
) -> None:
    assert identity(name, sentence) == role


@pytest.mark.parametrize(
    ("question", "sentence", "name"),
    [
        ("Who is Porto's mayor?", "“It helps,” Porto mayor Ana Reis said.", "Ana Reis"),
        ("Who is the Kremlin spokesman?", "Kremlin spokesman Dmitry Peskov left.", "Dmitry Peskov"),
        ("Who is the mayor of Porto?", "Ana Reis, mayor of Porto, left.", "Ana Reis"),
        ("Who is GM's manager?", "Ford manager Jim Farley said so.", None),
    ],
)
def test_who_holds_a_role(question: str, sentence: str, name: str | None) -> None:
    role = asked_role(question)
    assert role is not None
    assert holder(role, sentence) == name


@pytest.mark.parametrize("question", ["Who is Jared Kushner?", "Who said so?", "Who is it?"])
def test_no_role_is_asked_of(question: str) -> None:
    assert asked_role(question) is None
