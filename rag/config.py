"""One flat set of settings, read from the environment and from ``.env``."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from dotenv import dotenv_values
from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from rag import __version__
from rag.errors import DataFolderError, SettingsError

PREFIX = "DATELINE_"
ENV_FILE = ".env"

OWN = (
    "candidates", "read_milliseconds", "min_confidence", "max_question_chars", "max_article_chars",
    "max_batch", "keep_answers", "chat_days", "cached_answers",
)  # fmt: skip
"""What a collection may set for itself."""
RELOADED = (
    *OWN, "max_unpacked_bytes", "max_members", "parse_seconds", "fetch_agent", "fetch_private",
    "fetch_ports", "fetch_seconds", "fetch_pause", "max_collections",
)  # fmt: skip
"""What a running server takes over on SIGHUP; the rest is read when it starts."""


class Settings(BaseSettings):
    """Every setting, with its default; names in the environment carry the prefix ``DATELINE_``."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_file=ENV_FILE, extra="ignore", frozen=True
    )

    data: Path = Field(
        default=Path("data"), description="Folder for the catalogue and the index snapshots."
    )
    collection: str | None = Field(
        default=None,
        description="A collection of the service that the command line works on; default: its own.",
    )
    max_collections: int = Field(
        default=100, ge=0, le=10_000, description="Most collections beside the service's own."
    )
    database: str | None = Field(
        default=None,
        description="SQLAlchemy URL of the catalogue; default: SQLite in the data folder.",
    )
    vectors: str = Field(
        default="faiss",
        pattern=r"^(faiss|milvus(\+https)?://[^\s/@?#]+(/[A-Za-z_][A-Za-z0-9_]*)?)$",
        description="Where passages are searched: `faiss` in this process, or Milvus: "
        "milvus://host:port/database, milvus+https://host:port.",
    )
    vectors_token: SecretStr | None = Field(
        default=None, description="Milvus's token, or user:password; shown nowhere."
    )
    vectors_seconds: float = Field(
        default=5.0, gt=0, le=60, description="Most time for one search in Milvus."
    )
    embedder: str = Field(
        default="all-MiniLM-L6-v2",
        description="A sentence-transformers model by name or path; the default needs no download.",
    )
    reader: Literal["blend", "cross-encoder", "overlap"] = Field(
        default="blend", description="What picks the evidence and decides whether it answers."
    )
    precision: Literal["auto", "float32", "bfloat16"] = Field(
        default="auto",
        description="Arithmetic of the embedder; auto: bfloat16 where the processor has it.",
    )
    threads: int = Field(
        default=0, ge=0, le=256, description="Threads for the models; 0: one for each core."
    )
    candidates: int = Field(
        default=10, ge=1, le=100, description="Passages that are read for an answer."
    )
    read_milliseconds: int = Field(
        default=0,
        ge=0,
        description="Time for reading one question's passages; fewer are read when they take "
        "longer (never below 3 for each part), and answers then depend on the load. 0: no limit.",
    )
    min_confidence: float = Field(
        default=0.2, ge=0.0, le=1.0, description="Below this confidence the answer abstains."
    )
    max_question_chars: int = Field(
        default=2_000, ge=1, le=100_000, description="Longest question or query, in code points."
    )
    max_article_chars: int = Field(
        default=1_000_000, ge=1, description="Longest article, in code points."
    )
    max_file_bytes: int = Field(
        default=20_000_000, ge=1, description="Largest file or request body, in bytes."
    )
    max_unpacked_bytes: int = Field(
        default=20_000_000_000, ge=1, description="Most an archive may unpack to, in bytes."
    )
    max_members: int = Field(
        default=100_000, ge=1, description="Most files in an archive, inner archives included."
    )
    parse_seconds: float = Field(
        default=30.0, gt=0, description="Most time for parsing one page, feed or PDF file."
    )
    fetch_agent: str = Field(
        default=f"Dateline/{__version__} (self-hosted question answering over news)",
        min_length=1,
        pattern=r"^[\x20-\x7e]+$",
        description="How fetching introduces itself; add an address where you can be reached.",
    )
    fetch_private: bool = Field(
        default=False, description="Whether URLs may lead to private addresses and this machine."
    )
    fetch_ports: str = Field(
        default="80,443",
        pattern=r"^\d{1,5}(,\d{1,5})*$",
        description="Ports that URLs may ask for.",
    )
    fetch_seconds: float = Field(
        default=30.0, gt=0, description="Most time for fetching one URL, redirects included."
    )
    fetch_pause: float = Field(
        default=1.0, ge=0, description="Seconds between two requests to the same host."
    )
    max_batch: int = Field(
        default=500, ge=1, le=10_000, description="Most articles in one request."
    )
    jobs_here: bool = Field(
        default=True,
        description="Whether a server does the jobs itself; otherwise `dateline work` has to.",
    )
    max_upload_bytes: int = Field(
        default=500_000_000, ge=1, description="Most bytes of files uploaded in one request."
    )
    keep_answers: int = Field(
        default=90,
        ge=0,
        le=36_500,
        description="Days for which given answers are kept, to trace corrections; 0: none are.",
    )
    llm: Literal["none", "auto", "openai-like", "anthropic", "local"] = Field(
        default="none",
        description="What writes answers from the evidence; none: quotations alone; auto: a "
        "configured key, else an Ollama on this machine.",
    )
    llm_url: str | None = Field(
        default=None,
        pattern=r"^https?://\S+$",
        description="Endpoint with OpenAI's protocol, such as http://127.0.0.1:11434/v1.",
    )
    llm_model: str | None = Field(
        default=None,
        max_length=500,
        description="The model's name at the endpoint; for `local` the path of a GGUF file.",
    )
    llm_key: SecretStr | None = Field(
        default=None, description="Key of the endpoint; shown nowhere."
    )
    llm_seconds: float = Field(
        default=30.0, gt=0, le=600, description="Most time for one reply, retries included."
    )
    llm_retries: int = Field(
        default=2, ge=0, le=10, description="Further attempts after an error that may pass."
    )
    llm_concurrency: int = Field(
        default=4, ge=1, le=1_000, description="Replies that are asked for at once."
    )
    llm_request_tokens: int = Field(
        default=4_000,
        ge=500,
        description="Most tokens of one request to the model, its reply included.",
    )
    llm_reply_tokens: int = Field(default=700, ge=50, description="Most tokens of one reply.")
    llm_question_tokens: int = Field(
        default=0,
        ge=0,
        description="Most tokens of all requests for one question; 0: no limit.",
    )
    llm_daily_tokens: int = Field(
        default=0, ge=0, description="Most tokens a day (UTC), of all processes; 0: no limit."
    )
    llm_prompt_price: float = Field(
        default=0.0,
        ge=0,
        le=100_000,
        allow_inf_nan=False,
        description="Price of a million tokens sent, in the currency of your choice.",
    )
    llm_reply_price: float = Field(
        default=0.0,
        ge=0,
        le=100_000,
        allow_inf_nan=False,
        description="Price of a million tokens received.",
    )
    llm_question_cost: float = Field(
        default=0.0,
        ge=0,
        allow_inf_nan=False,
        description="Most that all requests for one question may cost; 0: no limit.",
    )
    llm_daily_cost: float = Field(
        default=0.0,
        ge=0,
        allow_inf_nan=False,
        description="Most that a day (UTC) may cost, of all processes; 0: no limit.",
    )
    chat_days: int = Field(
        default=30, ge=1, le=36_500, description="Days after its last turn that a chat is kept."
    )
    cached_answers: int = Field(
        default=1_000, ge=0, le=100_000, description="Answers kept in memory; 0: none are."
    )
    allow_open: bool = Field(
        default=False,
        description="Whether other machines may be served without API keys.",
    )
    hosts: str = Field(
        default="",
        pattern=r"^[A-Za-z0-9.:\[\]-]*(,[A-Za-z0-9.:\[\]-]+)*$",
        description="Names that requests may call this server by, with commas; empty: this "
        "machine's own where it serves only that, else any.",
    )
    cors_origins: str = Field(
        default="",
        pattern=r"^(https?://[^\s,/*]+(,https?://[^\s,/*]+)*)?$",
        description="Sites whose pages may use the API, with commas; empty: none.",
    )
    key: SecretStr | None = Field(
        default=None, description="API key that the command line sends to a server."
    )
    log_format: Literal["auto", "line", "json"] = Field(
        default="auto",
        description="How a server logs; auto: lines on a terminal, JSON otherwise.",
    )
    traces: Literal["none", "console", "otlp"] = Field(
        default="none",
        description="Where traces go; otlp: where OTEL_EXPORTER_OTLP_ENDPOINT says. Needs the "
        "extra `otel`.",
    )
    server: str | None = Field(
        default=None,
        description="URL of a running server for the command line; default: the one on this data.",
    )

    @field_validator(
        "database",
        "collection",
        "server",
        "llm_url",
        "llm_model",
        "llm_key",
        "key",
        "vectors_token",
        mode="before",
    )
    @classmethod
    def _blank_is_unset(cls, value: object) -> object:
        return None if value == "" else value

    @property
    def root(self) -> Path:
        """The service's data folder, also where ``data`` is that of one of its collections."""
        return self.data if self.collection is None else self.data.parent.parent

    @property
    def database_url(self) -> str:
        """URL of the catalogue that is in force."""
        return self.database or f"sqlite:///{(self.data / 'catalogue.db').absolute()}"


