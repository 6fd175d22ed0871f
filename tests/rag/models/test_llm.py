from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from rag.config import Settings
from rag.errors import LlmBudgetSpent, LlmStopped, LlmUnavailable, ModelMissing, SettingsError
from rag.models.llm import LanguageModel
from rag.models.llm_choice import backend, budget, choose, limits
from rag.models.llm_local import model_file
from rag.spending import Spending, Use

KEY = "sk-ant-very-secret"
SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}
MESSAGE = "[1] (A, undated) Putin will call Trump on Monday.\nQuestion: When?"


class Ledger:
    def __init__(self, spent: int = 0) -> None:
        self.use = Use(tokens=spent)

    def spent(self) -> Use:
        return self.use

    def reserve(self, use: Use, most: Use) -> bool:
        if not (self.use + use).within(most):
            return False
        self.use += use
        return True

    def settle(self, difference: Use) -> None:
        self.use += difference


Make = Callable[..., LanguageModel]


@pytest.fixture
def make(scripted_url: str) -> Iterator[Make]:
    made: list[LanguageModel] = []

    def begin(script: str, ledger: Ledger | None = None, **given: Any) -> LanguageModel:
        kind = given.pop("llm", "openai-like")
        url = scripted_url if kind == "anthropic" else f"{scripted_url}/v1"
        settings = Settings(
            llm=kind, llm_url=url, llm_model=script,
            **{"llm_key": KEY, "llm_seconds": 60.0, "llm_retries": 1, **given},
        )  # fmt: skip
        choice = choose(settings)
        assert choice is not None
        allowed = budget(settings, ledger or Ledger())
        model = LanguageModel(backend(choice, settings), limits(settings), allowed)
        made.append(model)
        return model

    yield begin
    for model in made:
        model.close()


def asked(url: str, script: str) -> int:
    return int(httpx.get(f"{url}/asked").json().get(script, 0))


@pytest.mark.parametrize("kind", ["openai-like", "anthropic"])
def test_a_reply_is_the_text_and_its_tokens_are_counted(make: Make, kind: str) -> None:
    ledger, spending = Ledger(), Spending()
    model = make("honest", ledger, llm=kind, llm_prompt_price=3.0, llm_reply_price=15.0)
    reply = model.write("Be brief.", MESSAGE, SCHEMA, spending=spending)
    assert "Putin will call Trump on Monday." in reply
    # 100 tokens sent at 3 a million, 23 received at 15.
    assert ledger.use == spending.so_far == Use(tokens=123, cost=300 + 345)
    assert model.trouble is None
    assert model.fingerprint == f"{kind}/honest"


@pytest.mark.parametrize(
    ("script", "told", "times"),
    [
        ("429", "status 429", 2),
        ("500", "status 500", 2),
        ("401", "status 401", 1),
        ("cut-stream", "gave no reply", 2),
        ("no-choices", "gave no reply", 2),
        ("endless", "gave no reply", 2),
    ],
)
def test_what_may_pass_is_tried_again(
    make: Make, scripted_url: str, script: str, told: str, times: int
) -> None:
    model = make(script)
    before = asked(scripted_url, script)
    with pytest.raises(LlmUnavailable, match=told) as caught:
        model.write("Be brief.", MESSAGE, SCHEMA)
    assert asked(scripted_url, script) - before == times
    assert model.trouble == caught.value.message
    assert KEY not in str(caught.value)


@pytest.mark.parametrize("script", ["silence", "drip"])
def test_silence_ends_at_the_deadline(make: Make, script: str) -> None:
    model = make(script, llm_seconds=1.0)
    begun = time.monotonic()
    with pytest.raises(LlmUnavailable, match="within 1 seconds"):
        model.write("Be brief.", MESSAGE, SCHEMA)
    assert time.monotonic() - begun < 30


def test_a_model_that_keeps_failing_is_left_alone(make: Make, scripted_url: str) -> None:
    model = make("500", llm_retries=0)
    for _ in range(3):
        with pytest.raises(LlmUnavailable):
            model.write("Be brief.", MESSAGE, SCHEMA)
    before = asked(scripted_url, "500")
    with pytest.raises(LlmUnavailable, match="left alone"):
        model.write("Be brief.", MESSAGE, SCHEMA)
    assert asked(scripted_url, "500") == before


def test_nobody_waits_for_an_answer_that_is_not_wanted(make: Make) -> None:
    model, stopped = make("silence", llm_seconds=60.0), threading.Event()
    threading.Timer(0.3, stopped.set).start()
    with pytest.raises(LlmStopped):
        model.write("Be brief.", MESSAGE, SCHEMA, stopped)


def test_closing_ends_calls_under_way(make: Make) -> None:
    model = make("silence", llm_seconds=60.0)
    threading.Timer(0.5, model.close).start()
    with pytest.raises(LlmStopped):
        model.write("Be brief.", MESSAGE, SCHEMA)


def test_budgets_are_kept_before_anything_is_asked(make: Make, scripted_url: str) -> None:
    before = asked(scripted_url, "honest")
    with pytest.raises(LlmBudgetSpent, match="the most for one is 900"):
        make("honest", llm_request_tokens=900).write("Be brief.", "word " * 900, SCHEMA)
    spent = make("honest", Ledger(900), llm_daily_tokens=1_000)
    with pytest.raises(LlmBudgetSpent, match="of today .* is spent: 1,000 tokens"):
        spent.write("Be brief.", MESSAGE, SCHEMA)
    assert spent.trouble == "The budget of today for the language model is spent."
    dear = make("honest", llm_reply_price=10.0, llm_daily_cost=0.006)
    with pytest.raises(LlmBudgetSpent, match="0.006 in money"):
        dear.write("Be brief.", MESSAGE, SCHEMA)
    assert asked(scripted_url, "honest") == before


