"""Find the dateline at the head of an article: where, and by which agency, it was filed."""

from __future__ import annotations

import re

_AGENCY = (
    r"(?:AP|Reuters|REUTERS|AFP|dpa|DPA|TASS|Xinhua|UPI|ANSA|EFE|Kyodo|PTI|ANI|IANS|Interfax|"
    r"Bloomberg|BBC|CBS|NBC|ABC|NPR|KNN|CNN(?: Business| Travel| Style| Newsource)?)"
)
_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\.?"
_DATE = rf"(?:,? (?:{_MONTH} \d{{1,2}}|\d{{1,2}} {_MONTH})(?:,? \d{{4}})?)?"
_DASH = r" ?[—–-]{1,2}\s+"
_WORD = r"[A-Z][A-Za-zÀ-ÿ.'’-]*"
_CAPITALS = r"[A-Z][A-Z.'’-]+"

# "MOSCOW" alone on the first line. Two words there are most often who wrote it, unless the first is
# how names of places begin.
_LINE = re.compile(
    r"((?:(?:NEW|SAN|SANTA|LOS|LAS|ST\.?|FORT|HONG|TEL|ABU|ADDIS|BUENOS|RIO DE|KUALA|CAPE|MEXICO|"
    r"EL|GUATEMALA|PHNOM|SALT LAKE|VATICAN|THE) )?[A-Z.'’-]{4,20}(?:, [A-Z.]+)?)\n"
)
# "MOSCOW — ", "WASHINGTON, D.C. (AP) — ", "MOSCOW, March 18 (Reuters) - ".
_CAPITAL = re.compile(
    rf"({_CAPITALS}(?:[ ,/]+{_WORD}){{0,4}}?){_DATE}(?: \({_AGENCY}[^)\n]{{0,30}}\))?{_DATE}{_DASH}"
)
# "Washington CNN — ", "Hong Kong (CNN) — ", "CNN — ", "(Reuters) - ".
_BY_AGENCY = re.compile(
    rf"((?:{_WORD}[ ,/]+(?:(?:and|de|of|the) )?){{0,5}}?)\(?{_AGENCY}\)?{_DATE}{_DASH}"
)
# Words in capitals that editors put before a dash and that are no place.
_NO_PLACE = frozenset(
    """ADVERTISEMENT ANALYSIS BREAKING CLAIM COLUMN CORRECTION COVID-19 EDITORIAL EXCLUSIVE FACT
    FACTBOX INTERACTIVE KHN LIVE MLB NBA NCAA NFL NHL OPINION QUIZ REVIEW SPOILER TIMELINE UPDATE
    UPDATED USA USATODAY VIDEO WATCH WNBA""".split()
)


def dateline(text: str) -> tuple[str | None, int]:
    """Return the place an article is filed from and where its news begins."""
    for pattern in (_LINE, _BY_AGENCY, _CAPITAL):
        match = pattern.match(text)
        if not match:
            continue
        place = match.group(1).strip(" ,/")
        if place.partition(" ")[0].rstrip(":") not in _NO_PLACE:
            return place or None, match.end()
    return None, 0
