"""The articles that an answer cites, as references in citation styles."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from api.dependencies import Ready
from api.errors import RequestInvalid
from api.openapi import OPEN_ERRORS, problems
from rag import references
from rag.errors import AnswerNotFound, ArticleNotFound, StyleUnknown

router = APIRouter(prefix="/v1/answers", tags=["answers"])

MEDIA_TYPES = {"text": "text/plain", "markdown": "text/markdown", "html": "text/html"}
JSON_TYPE = "application/vnd.citationstyles.csl+json"


@router.get(
    "/{answer_id}/references",
    summary="List the references of an answer",
    response_description="One reference for each version of an article that is cited, with the "
    "numbers it has in the answer; nothing where the answer cites nothing.",
    response_class=Response,
    responses={
        200: {
            "content": {
                kind: {"schema": {"type": "string"}} for kind in MEDIA_TYPES.values()
            } | {JSON_TYPE: {"schema": {"type": "array", "items": {"type": "object"}}}},
        },
        **problems(RequestInvalid, AnswerNotFound, StyleUnknown, *OPEN_ERRORS),
    },
)  # fmt: skip
def list_references(
    service: Ready,
    answer_id: Annotated[str, Path(max_length=60, description="The answer's id.")],
    style: Annotated[
        str,
        Query(
            max_length=80,
            description=f"`{'`, `'.join(references.styles())}`, or `{references.CSL_JSON}` for "
            "reference managers.",
        ),
    ] = "apa",
    form: Annotated[
        references.Format,
        Query(alias="format", description="How it is written; CSL-JSON is always JSON."),
    ] = "text",
) -> Response:
    """Set what is known of the cited articles in a style.

    Undated articles are marked as such, an unknown outlet or author is left out, first words that
    stand in for a title are in square brackets, and what was retracted since says so.
    """
    dateline = service.dateline
    record = dateline.answers.get(answer_id)
    answer = record.answer or {"citations": []}
    authors = {}
    for key, (article, version) in {
        references.version_key(one): (one["article_id"], one["version"])
        for one in answer["citations"]
    }.items():
        try:
            author = dateline.article(article, version).author
        except ArticleNotFound:
            # It was deleted since: the answer itself does not know who wrote it.
            continue
        if author:
            authors[key] = author
    retracted = frozenset(
        references.version_key({"article_id": one.article_id, "version": one.version})
        for one in record.affected
        if one.became == "retracted"
    )
    text = references.render(
        references.items(answer, authors, retracted), references.numbers(answer), style, form
    )
    kind = JSON_TYPE if style == references.CSL_JSON else f"{MEDIA_TYPES[form]}; charset=utf-8"
    return Response(text, headers={"Content-Type": kind})
