"""Given answers and the state of the service, through the client, against a running server."""

from __future__ import annotations

import json
import math
import time
from itertools import islice

import pytest

from api.client import Client
from rag import __version__
from rag.errors import ServerRefused

QUESTION = "Why was Russia not on the US tariff list?"


def test_given_answers_have_references_and_opinions(dateline: Client) -> None:
    answer = dateline.ask(QUESTION)
    other = dateline.ask("Who is Kirill Dmitriev?")
    given = [record.id for record in islice(dateline.answers(page_size=1), 2)]
    assert given == [other.id, answer.id]
    assert dateline.references(answer.id).strip()
    assert "<" in dateline.references(answer.id, form="html")
    numbered = json.loads(dateline.references(answer.id, "csl-json"))
    assert len(numbered) == len({(c.article_id, c.version) for c in answer.citations})
    with pytest.raises(ServerRefused) as caught:
        dateline.references(answer.id, "no-such-style")
    assert caught.value.server_code == "style_unknown"

    dateline.feedback(answer.id, "incomplete", expected="More.")
    dateline.feedback(other.id, "wrong", citation=1)
    newest = list(islice(dateline.opinions(page_size=1), 2))
    assert [(each.answer_id, each.verdict) for each in newest] == [
        (other.id, "wrong"),
        (answer.id, "incomplete"),
    ]
    assert dateline.stats().feedback["incomplete"] >= 1


def test_answers_whose_sources_changed_are_found(dateline: Client, own: str) -> None:
    dateline.add({"id": own, "text": "The Wexmoor tower is 61 metres high, the mayor said."})
    try:
        answer = dateline.ask("How high is the Wexmoor tower?")
        assert {citation.article_id for citation in answer.citations} == {own}
        assert list(dateline.answers(own)) == []
        dateline.retract(own, "It is not.")
        assert [record.id for record in dateline.answers(own)] == [answer.id]
        assert answer.id in [record.id for record in dateline.answers(affected=True)]
    finally:
        dateline.delete(own)


def test_the_state_of_the_service_is_told(dateline: Client) -> None:
    assert dateline.alive().status == "alive"
    ready = dateline.ready()
    stats = dateline.stats()
    assert (ready.articles, stats.version) == (stats.articles, __version__)
    assert dateline.evaluation() is None
    answering, embedding = dateline.models()
    assert (answering.id, answering.kind) == ("dateline", "answers")
    assert dateline.model(embedding.id) == embedding
    one, other = dateline.embed("The ferry runs.", "Talks go on.", model=embedding.id)
    assert math.isclose(math.hypot(*one), 1, rel_tol=1e-5)
    assert len(one) == len(other)


def test_who_changed_what_is_told(dateline: Client, own: str) -> None:
    dateline.add({"id": own, "text": "The ferry runs."})
    dateline.delete(own)
    path = f"/v1/articles/{own}"
    for _ in range(100):
        # It is written down every two seconds.
        newest = islice(dateline.audit(page_size=3), 9)
        found = [change for change in newest if change.path == path]
        if found:
            break
        time.sleep(0.1)
    (change,) = found
    assert (change.method, change.status, change.key_id) == ("DELETE", 204, None)
