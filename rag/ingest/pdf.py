"""Read PDF files with pypdf (the extra `pdf`)."""

from __future__ import annotations

import io
import re
from typing import Any

from rag.errors import ExtraMissing, SourceDamaged, SourceEmpty, SourceEncrypted, SourceTooLarge

MAX_PAGES = 2_000
# A page of news has hundreds of letters; scanned pages have none, or a stamp.
_MIN_LETTERS_PER_PAGE = 20
_PROGRAM_TITLE = re.compile(
    r"microsoft word|untitled|layout \d|\.(?:docx?|pdf|indd|qxd|rtf|odt)\Z", re.IGNORECASE
)


def parse_pdf(data: bytes, place: str) -> dict[str, Any]:
    """Return the ``text``, a line a paragraph, and the ``title`` where the file states one.

    A PDF file's own dates are those of its making, not of publication, and its author is often who
    typed it: both are left out. Raises ExtraMissing, SourceEncrypted, SourceEmpty for a file
    without a text layer, SourceTooLarge or SourceDamaged.
    """
    try:
        from pypdf import PdfReader
        from pypdf.errors import DependencyError, PyPdfError
    except ImportError as error:
        raise ExtraMissing(
            f"{place} is a PDF file, and pypdf is not installed.",
            remedy="Run `pip install 'dateline[pdf]'`.",
        ) from error
    try:
        reader = PdfReader(io.BytesIO(data), strict=False)
        if reader.is_encrypted and not reader.decrypt(""):
            raise SourceEncrypted(
                f"{place} is protected with a password.", remedy="Save it without one."
            )
        if len(reader.pages) > MAX_PAGES:
            raise SourceTooLarge(
                f"{place} has {len(reader.pages):,} pages; the most is {MAX_PAGES:,}.",
                remedy="Split it.",
            )
        pages = [page.extract_text() for page in reader.pages]
        title = reader.metadata.title if reader.metadata else None
    except DependencyError as error:
        raise SourceEncrypted(
            f"{place} is encrypted.", remedy="Save it without encryption."
        ) from error
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError,
            RecursionError, OSError, AssertionError, ZeroDivisionError) as error:  # fmt: skip
        raise SourceDamaged(f"{place} cannot be read as PDF: {error}.") from error
    letters = sum(char.isalpha() for page in pages for char in page)
    if letters < _MIN_LETTERS_PER_PAGE * len(pages):
        raise SourceEmpty(
            f"{place} has no text layer on its {len(pages):,} pages.",
            remedy="Run text recognition over it first, for example with ocrmypdf.",
        )
    title = title.strip() if isinstance(title, str) else ""
    named = title if title and not _PROGRAM_TITLE.search(title) else None
    return {"text": flowing(pages), **({"title": named} if named else {})}


def flowing(pages: list[str]) -> str:
    """Join the lines of columns to paragraphs, and words that were divided at a line's end.

    A hyphen at a line's end is dropped only where the undivided word occurs in the file too.
    """
    text = "\n".join(page.strip() for page in pages)
    known = set(re.findall(r"\w+", text))
    lines = [line.strip() for line in text.splitlines()]
    usual = sorted(len(line) for line in lines if line)
    full = 0.75 * usual[int(len(usual) * 0.75)] if usual else 0
    paragraphs: list[str] = []
    goes_on = False
    for line in lines:
        if not line:
            goes_on = False
        elif goes_on and paragraphs:
            paragraphs[-1] = _joined(paragraphs[-1], line, known)
        else:
            paragraphs.append(line)
        # A short line or one that ends a sentence before the margin ends the paragraph.
        goes_on = bool(line) and len(line) >= full
    return "\n".join(paragraphs)


def _joined(before: str, after: str, known: set[str]) -> str:
    divided = re.search(r"(\w+)[-\u00ad]\Z", before)
    first = re.match(r"[a-z]\w*", after)
    if divided and first:
        whole = divided.group(1) + first.group()
        return (before[:-1] if whole in known or before.endswith("\u00ad") else before) + after
    return f"{before} {after}"
