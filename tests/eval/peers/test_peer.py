"""What all peers share, with a peer that needs nothing installed."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from eval.peers import environment
from eval.peers.peer import Found, Peer, main
from eval.peers.txtai_peer import paragraphs
from eval.run import ask
from eval.suite import source_id
from rag.errors import ArticleNotFound
from rag.models.embedder import Embedder
from rag.types import Source, Turn
from tests.eval.judging import case

OLD, NEW = datetime(2020, 1, 1, tzinfo=UTC), datetime(2025, 1, 1, tzinfo=UTC)
ARTICLES = (
    Source(text="One two.\nThree.", origin="o", id="old", published_at=OLD),
    Source(text="Two three.", origin="o", id="new", published_at=NEW),
    Source(text="Undated two.", origin="o", id="undated"),
)


class Counting(Peer):
    """Finds the paragraphs with the most words of the question."""

    name = "counting"

    def ingest(self, articles: Sequence[Source]) -> int:
        self.places = [(source_id(a), *span) for a in articles for span in paragraphs(a.text)]
        return len(self.places)

    def search(self, question: str, limit: int) -> list[Found]:
        wanted = set(question.casefold().split())
        found = [
            Found(a, start, end, len(wanted & set(self.text(a)[start:end].casefold().split())))
            for a, start, end in self.places
        ]
        return sorted((f for f in found if f.score), key=lambda f: -f.score)[:limit]


@pytest.fixture
def peer() -> Counting:
    counting = Counting(ARTICLES)
    assert counting.ingest(ARTICLES) == 4
    counting.warm()
    return counting


def test_a_peer_answers_with_its_first_passage_and_real_offsets(peer: Counting) -> None:
    record = ask(case(question="one two."), peer)

    assert record.reply is not None
    (cited,) = record.reply.citations
    assert (cited.article, cited.quote) == ("old", "One two.")
    assert peer.text("old")[cited.start : cited.end] == cited.quote
    assert peer.settings() == {
        "peer": "counting", "version": None, "models": {"embedder": Embedder().fingerprint}
    }  # fmt: skip
    peer.close()


def test_what_a_case_may_not_use_is_taken_out(peer: Counting) -> None:
    bound = peer.ask(case(question="two", within=("new",)))
    dated = peer.ask(case(question="three. three two.", as_of=OLD))

    assert [item.article for item in bound.ranked] == ["new"]
    assert {item.article for item in dated.ranked} == {"old"}


def test_a_peer_that_finds_nothing_declines(peer: Counting) -> None:
    assert peer.ask(case(question="xyzzy")).abstained


def test_an_unknown_article_is_not_found(peer: Counting) -> None:
    with pytest.raises(ArticleNotFound):
        peer.text("none")


def test_paragraphs_are_the_lines_that_hold_anything() -> None:
    text = "One.\n\n  \nTwo three.\n"

    assert [text[start:end] for start, end in paragraphs(text)] == ["One.", "Two three."]


def test_a_peer_leaves_a_run_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["peer", "gold", "--limit", "5", "--out", str(tmp_path / "run")]
    monkeypatch.setattr(sys, "argv", arguments)

    with pytest.raises(SystemExit) as ended:
        main(Counting)

    assert not ended.value.code
    assert (tmp_path / "run" / "summary.json").exists()
    assert "articles/s" in capsys.readouterr().out


def test_in_its_own_environment_a_peer_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(environment.MARK, "counting")

    environment.enter("counting", "nothing-at-all")

    assert environment.MARK not in os.environ


def test_elsewhere_it_makes_the_environment_and_starts_again_in_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / environment.ROOT / "counting"
    folder.mkdir(parents=True)
    (folder / "ready").touch()
    begun: list[list[str]] = []
    monkeypatch.setattr(sys, "argv", ["x", "gold"])
    monkeypatch.setattr(os, "execve", lambda _, arguments, __: begun.append(arguments))

    environment.enter("counting")

    assert begun == [[str(folder / "bin" / "python"), "-m", "eval.peers.counting_peer", "gold"]]


def test_the_standalone_form_of_a_follow_up_is_searched_too(peer: Counting) -> None:
    turns = (Turn(role="user", content="one?"),)

    record = ask(case(question="undated", history=turns, standalone="one"), peer)

    assert record.reply is not None
    assert record.reply.ranked_standalone is not None
    assert [found.article for found in record.reply.ranked_standalone] == ["old"]