def test_the_requests_of_one_question_share_a_budget(make: Make) -> None:
    model, spending = make("honest", llm_question_tokens=800), Spending()
    model.write("Be brief.", MESSAGE, SCHEMA, spending=spending)
    with pytest.raises(LlmBudgetSpent, match="of one question .* is spent: 800 tokens"):
        model.write("Be brief.", MESSAGE, SCHEMA, spending=spending)
    model.write("Be brief.", MESSAGE, SCHEMA, spending=Spending())


@pytest.mark.parametrize(
    ("script", "seconds", "kept"),
    # A refusal has to arrive before the deadline, on however slow a machine.
    [("429", 60.0, False), ("silence", 0.5, True)],
)
def test_what_was_refused_is_given_back_and_what_came_too_late_is_not(
    make: Make, script: str, seconds: float, kept: bool
) -> None:
    ledger = Ledger()
    model = make(script, ledger, llm_seconds=seconds, llm_retries=0)
    with pytest.raises(LlmUnavailable):
        model.write("Be brief.", MESSAGE, SCHEMA)
    assert (ledger.use.tokens > 0) == kept


def test_money_needs_prices() -> None:
    with pytest.raises(SettingsError, match="DATELINE_LLM_DAILY_COST is set, but no price is"):
        budget(Settings(llm_daily_cost=5.0), Ledger())


def test_no_more_than_the_allowed_replies_are_asked_for_at_once(make: Make) -> None:
    model = make("slow", llm_concurrency=2, llm_seconds=60.0)
    texts: list[str] = []
    threads = [
        threading.Thread(target=lambda: texts.append(model.write("Be brief.", MESSAGE, SCHEMA)))
        for _ in range(4)
    ]
    begun = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(texts) == 4
    # Each takes two seconds, two at a time.
    assert time.monotonic() - begun >= 3.9


def test_the_only_model_of_an_endpoint_needs_no_name(scripted_url: str) -> None:
    settings = Settings(llm="openai-like", llm_url=f"{scripted_url}/v1")
    choice = choose(settings)
    assert choice is not None
    with pytest.raises(SettingsError, match="models"):
        backend(choice, settings)


@pytest.mark.parametrize(
    ("given", "environment", "kind", "why"),
    [
        ({"llm": "none"}, {"OPENAI_API_KEY": "k"}, None, None),
        ({"llm_url": "http://x/v1"}, {}, "openai-like", "DATELINE_LLM_URL"),
        ({"llm_key": KEY}, {}, "anthropic", "DATELINE_LLM_KEY"),
        ({"llm_key": "sk-1"}, {}, "openai-like", "DATELINE_LLM_KEY"),
        ({}, {"ANTHROPIC_API_KEY": "k"}, "anthropic", "ANTHROPIC_API_KEY"),
        ({}, {"OPENAI_API_KEY": "k"}, "openai-like", "OPENAI_API_KEY"),
        ({}, {}, "openai-like", "Ollama"),
    ],
)
def test_auto_says_what_it_took(
    given: dict[str, Any], environment: dict[str, str], kind: str | None, why: str | None
) -> None:
    settings = Settings(**{"llm": "auto", **given})
    choice = choose(settings, environment, lambda _: ["llama3"])
    assert (choice.kind if choice else None) == kind
    if choice is not None and why is not None:
        assert why in choice.why


def test_auto_without_anything_is_none() -> None:
    assert choose(Settings(llm="auto"), {}, lambda _: None) is None
    assert choose(Settings(llm="auto"), {}, lambda _: []) is None


def test_a_key_without_a_model_is_refused() -> None:
    settings = Settings(llm="auto", llm_key=KEY)
    choice = choose(settings, {})
    assert choice is not None
    with pytest.raises(SettingsError, match="DATELINE_LLM_MODEL") as caught:
        backend(choice, settings)
    assert KEY not in str(caught.value)


def test_a_key_is_shown_nowhere() -> None:
    settings = Settings(llm_key=KEY)
    for shown in (repr(settings), settings.model_dump_json(), str(settings.model_dump())):
        assert KEY not in shown


def test_a_missing_file_is_named() -> None:
    with pytest.raises(ModelMissing, match="no file nowhere.gguf"):
        model_file("nowhere.gguf")


def test_a_local_model_writes_what_the_schema_allows() -> None:
    pytest.importorskip("xllamacpp", reason="pip install 'dateline[local-llm]'")
    try:
        path = model_file(None)
    except ModelMissing as missing:
        pytest.skip(str(missing))
    settings = Settings(llm="local", llm_model=str(path), threads=1, llm_reply_tokens=60)
    choice = choose(settings)
    assert choice is not None
    ledger = Ledger()
    model = LanguageModel(backend(choice, settings), limits(settings), budget(settings, ledger))
    schema = {
        "type": "object",
        "properties": {"polarity": {"enum": ["yes", "no"]}},
        "required": ["polarity"],
        "additionalProperties": False,
    }
    text = model.write("Reply with JSON.", "Is the sky blue?", schema)
    model.close()
    assert text.replace(" ", "").replace("\n", "") in ('{"polarity":"yes"}', '{"polarity":"no"}')
    assert ledger.use.tokens > 0
