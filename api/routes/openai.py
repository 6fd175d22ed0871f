"""Answer clients of OpenAI's API, so that they are used as they are: only the base URL changes."""

from __future__ import annotations

import base64
import json
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Annotated, Any, NoReturn

import anyio
from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import JSONResponse
from sse_starlette import ServerSentEvent
from starlette.responses import Response

from api.dependencies import Readers, Ready, json_only
from api.errors import Overloaded, RequestInvalid
from api.events import streaming
from api.openai_answers import Json, completion, response
from api.openai_bodies import MODEL, Asking, CompletionBody, EmbeddingBody, ResponseBody, refusal
from api.openai_streams import DONE, CompletionStream, ResponseStream, Stream
from api.openapi import BODY_ERRORS, OPEN_ERRORS, problems, streamed
from api.replies import Model, ModelList
from api.service import Service
from api.telling import Told
from rag.errors import AnswerNotFound, DatelineError, FilterError, ModelNotFound, QuestionError
from rag.telling import Said, Telling, whole
from rag.types import Turn

log = logging.getLogger("dateline.api")
router = APIRouter(prefix="/v1", tags=["openai"])

_ASK_ERRORS = (
    *BODY_ERRORS, QuestionError, FilterError, ModelNotFound, AnswerNotFound, *OPEN_ERRORS,
    Overloaded,
)  # fmt: skip


def _shown(*fields: str) -> dict[int | str, dict[str, Any]]:
    """Describe what is returned whole, or as events of these fields."""
    whole = {"application/json": {"schema": {"type": "object"}}}
    return {200: {"content": whole | streamed(*fields)["content"]}}


@router.post(
    "/chat/completions",
    summary="Ask as a chat completion",
    dependencies=[Depends(json_only)],
    response_class=Response,
    response_description="A `chat.completion` of OpenAI's, or its chunks with `stream`.",
    responses=_shown("data") | problems(*_ASK_ERRORS),
)
async def create_completion(
    request: Request, body: CompletionBody, service: Ready, readers: Readers
) -> Response:
    """Answer the last user message from the articles; the messages before it are its context.

    Each mark such as `[1]` has a `url_citation` annotation; `dateline` has the whole answer.
    System messages, tools and sampling settings change nothing: nothing but articles is answered
    from.
    """
    question, history = body.conversation()
    tell, base = _teller(service, body, question, history), _base(request)
    if not body.stream:
        return JSONResponse(completion(await readers.run(lambda: whole(tell().steps)), base))
    told = Told(readers, tell)
    usage = bool(body.stream_options and body.stream_options.include_usage)
    stream = CompletionStream(await told.begin(), base, usage=usage)
    return streaming(_chunks(_written(told, stream)))


@router.post(
    "/responses",
    summary="Ask as a response",
    dependencies=[Depends(json_only)],
    response_class=Response,
    response_description="A `response` of OpenAI's, or its events with `stream`.",
    responses=_shown("event", "data") | problems(*_ASK_ERRORS),
)
async def create_response(
    request: Request, body: ResponseBody, service: Ready, readers: Readers
) -> Response:
    """Answer the input from the articles.

    Each mark such as `[1]` has an annotation: a `url_citation`, or a `file_citation` of an article
    without a URL, whose `file_id` is the article's id.
    """
    question, history = body.conversation()
    if body.previous_response_id is not None:
        history = [*await _before(service, body.previous_response_id), *history]
    tell, base = _teller(service, body, question, history), _base(request)
    previous = body.previous_response_id
    if not body.stream:
        answer = await readers.run(lambda: whole(tell().steps))
        return JSONResponse(response(answer, base, previous))
    told = Told(readers, tell)
    stream = ResponseStream(await told.begin(), base, previous)
    return streaming(_events(_written(told, stream)))


@router.get(
    "/models",
    summary="List the models",
    response_description="What can be named as `model`, as OpenAI lists it.",
    responses={**problems(*OPEN_ERRORS)},
)
def list_models(service: Ready) -> ModelList:
    """List what answers and what embeds, with the fingerprints of their weights."""
    return ModelList(data=_models(service))


@router.get(
    "/models/{model}",
    summary="Read about a model",
    response_description="The model, as OpenAI shows it.",
    responses={**problems(RequestInvalid, ModelNotFound, *OPEN_ERRORS)},
)
def read_model(
    service: Ready, model: Annotated[str, Path(max_length=200, description="Its id.")]
) -> Model:
    """Return one model."""
    return next((item for item in _models(service) if item.id == model), None) or _unknown(model)


