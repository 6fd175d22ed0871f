"""References to the articles of an answer, by the Citation Style Language (CSL) 1.0.1.

The styles are the files of ``rag/csl``. The processor copies values into its output as they are, so
what an article says is kept apart from what a style adds by noncharacters of Unicode, and escaped
after it was set.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Literal
from urllib.parse import quote

from rag.errors import StyleUnknown

CSL_JSON = "csl-json"
Format = Literal["text", "markdown", "html"]
Item = dict[str, Any]

FOLDER = Path(__file__).parent / "csl"

# Noncharacters: they stand in no text that is meant for others, and are taken out of ours.
ITALIC, ROMAN, LESS, LINK, LINK_END, ASKED = (chr(0xFDD0 + number) for number in range(6))
_STRAY = re.compile("[\ufdd0-\ufdef\x00-\x1f\x7f-\x9f]+")
_LINK = re.compile(f"{LINK}(.*?){LINK_END}")
# The stop or comma that a style puts after a title: one that asks or exclaims has its own.
_SECOND_STOP = re.compile(f"{ASKED}({ROMAN}?)[.,]?")
_MARKDOWN = re.compile(r"[\\`*_\[\]<>#|~&]")
_WEB = re.compile(r"https?://", re.IGNORECASE)

_FORMATTER = SimpleNamespace(
    preformat=str, Italic=lambda text: ITALIC + text + ROMAN, Bold=str, Light=str, Oblique=str,
    Underline=str, Superscript=str, Subscript=str, SmallCaps=str,
)  # fmt: skip


@cache
def styles() -> dict[str, str]:
    """Return the titles of the styles by their names."""
    title = re.compile("<title>(.*?)</title>")
    texts = {path.stem: path.read_text(encoding="utf-8") for path in sorted(FOLDER.glob("*.csl"))}
    return {name: html.unescape(title.findall(text)[0]) for name, text in texts.items()}


def items(
    answer: Mapping[str, Any], authors: Mapping[str, str], retracted: frozenset[str] = frozenset()
) -> list[Item]:
    """Return the cited article versions as CSL-JSON, in the order of their first citation.

    ``answer`` is as it was kept; ``authors`` and ``retracted`` go by ``article@version``.
    What is not known is left out, nothing is guessed: an author's line is one literal name, and a
    title made of first words stands in square brackets, as titles do that are not the author's.
    """
    found: dict[str, Item] = {}
    for cited in answer["citations"]:
        key = version_key(cited)
        title = cited["title"]
        item: Item = {
            "id": key,
            "type": "article-newspaper",
            "title": f"[{title}]" if cited["title_from"] == "derived" else title,
        }
        if key in authors:
            item["author"] = [{"literal": authors[key]}]
        if cited["outlet"]:
            item["container-title"] = cited["outlet"]
        if cited["published_at"]:
            day = str(cited["published_at"])[:10]
            item["issued"] = {"date-parts": [[int(part) for part in day.split("-")]]}
        if _WEB.match(cited["url"] or ""):
            item["URL"] = cited["url"]
        if key in retracted:
            item["status"] = "retracted"
        found.setdefault(key, item)
    return list(found.values())


def version_key(cited: Mapping[str, Any]) -> str:
    """Return ``article@version`` of a citation or of a changed source."""
    return f"{cited['article_id']}@{cited['version']}"


def numbers(answer: Mapping[str, Any]) -> dict[str, list[int]]:
    """Return the numbers of an answer's citations by ``article@version``."""
    found: dict[str, list[int]] = {}
    for cited in answer["citations"]:
        found.setdefault(version_key(cited), []).append(cited["number"])
    return found


def render(
    cited: Sequence[Item], labels: Mapping[str, Sequence[int]], style: str, form: Format
) -> str:
    """Return the references in a style, one a line (or paragraph, or list item) with its numbers.

    With ``csl-json`` as the style they are a JSON list, whatever the form. Raises StyleUnknown.
    """
    if style == CSL_JSON:
        return json.dumps(cited, ensure_ascii=False, indent=2) + "\n"
    if style not in styles():
        raise StyleUnknown(
            f"There is no citation style {style[:80]!r}.",
            remedy=f"There are {', '.join([*styles(), CSL_JSON])}.",
        )
    marks = {key: " ".join(f"[{number}]" for number in of) + " " for key, of in labels.items()}
    rows = [marks[item["id"]] + text for item, text in zip(cited, _set(cited, style), strict=True)]
    match form:
        case "text":
            return "".join(f"{_bare(row)}\n" for row in rows)
        case "markdown":
            return "\n".join(f"{_markdown(row)}\n" for row in rows)
        case "html":
            inside = "".join(f"  <li>{_html(row)}</li>\n" for row in rows)
            return f'<ul class="references">\n{inside}</ul>\n'


def _set(cited: Sequence[Item], style: str) -> list[str]:
    """Return each reference as the processor sets it, with our marks in it."""
    # Loaded when it is first needed: most processes never set a reference.
    from citeproc import Citation, CitationItem, CitationStylesBibliography, CitationStylesStyle
    from citeproc.source.json import CiteProcJSON

    source = CiteProcJSON([_marked(item, str(number)) for number, item in enumerate(cited)])
    # Reading a style of this size takes a millisecond; the processor keeps state in it.
    sheet = CitationStylesStyle(str(FOLDER / f"{style}.csl"), validate=False)
    bibliography = CitationStylesBibliography(sheet, source, _FORMATTER)
    for number in range(len(cited)):
        bibliography.register(Citation([CitationItem(str(number))]))
    return [_SECOND_STOP.sub(r"\1", str(text)) for text in bibliography.bibliography()]


def _marked(item: Item, key: str) -> Item:
    """Return an item in which nothing can be taken for markup or for a mark of ours."""

    def clean(text: str) -> str:
        # The processor reads `<span class="nocase">` in values.
        return " ".join(_STRAY.sub(" ", text).split()).replace("<", LESS)

    title = clean(item["title"])
    marked = {**item, "id": key, "title": title + ASKED if title.endswith(("?", "!")) else title}
    if "author" in item:
        marked["author"] = [{"literal": clean(item["author"][0]["literal"])}]
    for field in ("container-title", "status"):
        if field in item:
            marked[field] = clean(item[field])
    if "URL" in item:
        marked["URL"] = LINK + clean(item["URL"]) + LINK_END
    return marked


def _bare(row: str) -> str:
    return re.sub(f"[{ITALIC}{ROMAN}{LINK}{LINK_END}]", "", row).replace(LESS, "<")


def _html(row: str) -> str:
    escaped = html.escape(row.replace(LESS, "<"))
    linked = _LINK.sub(r'<a href="\1" rel="noreferrer">\1</a>', escaped)
    return linked.replace(ITALIC, "<i>").replace(ROMAN, "</i>")


def _markdown(row: str) -> str:
    parts = _LINK.split(row.replace(LESS, "<"))
    # Every second part is an address.
    for place, part in enumerate(parts):
        if place % 2:
            parts[place] = f"<{quote(part, safe='%/:?#[]@!$&()*+,;=~')}>"
        else:
            parts[place] = _MARKDOWN.sub(r"\\\g<0>", part)
    return "".join(parts).replace(ITALIC, "*").replace(ROMAN, "*")
