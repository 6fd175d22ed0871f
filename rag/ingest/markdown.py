"""Read Markdown: front matter by PyYAML, text by markdown-it."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from rag.errors import ArticleError

if TYPE_CHECKING:
    from markdown_it.token import Token

_FRONT = re.compile(r"\A---[ \t]*\n(.*?)^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
MAX_FRONT = 64_000
# What PyYAML raises of itself for values that are not what their tag says, such as `!!bool x`.
_UNSAID = (AttributeError, IndexError, KeyError, RecursionError, TypeError, ValueError)


def parse_markdown(text: str, place: str) -> dict[str, Any]:
    """Return the front matter's fields with their own names and the ``text`` without markup.

    A first heading of level one is the ``heading`` and no part of the text. Raises ArticleError for
    front matter that is no list of fields.
    """
    fields: dict[str, Any] = {}
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    if matter := _FRONT.match(text):
        fields = _front(matter.group(1), place)
        text = text[matter.end() :]
    heading, body = _plain(text)
    return {"fields": fields, "heading": heading, "text": body}


def _front(matter: str, place: str) -> dict[str, Any]:
    import yaml

    if len(matter) > MAX_FRONT:
        raise ArticleError(f"{place}: its front matter has more than {MAX_FRONT:,} code points.")
    try:
        loaded = yaml.safe_load(matter)
    except (yaml.YAMLError, *_UNSAID) as error:
        raise ArticleError(
            f"{place}: its front matter is not YAML: {' '.join(str(error).split())[:200]}.",
            remedy="Put titles with a colon in quotation marks.",
        ) from error
    if loaded is None:
        return {}
    if not isinstance(loaded, dict):
        raise ArticleError(f"{place}: its front matter is no list of fields.")
    # Aliases may make a small file huge when it is written out, so only plain values are taken.
    return {
        str(name): value for name, given in loaded.items() if (value := _scalar(given)) is not None
    }


def _scalar(given: object) -> str | list[str] | None:
    match given:
        case bool() | None:
            return None
        case str():
            return given
        case datetime() | date():
            return given.isoformat()
        case int() | float():
            return str(given)
        case [*items] if len(items) <= 100 and all(isinstance(item, str) for item in items):
            return [str(item) for item in items]
        case _:
            return None


def _plain(text: str) -> tuple[str | None, str]:
    """Return the first heading of level one, where the text begins with it, and the paragraphs."""
    from markdown_it import MarkdownIt

    tokens = MarkdownIt("commonmark").parse(text)
    heading: str | None = None
    blocks: list[str] = []
    for at, token in enumerate(tokens):
        if token.type == "inline":
            written = _written(token.children or []).strip()
            above = tokens[at - 1]
            if above.type == "heading_open" and above.tag == "h1" and not (blocks or heading):
                heading = " ".join(written.split())
            elif written:
                blocks.append(written)
        elif token.type in ("fence", "code_block") and token.content.strip():
            blocks.append(token.content.strip())
    return heading, "\n\n".join(blocks)


def _written(children: list[Token]) -> str:
    parts: list[str] = []
    for token in children:
        match token.type:
            case "text" | "code_inline":
                parts.append(token.content)
            case "softbreak":
                parts.append(" ")
            case "hardbreak":
                parts.append("\n")
    return "".join(parts)
