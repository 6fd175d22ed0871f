"""What is stored, through the client, against a running server."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import islice
from pathlib import Path

import pytest

from api.client import Client
from rag.errors import ServerRefused
from tests.api.client.conftest import Opened
from tests.api.conftest import Running

TEXT = "The Wexmoor ferry will run again on 3 May, harbour master Lena Brandt said on Monday."


def test_files_are_stored_in_a_job_that_can_be_followed(
    dateline: Client, tmp_path: Path, own: str
) -> None:
    file = tmp_path / f"{own}.txt"
    file.write_text(TEXT)
    (tmp_path / "empty.txt").write_text("")
    job = dateline.add_files(file, str(tmp_path / "empty.txt"))
    *_, last = dateline.follow_job(job.id)
    assert (last.state, last.done, last.refused) == ("done", 2, 1)
    assert dateline.job(job.id).state == "done"
    # One on a page: the second comes by the cursor.
    items = list(dateline.job_items(job.id, page_size=1))
    stored, refused = sorted(items, key=lambda item: item.outcome)
    assert (stored.outcome, refused.code) == ("added", "source_empty")
    assert list(dateline.job_items(job.id, "refused")) == [refused]
    assert dateline.cancel_job(job.id).state == "done"
    assert stored.article_id is not None
    assert dateline.article(stored.article_id).text == file.read_text()
    dateline.delete(stored.article_id)


def test_what_cannot_be_fetched_is_refused_by_the_job(dateline: Client) -> None:
    job = dateline.wait(dateline.add_urls("http://localhost/feed.xml"), pause=0.05)
    (item,) = dateline.job_items(job.id)
    assert item.code == "url_forbidden"
    other = dateline.wait(dateline.add_urls("http://localhost/other.xml"), pause=0.05)
    newest = [each.id for each in islice(dateline.jobs(page_size=1), 2)]
    assert newest == [other.id, job.id]


def test_a_missing_file_is_not_sent(dateline: Client, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        dateline.add_files(tmp_path / "none.txt")


def test_articles_are_listed_by_filters_and_names_are_known(dateline: Client, own: str) -> None:
    day = datetime(2025, 3, 18, 9, tzinfo=UTC)
    outlet = f"The {own} Gazette"
    stored = {"id": own, "outlet": outlet, "published_at": day, "text": TEXT}
    assert dateline.add(stored).count("added") == 1
    listed = dateline.articles(outlets=[outlet], after=date(2025, 3, 18))
    assert [article.published_at for article in listed] == [day]
    assert list(dateline.articles(outlets=[outlet], before=day)) == []
    by_one = [article.id for article in dateline.articles(page_size=1, order="newest")]
    assert len(by_one) == len(set(by_one)) == dateline.stats().articles
    assert [name.name for name in dateline.outlets(own)] == [outlet]
    assert len(dateline.speakers(limit=1)) <= 1
    dateline.delete(own)


def test_statements_are_gone_through_page_by_page(dateline: Client) -> None:
    whole = dateline.statements(limit=4).items
    assert list(islice(dateline.all_statements(page_size=2), 4)) == list(whole)


def test_collections_are_made_used_changed_and_removed(
    dateline: Client, opened: Opened, server: Running
) -> None:
    made = dateline.create_collection("press", "Press", {"chat_days": 3})
    try:
        assert made.collection.settings == {"chat_days": 3}
        press = opened(server.url, key=made.key, collection="press")
        press.add({"id": "only-here", "text": TEXT})
        assert [article.id for article in press.articles()] == ["only-here"]
        assert press.ask("When will the Wexmoor ferry run again?").citations
        assert press.chat("Who is Lena Brandt?").chat_id
        assert press.alive().status == "alive"
        with pytest.raises(ServerRefused) as caught:
            dateline.article("only-here")
        assert caught.value.server_code == "article_not_found"
        assert dateline.change_collection("press", title="Desk").title == "Desk"
        changed = dateline.change_collection("press", settings={"chat_days": None})
        assert (changed.title, changed.settings) == ("Desk", {})
        assert dateline.collection("press") == changed
        assert dateline.collections() == (changed,)
    finally:
        dateline.delete_collection("press")
    assert dateline.collections() == ()
