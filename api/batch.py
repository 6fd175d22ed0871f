"""Store the articles of one request."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from api.errors import ArticlesRefused, Fault
from rag.errors import ArticleError, InputError
from rag.ingest.record import source_from_record
from rag.types import IngestReport, Refused, Source

if TYPE_CHECKING:
    from rag.dateline import Dateline


def store(dateline: Dateline, records: Sequence[object]) -> IngestReport:
    """Check each record by itself and store those that are articles."""
    sources: list[Source] = []
    refused: list[Refused] = []
    for number, record in enumerate(records):
        place = f"articles[{number}]"
        try:
            _check_text(record, place)
            sources.append(source_from_record(record, place=place, origin=place))
        except InputError as error:
            refused.append(Refused(origin=place, code=error.code, message=str(error)))
    report = dateline.add(sources)
    return IngestReport(stored=report.stored, refused=(*refused, *report.refused))


def refused_articles(report: IngestReport) -> ArticlesRefused:
    """Describe a request of which nothing was stored."""
    faults = [
        Fault(place=item.origin, code=item.code, message=item.message) for item in report.refused
    ]
    first = faults[0].message
    return ArticlesRefused(
        first if len(faults) == 1 else f"{first} So it is, or similar, with all {len(faults)}.",
        faults,
        remedy="`errors` says what is wrong with each.",
    )


def _check_text(record: object, place: str) -> None:
    """Raise ArticleError for a string that is no text: it could not even be quoted in an answer."""
    for name, value in record.items() if isinstance(record, dict) else ():
        try:
            f"{name}{value if isinstance(value, str) else ''}".encode()
        except UnicodeEncodeError as error:
            raise ArticleError(
                f"{place}: {name!r} holds a lone surrogate, which is not a character."
            ) from error
