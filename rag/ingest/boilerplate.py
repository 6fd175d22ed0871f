"""Find what in an article is not news: appeals to readers, credits, links to other articles.

It stays in the article's text, where offsets count, and out of the spans that passages are cut
from. Only whole lines and sentences are left out, and only those of a form that reports do not
have: a correction ("An earlier version misstated ...") and a report about an appeal are news.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from importlib import resources

from rag.language import Span, sentences

# A line that begins an appeal; everything after it in the article belongs to it. Only looked for in
# the last two thirds, so that a report about an appeal is not cut off.
_APPEAL = re.compile(
    r"a message from .{2,60}:?$|dear readers?[,:]?$|(?:please )?support (?:our|independent) "
    r"journalism|we need your help\b|if you can, please support",
    re.IGNORECASE,
)
_APPEAL_FROM = 1 / 3

_NAME = r"[A-Z][\w.'’-]+(?: (?:[A-Z][\w.'’-]*|de|van|von|al|bin|Le)){1,4}"
_REPORT = r"(?:report|story|article|column|piece|coverage|post|file|essay)"


def _forms() -> re.Pattern[str]:
    """Read the list of forms beside this module; lines with a # are headings."""
    lines = (resources.files(__package__) / "boilerplate.txt").read_text("utf-8").splitlines()
    return re.compile(
        "|".join(f"(?:{line})" for line in lines if line and not line.startswith("#")),
        re.IGNORECASE,
    )


_FORM = _forms()
# "CNN's Jane Doe and Reuters contributed to this report."
_CREDIT = re.compile(
    rf"([^\"“”]{{2,300}}?),? contributed (?:reporting|to this {_REPORT}|"
    r"to (?:the|this) reporting(?: of this)?)\b.{0,80}$",
    re.IGNORECASE,
)
_MIN_NAMES = 0.5
"""Share of names among the longer words before "contributed to this report"."""
# Who wrote it and how to reach them: a verb or a name, and an address or a handle.
_ADDRESS = r"(?:[\w.+-]+@[\w-]+\.\w{2,}|(?<!\w)\(?@\w{3,}|\b[Tt]witter\b|\bon X\b|\b[Bb]luesky\b)"
_CONTACT = re.compile(
    r"(?:you can )?(?:follow|reach|contact|e-?mail|connect with|write to|tweet)(?:er|\b|(?=[A-Z]))"
    rf"(?=.{{0,220}}(?:{_ADDRESS}|\bon (?:facebook|instagram|threads)\b))[^\"“”]{{0,300}}$",
    re.IGNORECASE,
)
_BIOGRAPHY = re.compile(
    r"(?=[^\"“”]*\b(?:reporter|editor|columnist|writer|correspondent|producer|contributor|author|"
    r"journalist|covers|writes|(?:be|or) (?:reached|e-?mailed)|column|host|follow|reach|e-?mail|"
    rf"contact)\b)(?:\w+ (?:\w+ )?)?{_NAME}(?:, [^.\"“”]{{1,120}}?,)? "
    r"(?:(?:is|are) (?:an?|the|based|on X|USA|CNN|\w+['’]s)\b|covers?\b|writes?\b|reports?\b|"
    r"(?:can|may) be reached|has covered)"
    rf"(?=[^\"“”]*{_ADDRESS})[^\"“”]*$"
)
_BULLET = re.compile(r"^[\s>►▶•*·|▪■◆📷🔔📬📩✉️–—(\[-]*")
# Longest line that is looked at; appeals are short, and reports longer than this are not.
_MAX_LINE = 600
# Only a paragraph with one of these, in lower case, is taken apart into sentences.
_SIGNALS = (
    "newsletter", "subscri", "sign up", "sign-up", "inbox", "click here", "read more", "story idea",
    "follow him", "follow her", "follow them", "follow us", "follow me", "follow @", "reach him",
    "reach her", "reach them", "contact him", "contact her", "contact them", "email him",
    "email her", "email them", "getty images", "/ap", "/afp", "/reuters", "/usa today",
    "share this", "contributed to", "contributing:", "our journalis", "local journalism",
    "independent journalism", "affiliate", "earn commission", "earn a commission", "earn revenue",
    "been updated", "was updated", "first appeared", "originally appeared",
    "originally published", "dear readers",
)  # fmt: skip
# What a live blog puts before each of its entries.
_ENTRY = re.compile(r"\d{1,2}:\d\d [ap]\.?m\.? ET\b.{0,20}? Share this update ", re.IGNORECASE)


def is_boilerplate(line: str) -> bool:
    """Whether a whole line, or a sentence, is no news."""
    if len(line) > _MAX_LINE:
        return False
    bare = _BULLET.sub("", line, count=1)
    if not any(char.isalnum() for char in bare):
        return line != ""
    if _FORM.match(bare) or _CONTACT.match(bare) or _BIOGRAPHY.match(bare):
        return True
    credit = _CREDIT.match(bare) if "contributed" in bare.lower() else None
    return credit is not None and _is_names(str(credit.group(1)))


def _is_names(words: str) -> bool:
    """Whether most of the longer words are capitalised, as in a list of people and outlets."""
    longer: list[str] = [word for word in re.findall(r"\w+", words) if len(word) > 3]
    return sum(word[0].isupper() for word in longer) >= _MIN_NAMES * len(longer)


def news_spans(text: str, start: int = 0) -> list[Span]:
    """Return the stretches of ``text`` from ``start`` on that are news, in order.

    Nothing is returned for a text that is boilerplate from beginning to end.
    """
    spans: list[Span] = []
    begun = start
    for left_out, resumed in _left_out(text, start):
        spans.append((begun, left_out))
        begun = resumed
    spans.append((begun, len(text)))
    trimmed = [_trim(text, span) for span in spans]
    return [span for span in trimmed if span[1] > span[0]]


def _left_out(text: str, start: int) -> Iterator[Span]:
    """Yield what is no news, in order."""
    lowered = text[start:].lower()
    signals = [signal for signal in _SIGNALS if signal in lowered]
    offset = start
    for line in text[start:].splitlines(keepends=True):
        bare = line.strip()
        end = offset + len(line)
        if offset >= len(text) * _APPEAL_FROM and _APPEAL.match(bare):
            yield offset, len(text)
            return
        if bare and is_boilerplate(bare):
            yield offset, end
        else:
            if entry := _ENTRY.match(text, offset):
                yield offset, entry.end()
                offset = entry.end()
            if signals and _has_one(text[offset:end], signals):
                for span in sentences(text, offset, end):
                    if is_boilerplate(text[slice(*span)]):
                        yield span
        offset = end


def _has_one(text: str, signals: Sequence[str]) -> bool:
    lowered = text.lower()
    return any(signal in lowered for signal in signals)


def _trim(text: str, span: Span) -> Span:
    begin, end = span
    while begin < end and text[begin].isspace():
        begin += 1
    while end > begin and text[end - 1].isspace():
        end -= 1
    return begin, end
