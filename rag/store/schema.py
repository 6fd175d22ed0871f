"""The catalogue's tables. A change here needs a migration in migrations/versions/."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)


class Moment(TypeDecorator[datetime]):
    """A UTC time; stored without zone, so that every database sorts it alike."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Write an aware time as naive UTC."""
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Read naive UTC as an aware time."""
        return None if value is None else value.replace(tzinfo=UTC)


# SQLite counts only an INTEGER primary key up by itself.
Counter = BigInteger().with_variant(Integer, "sqlite")

metadata = MetaData()

# Small facts of the whole catalogue: its generation, the embedder that made the vectors.
state = Table(
    "state",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("value", Text, nullable=False),
)

article = Table(
    "article",
    metadata,
    Column("id", String(200), primary_key=True),
    Column("origin", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("status", String(20), nullable=False),
    Column("cluster_id", String(40), nullable=False, index=True),
    Column("ingested_at", Moment, nullable=False),
    # Why it was retracted, and when its status last changed.
    Column("note", Text),
    Column("changed_at", Moment),
)

article_version = Table(
    "article_version",
    metadata,
    Column("article_id", ForeignKey("article.id", ondelete="CASCADE"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("title", Text, nullable=False),
    Column("title_from", String(20), nullable=False),
    Column("outlet", Text),
    Column("author", Text),
    Column("published_at", Moment),
    Column("published_from", String(20), nullable=False),
    Column("updated_at", Moment),
    Column("language", Text),
    Column("url", Text),
    Column("section", Text),
    Column("place", Text),
    # JSON: where each known field came from.
    Column("origins", Text, nullable=False, server_default="{}"),
    Column("text", Text, nullable=False),
    Column("text_hash", String(64), nullable=False),
    Column("ingested_at", Moment, nullable=False),
)

# Only current versions have passages. `key` is the id in the FAISS index: it never comes back.
passage = Table(
    "passage",
    metadata,
    Column("key", Counter, primary_key=True, autoincrement=True),
    Column("id", String(300), nullable=False, unique=True),
    Column("article_id", ForeignKey("article.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("version", Integer, nullable=False),
    Column("start", Integer, nullable=False),
    Column("end", Integer, nullable=False),
    Column("vector", LargeBinary, nullable=False),
    Column("generation", BigInteger, nullable=False, index=True),
    sqlite_autoincrement=True,
)

# Passages that are gone, so that an index can be caught up from any earlier generation.
removal = Table(
    "removal",
    metadata,
    Column("key", BigInteger, primary_key=True, autoincrement=False),
    Column("passage_id", String(300), nullable=False),
    Column("generation", BigInteger, nullable=False),
    Index("ix_removal_generation", "generation"),
)

# The last version of a deleted article: when it comes back it goes on counting from there, so that
# an old citation can never point into a new text.
tombstone = Table(
    "tombstone",
    metadata,
    Column("article_id", String(200), primary_key=True),
    Column("version", Integer, nullable=False),
)

# Hashes of an article's shingles, so that reprints of its text are found: see ingest/shingles.py.
band = Table(
    "band",
    metadata,
    Column("article_id", ForeignKey("article.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("hash", BigInteger, nullable=False),
    Index("ix_band_hash", "hash"),
)

# What was answered, whole, and which versions it cited.
answer = Table(
    "answer",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("asked_at", Moment, nullable=False, index=True),
    Column("question", Text, nullable=False),
    Column("abstained", Boolean, nullable=False),
    Column("body", Text, nullable=False),
)

# No foreign key to the article: an answer from a deleted article is still listed.
answer_citation = Table(
    "answer_citation",
    metadata,
    Column("answer_id", ForeignKey("answer.id", ondelete="CASCADE"), primary_key=True),
    Column("article_id", String(200), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Index("ix_answer_citation_article", "article_id", "version"),
)

# Long work. `owner` is the process that does it; without a heartbeat another one takes it over.
job = Table(
    "job",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("state", String(20), nullable=False, index=True),
    Column("request", Text, nullable=False),
    Column("created_at", Moment, nullable=False, index=True),
    Column("started_at", Moment),
    Column("finished_at", Moment),
    Column("heartbeat_at", Moment),
    Column("owner", String(80)),
    Column("cancelling", Boolean, nullable=False),
    Column("total", Integer),
    Column("error_code", String(60)),
    Column("error", Text),
)

job_item = Table(
    "job_item",
    metadata,
    Column("job_id", ForeignKey("job.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("origin", Text, nullable=False),
    Column("outcome", String(20), nullable=False),
    Column("article_id", String(200)),
    Column("version", Integer),
    Column("code", String(60)),
    Column("message", Text),
)

# What a feed's server asked to be told the next time.
feed = Table(
    "feed",
    metadata,
    Column("url", String(2_000), primary_key=True),
    Column("etag", Text),
    Column("last_modified", Text),
    Column("fetched_at", Moment, nullable=False),
)

# What the articles say and who says it: derived from their texts by rules, made anew at any time.
# Rows count only where the article is at this version and not retracted.
statement = Table(
    "statement",
    metadata,
    Column("key", Counter, primary_key=True, autoincrement=True),
    Column("article_id", ForeignKey("article.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("version", Integer, nullable=False),
    # What is shown: the sentence with the reporting words, and all that is said.
    Column("start", Integer, nullable=False),
    Column("end", Integer, nullable=False),
    Column("published_at", Moment, index=True),
    # The fullest name in the article, what all namesakes share, and how the article introduces it.
    Column("speaker", String(300)),
    Column("namesake", String(200)),
    Column("role", String(300)),
    Column("quote_type", String(10), nullable=False),
    Column("spoken", Boolean, nullable=False),
    # The days of the saying, where the article tells.
    Column("day", Date),
    Column("day_last", Date),
    # Hash of the words that are said: reprints and repetitions share it.
    Column("words", BigInteger, nullable=False, index=True),
    # JSON: the whole statement, see rag/store/statements.py.
    Column("body", Text, nullable=False),
    Index("ix_statement_speaker", "namesake", "speaker"),
    Index("ix_statement_role", "role"),
    sqlite_autoincrement=True,
)

# Which version of an article was read for statements, by which rules; why it could not be.
attribution = Table(
    "attribution",
    metadata,
    Column("article_id", ForeignKey("article.id", ondelete="CASCADE"), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("rules", String(20), nullable=False),
    Column("error", Text),
)

# Conversations; those not used for the days of the setting `chat_days` are removed.
chat = Table(
    "chat",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("title", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("used_at", Moment, nullable=False, index=True),
)

# One question of a chat and what was answered. `sources` and `answer` are JSON.
chat_turn = Table(
    "chat_turn",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("chat_id", ForeignKey("chat.id", ondelete="CASCADE"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("asked_at", Moment, nullable=False),
    Column("question", Text, nullable=False),
    Column("sources", Text, nullable=False),
    Column("answer", Text, nullable=False),
    UniqueConstraint("chat_id", "number", name="uq_chat_turn_number"),
)

# Tokens that language models took by day (UTC), and their cost in millionths.
llm_use = Table(
    "llm_use",
    metadata,
    Column("day", String(10), primary_key=True),
    Column("tokens", BigInteger, nullable=False),
    Column("cost", BigInteger, nullable=False, server_default="0"),
)

# Who may use the API. `hash` is of the secret part, which is stored nowhere; `scopes` are words
# with blanks between; 0 a minute or a day is no limit.
api_key = Table(
    "api_key",
    metadata,
    Column("id", String(20), primary_key=True),
    Column("name", String(100), nullable=False),
    Column("hash", String(64), nullable=False),
    Column("scopes", String(60), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment),
    Column("revoked_at", Moment),
    Column("per_minute", Integer, nullable=False),
    Column("per_day", Integer, nullable=False),
)

# Requests of each key, by day (UTC).
api_key_use = Table(
    "api_key_use",
    metadata,
    Column("key_id", ForeignKey("api_key.id", ondelete="CASCADE"), primary_key=True),
    Column("day", String(10), primary_key=True),
    Column("requests", BigInteger, nullable=False),
)

# Every request that was to change something. No foreign key: a key that is gone stays named.
audit = Table(
    "audit",
    metadata,
    Column("number", Counter, primary_key=True, autoincrement=True),
    Column("at", Moment, nullable=False, index=True),
    Column("request_id", String(64), nullable=False),
    Column("key_id", String(20)),
    Column("method", String(10), nullable=False),
    Column("path", Text, nullable=False),
    Column("status", Integer, nullable=False),
)

# What people say of answers. `body` is JSON: the comment, and the answer as it was given.
feedback = Table(
    "feedback",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("answer_id", String(40), nullable=False, index=True),
    Column("at", Moment, nullable=False, index=True),
    Column("key_id", String(20)),
    Column("verdict", String(20), nullable=False),
    Column("body", Text, nullable=False),
)

# Responses to requests that carried an idempotency key; without a status it is still worked on.
idempotency = Table(
    "idempotency",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("at", Moment, nullable=False, index=True),
    Column("request", String(64), nullable=False),
    Column("status", Integer),
    Column("headers", Text),
    Column("body", LargeBinary),
)

# Files that were uploaded for jobs, in parts, where another host may do the job.
upload = Table(
    "upload",
    metadata,
    Column("spool", String(40), primary_key=True),
    Column("path", String(40), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("at", Moment, nullable=False),
    Column("data", LargeBinary, nullable=False),
)
