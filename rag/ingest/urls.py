"""Write a URL so that the same article always has the same one."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

# Parameters that say where a reader came from and never what is shown.
_TRACKING = re.compile(
    r"(?:utm_\w+|mc_[ce]id|fbclid|gclid|dclid|gbraid|wbraid|msclkid|yclid|igshid|twclid|ttclid|"
    r"_hsenc|_hsmi|mkt_tok|ref_src|ref_url|cmpid|ns_(?:campaign|mchannel|source|linkname|fee)|"
    r"at_(?:medium|campaign|custom\d|link_\w+|format|ptr_name|bbc_team|campaign_type)|"
    r"smid|smtyp|guccounter|guce_referrer(?:_sig)?|spm|xtor|wt_mc|icid|__twitter_impression)\Z",
    re.IGNORECASE,
)
_PORTS = {"http": 80, "https": 443}


def is_url(target: str) -> bool:
    """Whether a command-line word or a field is a web address."""
    return bool(re.match(r"https?://", target, re.IGNORECASE))


def canonical(url: str) -> str:
    """Return the URL in lower-case scheme and host, without tracking, fragment and default port.

    Path and all other parameters stay as they are and in order. What is no web address comes back
    unchanged.
    """
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:
        return url
    if parts.scheme not in _PORTS or not parts.hostname:
        return url
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname.rstrip(".")
    if port is not None and port != _PORTS[parts.scheme]:
        host = f"{host}:{port}"
    if parts.username is not None:
        host = f"{parts.netloc.rpartition('@')[0]}@{host}"
    query = parts.query
    pairs = parse_qsl(query, keep_blank_values=True)
    kept = [(name, value) for name, value in pairs if not _TRACKING.match(name)]
    if len(kept) < len(pairs):
        query = urlencode(kept)
    return urlunsplit((parts.scheme, host, parts.path or "/", query, ""))


def same_site(one: str, other: str) -> bool:
    """Whether two URLs are of the same host, `www.` and a mobile `m.` or `amp.` aside."""
    return _site(one) == _site(other) is not None


def _site(url: str) -> str | None:
    try:
        host = urlsplit(url).hostname
    except ValueError:
        return None
    return re.sub(r"\A(?:www|m|amp|mobile)\.", "", host) if host else None
