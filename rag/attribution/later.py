"""Days after an article's own date of which its text speaks as past: it was edited since."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from rag.attribution.days import Day, days
from rag.language import sentences

_SLACK = timedelta(days=1)
"""A day and its dateline may be of two time zones."""
_MONTH = timedelta(days=31)
_YEAR = re.compile(r"\b20\d\d\b")
# A sentence with one of these may speak of what is to come.
_AHEAD = re.compile(
    r"(?i)\b(?:will|won['’]t|shall|would|could|should|(?-i:may)|might|must|can|upcoming|coming|"
    r"ahead|next|until|till|by|through|before|due|deadlines?|slated|scheduled?|rescheduled|set|goals?|target\w*|"
    r"aim\w*|hop(?:es?|ed|ing)|wants?|wanted|inten[dt]\w*|plan(?:s|ned|ning)?|propos\w+|project\w*|"
    r"predict\w*|forecast\w*|expect\w*|anticipat\w*|estimat\w*|likely|unlikely|possibl[ey]|"
    r"potential\w*|if|unless|whether|when|once|eligib\w*|contract\w*|exten[ds]\w*|expir\w*|valid|"
    r"renew\w*|postpon\w*|delay\w*|defer\w*|pushed|moved?|moving|start(?:s|ing)?|beginning|begins?|"
    r"effective|opens?|opening|ends?|ending|arriv\w*|releas\w*|returns?|returning|runs?|running|"
    r"comes?|hits?|debut\w*|premier\w*|launch\w*|prepar\w*|look(?:s|ing)?|ey(?:es?|eing)|bid\w*|"
    r"candida\w*|nominee|elections?|primar(?:y|ies)|reelection|re-election|up for|court date|"
    r"hearing|is|are|be|goes|go|takes?|"
    r"trial|sentenc\w*|commit\w*|pledg\w*|promis\w*|vow\w*|agreed|requir\w*|mandat\w*|tickets?|"
    r"dates?|pre-?order\w*|enroll\w*|terms?|models?)\b|['’](?:ll|d)\b|\bto [a-z]+\b"
)
# "On May 6, 2024, she was released"; without a word in the past a date is only named.
_PAST = re.compile(
    r"\b(?:was|were|had|did|said|told|wrote|won|lost|died|went|came|became|began|took|made|gave|"
    r"got|held|found|left|met|saw|sent|spoke|rose|fell|ran|led|[a-z]{3,}ed)\b"
)
_EDITED = re.compile(
    r"(?i)\b(?:(?:last |was |has been |been )?updated|editor['’]s note|correction|corrected|"
    r"(?:this|the) (?:story|article|post|page) (?:was|has been))\b"
)


def told_later(text: str, published: datetime) -> list[Day]:
    """Return the days after its date that an article names as past, or as those of its editing.

    Only days with their year count, and only in sentences that speak of nothing to come: an article
    may well name the day of an election ahead.
    """
    today = published.astimezone(UTC).date()
    if not any(int(year.group()) >= today.year for year in _YEAR.finditer(text)):
        return []
    after = [
        day
        for day in days(text, published)
        # A whole year is named for much that lies ahead: "in 2030".
        if day.year_given and day.first > today + _SLACK and day.last - day.first < _MONTH
    ]
    if not after:
        return []
    found = []
    for start, end in sentences(text):
        sentence = text[start:end]
        edited = _EDITED.search(sentence) is not None
        told = _PAST.search(sentence) is not None and _AHEAD.search(sentence) is None
        found += [
            day
            for day in after
            if start <= day.span[0] < end and (told or (edited and day.first == day.last))
        ]
    return found
