"""Read an HTML page: the article's text by trafilatura, its fields from the markup."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from rag.errors import SourceDamaged, SourceEmpty
from rag.ingest import structured
from rag.ingest.decode import declared_in, decode

if TYPE_CHECKING:
    from lxml.html import HtmlElement

# Elements within elements. The deepest of 900 real pages has 60 levels; extraction walks them with
# recursion, and a page of 100,000 would end the process.
MAX_DEPTH = 250
# An index page or an error page has no article; the shortest of 900 real articles has more.
_MIN_CHARS = 20


def parse_page(data: bytes, place: str, charset: str | None, url: str | None) -> dict[str, Any]:
    """Return the fields of the article on a page by our names; ``text`` has a line a paragraph.

    ``charset`` and ``url`` come with the page. Raises SourceEmpty for a page without an article,
    SourceDamaged, SourceEncoding or SourceUnsupported.
    """
    text = decode(data, place, charset or declared_in(data))
    tree = _tree(text, place)
    fields = structured.fields(tree, url)
    body = _article(tree, url)
    if body is None or len(body) < _MIN_CHARS:
        raise SourceEmpty(f"No article was found on the page {place}.")
    fields["text"] = body
    if "title" not in fields or "author" not in fields:
        fields = _from_layout(tree, url) | fields
    if outlet := fields.get("outlet"):
        fields["title"] = _without_outlet(fields.get("title", ""), outlet)
    # A page shows its title above the text; it would count as the first sentence otherwise.
    first, _, rest = body.partition("\n")
    if rest and " ".join(first.split()) == fields.get("title"):
        fields["text"] = rest
    return {name: value for name, value in fields.items() if value}


def fragment_text(markup: str, place: str) -> str:
    """Return the text of a piece of HTML, as feeds carry it: all of it, a line a paragraph."""
    from html import unescape

    from lxml import etree

    if "<" not in markup:
        return unescape(markup)
    parts: list[str] = []
    for event, element in etree.iterwalk(_tree(markup, place), events=("start", "end")):
        if element.tag in _BLOCKS:
            parts.append("\n")
        words = element.text if event == "start" else element.tail
        if words and not (event == "start" and element.tag in ("script", "style")):
            parts.append(re.sub(r"\s+", " ", words))
    return "\n".join(line for part in "".join(parts).split("\n") if (line := part.strip()))


_BLOCKS = frozenset(
    """address article aside blockquote br dd div dl dt figcaption figure footer h1 h2 h3 h4 h5 h6
    header hr li main ol p pre section table td th tr ul""".split()
)


def _tree(text: str, place: str) -> HtmlElement:
    from lxml import etree, html

    parser = html.HTMLParser(
        encoding="utf-8", remove_comments=True, remove_pis=True, no_network=True, huge_tree=False,
        collect_ids=False,
    )  # fmt: skip
    try:
        tree = html.document_fromstring(text.encode(), parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError) as error:
        raise SourceEmpty(f"{place} holds no HTML: {error}.") from error
    depth = 0
    for event, _ in etree.iterwalk(tree, events=("start", "end")):
        depth += 1 if event == "start" else -1
        if depth > MAX_DEPTH:
            raise SourceDamaged(
                f"{place} nests its elements more than {MAX_DEPTH} levels deep.",
                remedy="Save the article as plain text.",
            )
    return tree


def _article(tree: HtmlElement, url: str | None) -> str | None:
    from trafilatura import extract

    return extract(
        tree,
        url=url,
        include_comments=False,
        include_tables=True,
        output_format="txt",
        with_metadata=False,
    )


def _from_layout(tree: HtmlElement, url: str | None) -> dict[str, str]:
    """Return title and author as trafilatura finds them in classes and headings of the page."""
    from trafilatura.metadata import extract_metadata

    found = extract_metadata(tree, default_url=url, extensive=False)
    return {
        name: str(value) for name in ("title", "author") if (value := getattr(found, name, None))
    }


def _without_outlet(title: str, outlet: str) -> str:
    """Cut " | The Times" off a title."""
    head, sign, tail = title.rstrip().rpartition(" ")
    for sign in (" | ", " - ", " – ", " — ", " :: "):
        head, found, tail = title.rpartition(sign)
        if found and head.strip() and tail.strip().casefold() == outlet.casefold():
            return head.strip()
    return title
