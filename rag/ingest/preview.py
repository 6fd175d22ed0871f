"""Show what an ingest would store, without storing anything."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from rag.errors import InputError
from rag.ingest.clean import clean
from rag.types import Source


def preview(items: Iterable[Source | InputError], max_chars: int) -> Iterator[dict[str, Any]]:
    """Yield for each article its fields with their origins, for each refusal why.

    ``characters`` counts the code points of the text, ``left_out`` those that no passage will have.
    """
    for item in items:
        try:
            if isinstance(item, InputError):
                raise item
            article, spans = clean(item, max_chars)
        except InputError as error:
            origin = item.origin if isinstance(item, Source) else error.origin
            yield {"origin": origin or "input", "code": error.code, "message": str(error)}
            continue
        yield {
            "origin": item.origin,
            "id": article.id,
            "title": article.title,
            "outlet": article.outlet,
            "author": article.author,
            "published_at": _written(article.published_at),
            "updated_at": _written(article.updated_at),
            "language": article.language,
            "section": article.section,
            "place": article.place,
            "url": article.url,
            "origins": dict(article.origins),
            "characters": len(article.text),
            "left_out": len(article.text) - sum(end - start for start, end in spans),
        }


def _written(moment: Any) -> str | None:
    return moment.isoformat() if moment else None
