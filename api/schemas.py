"""What requests take beyond the types of ``rag.types``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from fastapi import Depends, Query
from pydantic import AfterValidator, AliasChoices, BaseModel, ConfigDict, Field

from rag import moments
from rag.ingest.urls import is_url
from rag.types import Filters, Turn
from rag.verify_types import Given

MAX_TURNS = 50
MAX_TURN_CHARS = 10_000
MAX_NAMES = 50
MAX_NAME_CHARS = 200

Name = Annotated[str, Field(min_length=1, max_length=MAX_NAME_CHARS)]
Names = Annotated[list[Name], Field(max_length=MAX_NAMES)]


class Body(BaseModel):
    """A request body: unknown fields are refused, and a number is not a string."""

    model_config = ConfigDict(extra="forbid", strict=True)


class FilterFields(Body):
    """What part of the collection may be used.

    Dates are ISO 8601; without a zone they are UTC. Articles without a date take no part when one
    of the three is given.
    """

    as_of: str | None = Field(
        default=None,
        description="Use nothing published after this moment; a date alone is the end of that day.",
    )
    after: str | None = Field(
        default=None,
        description="Published at this moment or later; a date alone is its start.",
    )
    before: str | None = Field(
        default=None, description="Published before this moment; a date alone is its start."
    )
    outlets: Names = Field(default=[], description="Only from these outlets, in any case.")
    speakers: Names = Field(
        default=[],
        description="Only what one of these people says, by name, last name or role; where nobody "
        "has it, part of a name will do.",
    )
    articles: Names = Field(default=[], description="Only from the articles with these ids.")

    def filters(self) -> Filters:
        """Return them parsed; raises FilterError, which names the field."""
        return Filters(
            as_of=moments.bound("as_of", self.as_of),
            after=moments.bound("after", self.after),
            before=moments.bound("before", self.before),
            outlets=tuple(self.outlets),
            speakers=tuple(self.speakers),
            articles=tuple(self.articles),
        )


Time = Annotated[
    str | None,
    Query(
        max_length=40,
        description="By date of publication, ISO 8601, UTC without a zone: `as_of` nothing later "
        "(a date alone is the end of that day), `after` then or later, `before` earlier. Articles "
        "without a date take no part.",
    ),
]
Cursor = Annotated[
    str | None, Query(max_length=1_000, description="`next_cursor` of the page before.")
]


async def _outlets(
    outlets: Annotated[
        tuple[Name, ...],
        Query(max_length=MAX_NAMES, description="Only from this outlet, in any case; repeatable."),
    ] = (),
    # Links of before the name was the same everywhere.
    outlet: Annotated[tuple[Name, ...], Query(max_length=MAX_NAMES, include_in_schema=False)] = (),
) -> tuple[str, ...]:
    return (*outlets, *outlet)


Outlets = Annotated[tuple[str, ...], Depends(_outlets)]


def time_filters(
    as_of: str | None, after: str | None, before: str | None, outlets: Sequence[str] = ()
) -> Filters:
    """Return the filters of a query string parsed; raises FilterError, which names the field."""
    return Filters(
        as_of=moments.bound("as_of", as_of),
        after=moments.bound("after", after),
        before=moments.bound("before", before),
        outlets=tuple(outlets),
    )


class TurnBody(Body):
    """One earlier message of the conversation."""

    role: Literal["user", "assistant"]
    content: str = Field(max_length=MAX_TURN_CHARS)

    def turn(self) -> Turn:
        """Return it as the library has it."""
        return Turn(role=self.role, content=self.content)


class AskBody(FilterFields):
    """A question."""

    question: str = Field(
        description="1 to 2,000 code points; the setting `max_question_chars` moves the limit."
    )
    history: list[TurnBody] = Field(
        default=[],
        max_length=MAX_TURNS,
        description="The conversation so far, oldest first; a follow-up is completed from it.",
    )
    limit: int | None = Field(
        default=None, ge=1, le=20,
        description="Most sentences to quote; by default, what the kind of question needs.",
    )  # fmt: skip


class ChatBody(FilterFields):
    """The next question of a chat."""

    question: str = Field(
        description="1 to 2,000 code points; the setting `max_question_chars` moves the limit."
    )
    chat_id: str | None = Field(
        default=None,
        max_length=60,
        description="Of the chat that goes on; without it one begins.",
    )
    limit: int | None = Field(
        default=None, ge=1, le=20,
        description="Most sentences to quote; by default, what the kind of question needs.",
    )  # fmt: skip


class SearchBody(FilterFields):
    """A search."""

    query: str = Field(description="Words; limits as for a question.")
    limit: int = Field(default=10, ge=1, le=100, description="Most passages to return.")


class GivenArticle(Body):
    """An article to check against; it is not stored."""

    id: str | None = Field(default=None, max_length=200, description="Yours; else its number.")
    title: str | None = Field(default=None, max_length=1_000)
    outlet: str | None = Field(default=None, max_length=200)
    url: str | None = Field(default=None, max_length=2_000)
    published_at: str | None = Field(
        default=None, max_length=40, description="ISO 8601, UTC without a zone."
    )
    text: str = Field(
        min_length=1, max_length=100_000, description="Taken as it is: offsets count in it."
    )


class VerifyBody(FilterFields):
    """A text to check."""

    text: str = Field(description="1 to 20,000 code points, 100 sentences at most.")
    given: list[GivenArticle] = Field(
        default=[],
        max_length=20,
        description="Check against these alone, not against the collection.",
    )

    def sources(self) -> list[Given]:
        """Return the given articles; raises FilterError for a date that is none."""
        return [
            Given(
                id=item.id or f"given[{number}]",
                title=item.title,
                outlet=item.outlet,
                url=item.url,
                published_at=moments.bound(f"given[{number}].published_at", item.published_at),
                text=item.text,
            )
            for number, item in enumerate(self.given)
        ]


class QuoteBody(Body):
    """Words that somebody is said to have said."""

    quote: str = Field(description="1 to 5,000 code points; an ellipsis stands for words left out.")
    as_of: str | None = Field(
        default=None,
        description="Use nothing published after this moment; a date alone is the end of that day.",
    )
    after: str | None = Field(
        default=None,
        description="Published at this moment or later; a date alone is its start.",
    )
    before: str | None = Field(
        default=None, description="Published before this moment; a date alone is its start."
    )
    outlets: Names = Field(
        default=[],
        validation_alias=AliasChoices("outlets", "outlet"),
        description="Only from these outlets, in any case.",
    )
    limit: int = Field(
        default=10, ge=1, le=50, description="Most articles to return; reprints are not counted."
    )

    def filters(self) -> Filters:
        """Return the filters parsed; raises FilterError, which names the field."""
        return time_filters(self.as_of, self.after, self.before, self.outlets)


class ArticleBody(Body):
    """An article to store; only the text is needed."""

    id: str | None = Field(
        default=None,
        max_length=200,
        description="Yours, kept across versions: letters, digits and `. : @ ~ + - _`. Without one "
        "it is made from the URL, else from the text.",
    )
    url: str | None = Field(default=None, description="http or https.")
    title: str | None = Field(
        default=None, description="Without one the first sentence serves, marked `derived`."
    )
    outlet: str | None = None
    author: str | None = None
    published_at: str | None = Field(
        default=None, description="ISO 8601, UTC without a zone. Never guessed when missing."
    )
    updated_at: str | None = Field(
        default=None, description="When its publisher last changed it; as `published_at`."
    )
    language: str | None = None
    section: str | None = None
    text: str = Field(description="Plain text; it is cleaned, and offsets count in the result.")


class StatusBody(Body):
    """Whether answers may use an article."""

    status: Literal["retracted", "live"]
    note: str | None = Field(
        default=None,
        min_length=1,
        max_length=2_000,
        description="Why it is retracted; needed then, and shown wherever the article is read.",
    )


def _web_address(value: str) -> str:
    """Let nothing through but http and https: a path would be a file of this machine."""
    if not is_url(value):
        raise ValueError("this is no web address; begin it with http:// or https://")
    return value


class UrlsBody(Body):
    """Web addresses to fetch: of articles, or of RSS and Atom feeds."""

    urls: Annotated[
        list[
            Annotated[
                str,
                Field(
                    min_length=1,
                    max_length=2_000,
                    json_schema_extra={"pattern": "^[hH][tT][tT][pP][sS]?://"},
                ),
                AfterValidator(_web_address),
            ]
        ],
        Field(min_length=1, max_length=1_000),
    ]
