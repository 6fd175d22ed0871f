from __future__ import annotations

import pytest

from rag.ingest.boilerplate import news_spans


def news(text: str) -> list[str]:
    return [text[start:end] for start, end in news_spans(text)]


def test_a_line_of_boilerplate_splits_the_news() -> None:
    assert news("First.\nRead more: Other story\nSecond.") == ["First.", "Second."]


def test_an_appeal_runs_to_the_end() -> None:
    assert news("One.\nTwo.\nThree.\nDear readers,\nGive.\nThanks.") == ["One.\nTwo.\nThree."]


def test_an_appeal_at_the_head_is_news() -> None:
    text = "Dear readers, the minister wrote, please help.\nThat was on Monday.\nHe left."
    assert news(text) == [text]


def test_a_text_of_boilerplate_alone_has_no_news() -> None:
    assert news("Read more: this\n___\nContributing: Reuters") == []


@pytest.mark.parametrize(
    "line",
    [
        "Contributing: The Associated Press",
        "AFP contributed reporting.",
        "– CNN’s Frank Pallotta, Steve Contorno and Eric Levenson contributed to this report.",
        "Jon Campbell, a staff writer in the Albany Bureau, contributed reporting.",
        "From USA TODAY Network and wire reports",
        "Associated Press",
        "(Image credit: Alfred Ike Wurin/AFP via Getty Images)",
        "Chris Ratcliffe/Bloomberg/Getty Images",
        "Need a break? Play the USA TODAY Daily Crossword Puzzle.",
        "Sign up for CNN’s Wonder Theory science newsletter. Explore the universe with news.",
        "NFL NEWSLETTER:Sign up now to get exclusive content sent to your inbox",
        "Thank you for supporting our journalism. You can subscribe to our print edition here.",
        "Support local journalism. Subscribe to azcentral.com today.",
        "Make a tax-deductible contribution to support her work.",
        "We use cookies to improve your visit.",
        "Eric Lagatta covers breaking news for USA TODAY. Reach him at elagatta@gannett.com",
        "Follow Ashley May on Twitter: @AshleyMayTweets",
        "(This story has been updated to add new information.)",
        "This article was originally published on May 5, 2013.",
        "More:Hospital director describes frenzy as patients poured into ER",
        "Share this article",
        "___",
    ],
)
def test_lines_that_are_no_news_are_left_out(line: str) -> None:
    text = f"The minister resigned.\n{line}\nHe gave no reason."
    assert news(text) == ["The minister resigned.", "He gave no reason."]


@pytest.mark.parametrize(
    "line",
    [
        "If you sign up for the plan you can get access to discounts, the regulator found.",
        "Musk tweets that the deal is on hold, linking to a Reuters report on Twitter.",
        "“This happens to kids,” said Dr. Westley, who treated six and contributed to the report.",
        "The law set a deadline to complete recounts and litigation.",
        "Copyright infringement claims were dismissed by the judge.",
        "“We have to reform the way documents are boxed up,” he said, “and follow them.”",
        "And Cornyn posted on X: “It is unacceptable for @realDonaldTrump’s cabinet.”",
        "Subscribers to the newsletter rose to 330,000, the company said.",
        "Contributing factors were rain and ice.",
        "Correction: An earlier version of this story misstated the minister's age.",
        "This story has been updated to correct the date the pipeline was completed.",
        "“Sign up for our newsletter,” the forged email read.",
        "Related companies were sued in May.",
        "More than 40 people died: officials",
        "Donors gave $1.6 billion to support independent journalism, the report says.",
        "Register to vote by Monday, officials said.",
    ],
)
def test_reports_that_sound_like_appeals_are_news(line: str) -> None:
    text = f"The minister resigned.\n{line}\nHe gave no reason."
    assert news(text) == [text]


def test_an_appeal_within_a_paragraph_is_left_out_alone() -> None:
    text = "He resigned on Monday. Sign up for our newsletter here. He gave no reason."
    assert news(text) == ["He resigned on Monday.", "He gave no reason."]


def test_the_head_of_a_live_blog_entry_is_left_out() -> None:
    text = "Talks went on.\n7:55 pm ET May 2, 2026 Share this update Delegates left the hall."
    assert news(text) == ["Talks went on.", "Delegates left the hall."]


def test_a_hostile_text_is_searched_in_a_bounded_number_of_lines() -> None:
    line = "Sign up " * 200
    assert news(line) == [line.strip()]