@router.post(
    "/embeddings",
    summary="Embed texts",
    dependencies=[Depends(json_only)],
    response_description="A vector for each text in its order, as OpenAI returns them.",
    responses={**problems(*BODY_ERRORS, ModelNotFound, *OPEN_ERRORS, Overloaded)},
)
async def create_embeddings(body: EmbeddingBody, service: Ready, readers: Readers) -> Json:
    """Return the vectors that passages are found by: of length 1, 32-bit floats."""
    embedder = service.dateline.embedder
    name = _embedder_name(service)
    if body.model != name:
        _unknown(body.model)
    if body.dimensions not in (None, embedder.dimension):
        raise refusal("body.dimensions", f"The model has {embedder.dimension}.")
    vectors = await readers.run(lambda: embedder.embed(body.texts))
    return {
        "object": "list",
        "data": [
            {
                "object": "embedding",
                "index": number,
                "embedding": base64.b64encode(vector.astype("<f4").tobytes()).decode()
                if body.encoding_format == "base64"
                else vector.tolist(),
            }
            for number, vector in enumerate(vectors)
        ],
        "model": name,
        "usage": {"prompt_tokens": 0, "total_tokens": 0},
    }


def _teller(
    service: Service, body: Asking, question: str, history: Sequence[Turn]
) -> Callable[..., Telling]:
    """Return what asks, with an event that stops it; raises ModelNotFound or FilterError."""
    if body.model != MODEL:
        _unknown(body.model)
    filters = body.filters()
    return lambda stopped=None: service.dateline.tell(
        question, history, filters, body.limit, stopped
    )


async def _before(service: Service, response_id: str) -> list[Turn]:
    """Return the question and the answer of an earlier response; raises AnswerNotFound."""
    answer_id = response_id.removeprefix("resp_")
    record = await anyio.to_thread.run_sync(service.dateline.answers.get, answer_id)
    shown = record.answer or {}
    said = " ".join(sentence["text"] for sentence in shown.get("sentences", ()))
    turns = [Turn(role="user", content=str(shown.get("query", record.question)))]
    return [*turns, Turn(role="assistant", content=said)] if said else turns


def _base(request: Request) -> str:
    return f"{str(request.base_url).rstrip('/')}{request.app.state.prefix}"


def _embedder_name(service: Service) -> str:
    return service.dateline.embedder.fingerprint.partition("@")[0]


def _models(service: Service) -> tuple[Model, ...]:
    dateline = service.dateline
    llm = dateline.language_model()
    reader = dateline.reader.fingerprint
    return (
        Model(
            id=MODEL,
            kind="answers",
            fingerprint=reader if llm is None else f"{reader}+{llm.fingerprint}",
        ),
        Model(
            id=_embedder_name(service),
            kind="embeddings",
            fingerprint=dateline.embedder.fingerprint,
        ),
    )


def _unknown(model: str) -> NoReturn:
    raise ModelNotFound(
        f"There is no model {model[:60]!r} here.", remedy="GET /v1/models lists those there are."
    )


async def _written(told: Told, stream: Stream) -> AsyncIterator[Json]:
    """Write what is told as it comes. Headers are sent by now: failures are written too."""
    try:
        for event in stream.begin():
            yield event
        async for item in told.follow():
            for event in stream.add(item) if isinstance(item, Said) else stream.end(item):
                yield event
    except DatelineError as error:
        for event in stream.fail(error):
            yield event
    except Exception:
        log.exception("a stream broke off")
        for event in stream.fail(DatelineError("Something went wrong inside Dateline.")):
            yield event
    finally:
        told.stop()


async def _chunks(written: AsyncIterator[Json]) -> AsyncIterator[ServerSentEvent]:
    async for chunk in written:
        yield ServerSentEvent(data=json.dumps(chunk, ensure_ascii=False), sep="\n")
    yield ServerSentEvent(data=DONE, sep="\n")


async def _events(written: AsyncIterator[Json]) -> AsyncIterator[ServerSentEvent]:
    async for event in written:
        data = json.dumps(event, ensure_ascii=False)
        yield ServerSentEvent(data=data, event=event["type"], sep="\n")
