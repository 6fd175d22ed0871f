"""What the command line shows of statements, quotations and timelines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rag.screen import line, named, print_json


def show_statements(page: Mapping[str, Any], as_json: bool) -> None:
    """Print a page of statements, and whom the name may mean."""
    if as_json:
        return print_json(page)
    told = page["speakers"]
    if len(told) > 1:
        line("The name may mean:", style="dim")
        for item in told:
            shown = "shown below" if item["meant"] else "ask by the full name"
            line(f"  {item['name']}: {item['statements']} statements, {shown}", style="dim")
    if not page["items"]:
        line("No such statement was found.")
    for number, item in enumerate(page["items"], start=1):
        line(f"\n{number}. {_who(item['by'])}", style="bold")
        for part in item["said"]:
            line(f"   {' '.join(part['text'].split())}")
        show_place(item)
    if page["next_cursor"]:
        line(f"\nMore: --cursor {page['next_cursor']}", style="dim")
    show_notes(page)
    return None


def show_quote(found: Mapping[str, Any], as_json: bool) -> None:
    """Print where a quotation stands, or that it stands nowhere."""
    if as_json:
        return print_json(found)
    if not found["found"]:
        line("Not found: no article has these words.", style="bold")
    for number, item in enumerate(found["matches"], start=1):
        how = "word for word" if item["exact"] else f"{item['similarity']:.0%} of the words"
        who = _who(item["by"]) if item["by"] else "the article's own words, as far as is known"
        line(f"\n{number}. {who} ({how})", style="bold")
        line(f"   {' '.join(item['quote'].split())}")
        for difference in item["differences"]:
            line(f"   {_difference(difference)}", style="yellow")
        show_place(item)
    if found["sources"] > len(found["matches"]):
        line(f"\n{found['sources']} independent sources; --limit shows more.", style="dim")
    show_notes(found)
    return None


def _difference(item: Mapping[str, Any]) -> str:
    if item["kind"] == "changed":
        return f"quoted “{item['quoted']}”, written “{item['written']}”"
    if item["kind"] == "left_out":
        return f"left out “{item['written']}”"
    return f"added “{item['quoted']}”"


def show_timeline(found: Mapping[str, Any], as_json: bool) -> None:
    """Print entries by day."""
    if as_json:
        return print_json(found)
    if not found["entries"]:
        line("Nothing with a date was found.")
    for item in found["entries"]:
        until = f" to {item['day_last']}" if item["day_last"] != item["day"] else ""
        given = " (published)" if item["day_from"] == "published" else ""
        who = _who(item["by"]) if item["by"] else "event"
        line(f"\n{item['day']}{until}{given}  {who}", style="bold")
        line(f"   {' '.join(item['quote'].split())}")
        show_place(item)
    if found["more"]:
        line(f"\n{found['more']} more, less near; --limit shows them.", style="dim")
    if found["undated"]:
        line(
            f"\nNote: {found['undated']} without a day are left out; "
            "`dateline statements --about ...` shows what was said on any day.",
            style="yellow",
        )
    show_notes(found)
    return None


def _who(by: Mapping[str, Any]) -> str:
    """Say who speaks, how, and what must not be overlooked about it."""
    speaker = by["speaker"] or "Somebody the article does not name plainly"
    parts = [speaker, by["quote_type"]]
    parts += [f"“{by['cue']}”"] if by["cue"] and by["cue"] != ":" else []
    parts += [by["medium"]] if by["medium"] else []
    if by["when"]:
        parts.append(f"{by['when']} ({by['day']})" if by["day"] else by["when"])
    parts += [flag for flag in ("denied", "negated", "hedged") if by[flag]]
    return ", ".join(parts)


def show_place(item: Mapping[str, Any]) -> None:
    """Print where something stands, and who prints it too."""
    line(f"   {named(item)}", style="cyan")
    line(f"   {item['article_id']} v{item['version']}, {item['start']}-{item['end']}", style="dim")
    if item["also_in"]:
        others = ", ".join(other["outlet"] or other["article_id"] for other in item["also_in"][:5])
        sources = item["sources"]
        noun = "source" if sources == 1 else "sources"
        line(
            f"   also in {len(item['also_in'])}: {others} ({sources} independent {noun})",
            style="dim",
        )


def show_notes(found: Mapping[str, Any]) -> None:
    """Print what else should be known."""
    for notice in found["notices"]:
        line(f"\nNote: {notice['message']}", style="yellow")
    if found["unread"]:
        line(
            f"\nNote: {found['unread']} articles are still to be read for who says what.",
            style="yellow",
        )
