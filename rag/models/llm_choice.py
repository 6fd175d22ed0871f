"""Which language model the settings mean, and the llama-index class that speaks to it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rag.config import PREFIX, Settings
from rag.errors import ModelMissing, SettingsError
from rag.models.llm import Backend, Limits, as_response_format
from rag.spending import MILLION, Budget, Ledger, Prices, Use

if TYPE_CHECKING:
    from llama_index.core.llms import LLM

OPENAI = "https://api.openai.com/v1"
OLLAMA = "http://127.0.0.1:11434"
PROBE_SECONDS = 1.0
CONTEXT = 8_192
"""Tokens that llama-index believes fit; requests stay below `llm_request_tokens` anyway."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What was found to use."""

    kind: str
    url: str | None
    model: str | None
    key: str | None
    why: str


def choose(
    settings: Settings,
    environment: Mapping[str, str] = os.environ,
    models_at: Callable[[str], list[str] | None] | None = None,
) -> Choice | None:
    """Say which model is meant; None for quotations alone.

    ``auto`` takes an endpoint or a key that is configured, else an Ollama on this machine that has
    a model, else none. ``models_at`` lists the models of an endpoint, None where nothing answers.
    """
    if settings.llm == "none":
        return None
    key = settings.llm_key.get_secret_value() if settings.llm_key else None
    url, model = settings.llm_url, settings.llm_model
    if settings.llm == "openai-like":
        key = key or environment.get("OPENAI_API_KEY")
        return Choice("openai-like", url or OPENAI, model, key, "it is configured")
    if settings.llm == "anthropic":
        key = key or environment.get("ANTHROPIC_API_KEY")
        return Choice("anthropic", url, model, key, "it is configured")
    if settings.llm == "local":
        return Choice("local", None, model, None, "it is configured")
    if url:
        return Choice("openai-like", url, model, key, "DATELINE_LLM_URL is set")
    if key:
        kind = "anthropic" if key.startswith("sk-ant-") else "openai-like"
        return Choice(
            kind, None if kind == "anthropic" else OPENAI, model, key, "DATELINE_LLM_KEY is set"
        )
    if found := environment.get("ANTHROPIC_API_KEY"):
        return Choice("anthropic", None, model, found, "ANTHROPIC_API_KEY is set")
    if found := environment.get("OPENAI_API_KEY"):
        return Choice("openai-like", OPENAI, model, found, "OPENAI_API_KEY is set")
    return _ollama(model, models_at or listed)


def limits(settings: Settings) -> Limits:
    """Return what the settings allow."""
    return Limits(
        seconds=settings.llm_seconds,
        retries=settings.llm_retries,
        concurrency=settings.llm_concurrency,
        reply_tokens=settings.llm_reply_tokens,
    )


def budget(settings: Settings, ledger: Ledger) -> Budget:
    """Return what the settings allow to be spent; raises SettingsError for money without prices."""
    prices = Prices(prompt=settings.llm_prompt_price, reply=settings.llm_reply_price)
    for name in ("llm_question_cost", "llm_daily_cost"):
        if getattr(settings, name) and not (prices.prompt or prices.reply):
            raise SettingsError(
                f"{PREFIX}{name.upper()} is set, but no price is.",
                remedy=f"Set {PREFIX}LLM_PROMPT_PRICE and {PREFIX}LLM_REPLY_PRICE, "
                "of a million tokens.",
            )
    return Budget(
        ledger,
        prices,
        request_tokens=settings.llm_request_tokens,
        question=_most(settings.llm_question_tokens, settings.llm_question_cost),
        daily=_most(settings.llm_daily_tokens, settings.llm_daily_cost),
    )


def backend(choice: Choice, settings: Settings) -> Backend:
    """Return what speaks to the chosen model; raises SettingsError or ModelMissing."""
    if choice.kind == "local":
        return _local(choice, settings)
    if choice.kind == "anthropic":
        model = _needed(choice)
        return Backend(
            name=f"anthropic/{model}",
            chosen=choice.why,
            llm=lambda: _anthropic(choice, model, settings),
        )
    model = choice.model or _only_model(choice)
    return Backend(
        name=f"openai-like/{model}",
        chosen=choice.why,
        llm=lambda: _openai_like(choice.url, model, choice.key, settings),
        formats=as_response_format,
    )