def stored(settings: Settings) -> Settings:
    """Return the settings of a collection that is there; raises DataFolderError where none is.

    For what only reads: a mistyped folder is no empty collection.
    """
    if settings.database is None and not (settings.data / "catalogue.db").exists():
        raise DataFolderError(
            f"There is no collection in {settings.data.absolute()}.",
            remedy="Name its folder with --data or DATELINE_DATA, or begin one: "
            "`dateline ingest FILES`.",
        )
    return settings


def load_settings(**overrides: object) -> Settings:
    """Read the settings; ``overrides`` that are not None win over the environment.

    With a collection they are those of its folder. Raises SettingsError as ``read_settings`` does,
    and CollectionNotFound.
    """
    settings = read_settings(**overrides)
    # With a server elsewhere the collection's folder is there too.
    if settings.collection is None or settings.server is not None:
        return settings
    from rag.collections import Collections

    return Collections(settings).settings_of(settings.collection)


def read_settings(**overrides: object) -> Settings:
    """Read the settings of the service itself, whatever collection is named.

    Raises SettingsError for an unknown ``DATELINE_`` key or a bad value, naming key and place.
    """
    for name, place in _given():
        if name not in Settings.model_fields:
            near = difflib.get_close_matches(name, Settings.model_fields, n=1)
            hint = f" Did you mean {PREFIX}{near[0].upper()}?" if near else ""
            raise SettingsError(
                f"{PREFIX}{name.upper()} in {place} is not a setting.{hint}",
                remedy="`dateline doctor --settings` lists them all.",
            )
    try:
        given: dict[str, Any] = {k: v for k, v in overrides.items() if v is not None}
        return Settings(**given)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        given_value = (
            "not shown" if name in ("llm_key", "key", "vectors_token") else repr(first["input"])
        )
        raise SettingsError(
            f"{PREFIX}{name.upper()} is {given_value}: {first['msg'].lower()}.",
            remedy="`dateline doctor --settings` shows what each setting takes.",
        ) from error