def listed(url: str) -> list[str] | None:
    """List the models of an endpoint with OpenAI's protocol; None where nothing answers."""
    import httpx

    try:
        answer = httpx.get(f"{url.rstrip('/')}/models", timeout=PROBE_SECONDS)
        rows = answer.raise_for_status().json()["data"]
        return [str(row["id"]) for row in rows]
    except (httpx.HTTPError, ValueError, KeyError, TypeError):
        return None


def _most(tokens: int, cost: float) -> Use:
    """Return a limit; a cost below a millionth is one, since 0 is none."""
    return Use(tokens=tokens, cost=max(1, round(cost * MILLION)) if cost else 0)


def _ollama(model: str | None, models_at: Callable[[str], list[str] | None]) -> Choice | None:
    url = f"{OLLAMA}/v1"
    known = models_at(url)
    if not known:
        return None
    return Choice("openai-like", url, model or known[0], None, "an Ollama runs on this machine")


def _only_model(choice: Choice) -> str:
    """Return the endpoint's model where it has one only."""
    known = None if choice.url == OPENAI else listed(choice.url or OPENAI)
    if known is not None and len(known) == 1:
        return known[0]
    if known:
        raise SettingsError(
            f"{choice.url} has {len(known)} models.",
            remedy=f"Set DATELINE_LLM_MODEL to one of them, such as {known[0]}.",
        )
    return _needed(choice)


def _needed(choice: Choice) -> str:
    if not choice.model:
        raise SettingsError(
            f"The language model is taken from {choice.kind} ({choice.why}), but none is named.",
            remedy="Set DATELINE_LLM_MODEL, or DATELINE_LLM=none to do without.",
        )
    return choice.model


def _openai_like(url: str | None, model: str, key: str | None, settings: Settings) -> LLM:
    try:
        from llama_index.llms.openai_like import OpenAILike
    except ModuleNotFoundError as error:
        raise _extra("llm", "llama-index-llms-openai-like") from error
    made: LLM = OpenAILike(
        model=model,
        api_base=url,
        api_key=key or "none",
        is_chat_model=True,
        context_window=CONTEXT,
        max_tokens=settings.llm_reply_tokens,
        temperature=0.0,
        # Retries and the deadline are ours: one of each for all back ends.
        max_retries=0,
        timeout=settings.llm_seconds,
    )
    return made


def _anthropic(choice: Choice, model: str, settings: Settings) -> LLM:
    try:
        from llama_index.core.llms import LLMMetadata
        from llama_index.llms.anthropic import Anthropic
    except ModuleNotFoundError as error:
        raise _extra("anthropic", "llama-index-llms-anthropic") from error

    class AnyAnthropic(Anthropic):
        """Takes names that are newer than the package, which knows a list of them."""

        @property
        def metadata(self) -> LLMMetadata:
            return LLMMetadata(context_window=CONTEXT, is_chat_model=True, model_name=self.model)

    given: dict[str, Any] = {"api_key": choice.key, "model": model}
    if choice.url:
        given["base_url"] = choice.url
    made: LLM = AnyAnthropic(
        max_tokens=settings.llm_reply_tokens,
        temperature=0.0,
        max_retries=0,
        timeout=settings.llm_seconds,
        **given,
    )
    return made


def _local(choice: Choice, settings: Settings) -> Backend:
    from rag.models.llm_local import LocalServer, model_file

    path = model_file(choice.model)

    def make() -> LLM:
        server = LocalServer(path, settings.threads, settings.llm_request_tokens)
        return _openai_like(server.url, path.stem, server.key, settings)

    return Backend(
        name=f"local/{path.stem}", chosen=choice.why, llm=make, formats=as_response_format
    )


def _extra(name: str, package: str) -> ModelMissing:
    return ModelMissing(
        f"{package} is not installed, which speaks to the language model.",
        remedy=f"pip install 'dateline[{name}]', or set DATELINE_LLM=none.",
    )