def reloaded(running: Settings, read: Settings) -> tuple[Settings, list[str], list[str]]:
    """Return the settings that a running server goes on with, what changed, and what waits.

    ``read`` are the settings as they are written now; what is not in ``RELOADED`` waits for the
    next start.
    """
    changed = [
        name for name in Settings.model_fields if getattr(running, name) != getattr(read, name)
    ]
    taken = [name for name in changed if name in RELOADED]
    update = {name: getattr(read, name) for name in taken}
    return running.model_copy(update=update), taken, [n for n in changed if n not in taken]


def origins(overrides: dict[str, object]) -> dict[str, str]:
    """Say for each setting where its value comes from: option, environment, ``.env``, default."""
    places = dict(_given())
    given = {key for key, value in overrides.items() if value is not None}
    return {
        name: "option" if name in given else places.get(name, "default")
        for name in Settings.model_fields
    }


def _given() -> Iterator[tuple[str, str]]:
    """Yield (field name, place) for each key with our prefix; the winning place comes last."""
    for key in dotenv_values(ENV_FILE):
        if key.upper().startswith(PREFIX):
            yield key[len(PREFIX) :].lower(), ENV_FILE
    for key in os.environ:
        if key.upper().startswith(PREFIX):
            yield key[len(PREFIX) :].lower(), "environment"
