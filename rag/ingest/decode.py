"""Turn bytes into text, and refuse rather than guess wrong."""

from __future__ import annotations

import codecs
import re

from rag.errors import SourceEncoding, SourceUnsupported

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# What a declared name means in practice (WHATWG Encoding Standard, "names and labels").
_MEANT = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
}
# Encodings that look like ASCII until they are decoded.
_SEVEN_BIT = {"iso2022_jp", "hz"}
_DECLARED = re.compile(
    rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]{2,40})"
    rb"|<\?xml[^>]{0,100}?encoding\s*=\s*[\"']([\w.:-]{2,40})",
    re.IGNORECASE,
)
# Where a page may declare its charset (HTML Standard: the first 1,024 bytes; real pages go beyond).
_DECLARED_WITHIN = 8_192


def decode(data: bytes, place: str, declared: str | None = None) -> str:
    """Return the text of ``data``: by its byte order mark, as UTF-8, as declared, or when sure.

    ``declared`` is the charset named beside the text. Raises SourceUnsupported for binary data and
    SourceEncoding where no encoding is sure.
    """
    name, skipped = encoding_of(data, place, declared)
    return _strict(data[skipped:], name, place)


def encoding_of(data: bytes, place: str, declared: str | None = None) -> tuple[str, int]:
    """Return Python's name of the encoding and the length of the byte order mark."""
    for mark, name in _MARKS:
        if data.startswith(mark):
            return name, len(mark)
    if b"\0" in data:
        raise SourceUnsupported(
            f"{place} holds binary data (a zero byte at offset {data.index(0)}).",
            remedy="Dateline reads text here, in UTF-8.",
        )
    meant = _meant(declared)
    if meant in _SEVEN_BIT:
        return meant, 0
    try:
        data.decode()
    except UnicodeDecodeError as error:
        if meant and meant != "utf-8":
            return meant, 0
        if guessed := "cp1252" if is_western(data) else _foreign(data):
            return guessed, 0
        raise SourceEncoding(
            f"{place} is not UTF-8 (byte 0x{data[error.start]:02x} at offset {error.start}), "
            "and no other encoding is sure.",
            remedy="Save it as UTF-8, for example with `iconv -f LATIN1 -t UTF-8`.",
        ) from error
    return "utf-8", 0


def declared_in(page: bytes) -> str | None:
    """Return the charset that an HTML page or an XML file names in its head."""
    found = _DECLARED.search(page[:_DECLARED_WITHIN])
    return next((name.decode() for name in found.groups() if name), None) if found else None


def _meant(declared: str | None) -> str | None:
    """Return Python's name of a declared charset; None for one that nobody knows."""
    try:
        name = codecs.lookup(declared.strip()).name if declared else None
    except LookupError:
        return None
    return _MEANT.get(name, name) if name else None


def _strict(data: bytes, encoding: str, place: str) -> str:
    try:
        return data.decode(encoding)
    except (UnicodeDecodeError, LookupError) as error:
        raise SourceEncoding(
            f"{place} is not in {encoding}, as it says it is: {error}.",
            remedy="Save it as UTF-8.",
        ) from error


# ---- guessing -----------------------------------------------------------------------------------

# Bytes that mean the same in the Windows code pages of Western and Central Europe and of Turkey:
# accented letters without those two that are quotation marks on a Macintosh.
_SAME = frozenset(
    code
    for code in set(range(0xC0, 0x100)) - {0xD3, 0xD4}
    if bytes([code]).decode("cp1252")
    == bytes([code]).decode("cp1250")
    == bytes([code]).decode("cp1254")
)
_QUOTES = frozenset(b"\x91\x92\x93\x94")
# They mean something else on a Macintosh or under DOS, so they count only beside quotation marks.
_SIGNS = frozenset(b"\x80\x85\x95\x96\x97\x99\xa0\xa7\xa9\xab\xae\xb0\xb7\xbb")
_ACCENTED = r"[\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u00ff]"
# What a text has that was written in something else: accented letters side by side (Cyrillic or
# Greek), a capital or a sign within a word or a capital alone (DOS, Macintosh), marks turned wrong.
_IMPLAUSIBLE = re.compile(
    rf"{_ACCENTED}{{2}}|[a-z][\u00c0-\u00d6\u00d8-\u00de]|\s[\u00c0-\u00de\u00f2-\u00fc]\s"
    r"|\w[\u2018\u201c]\w|\u201d\w|[a-z][\u20ac\u00a0-\u00bb][a-z]"
    r"|[a-z]{2}\u2019(?!(?:s|t|re|ll|ve|d|m)\b)[a-z]"
)
_MAX_ACCENTED = 0.06
"""Share of accented letters among letters; French, the richest of the West, has .04."""


def is_western(data: bytes) -> bool:
    """Whether this is Windows-1252 in which no character could be another one.

    Of 2,908 English articles in it two thirds are recognised, the rest is refused.
    """
    high = set(data) - set(range(0x80))
    if not high <= _SAME | _QUOTES | (_SIGNS if high & _QUOTES else set()):
        return False
    text = data.decode("cp1252")
    letters = sum(map(str.isalpha, text))
    accented = len(re.findall(_ACCENTED, text))
    return not _IMPLAUSIBLE.search(text) and accented <= _MAX_ACCENTED * letters


# Encodings of other scripts. A guess among them needs a text that is mostly in that script.
_FOREIGN = ["cp1251", "koi8_r", "cp1253", "cp1255", "cp1256", "cp932", "euc_jp", "gb18030",
            "big5", "cp949"]  # fmt: skip
_SAMPLE = 64_000
_MIN_FOREIGN = 0.3
_MIN_BYTES = 300
_MAX_CHAOS, _MIN_COHERENCE, _CLEAR_LEAD = 0.02, 0.5, 0.3


def _foreign(data: bytes) -> str | None:
    """Return the encoding of text in another script when there is one reading and no other."""
    high = sum(byte >= 0x80 for byte in data[:_SAMPLE])
    if len(data) < _MIN_BYTES or high < _MIN_FOREIGN * len(data[:_SAMPLE]):
        return None
    from charset_normalizer import from_bytes

    found = from_bytes(data[:_SAMPLE], cp_isolation=_FOREIGN, enable_fallback=False)
    best = found.best()
    if best is None or best.chaos > _MAX_CHAOS or best.coherence < _MIN_COHERENCE:
        return None
    readings = {
        text: match.encoding
        for match in found
        if match.coherence > best.coherence - _CLEAR_LEAD
        and (text := _read(data, match.encoding)) is not None
    }
    return next(iter(readings.values())) if len(readings) == 1 else None


def _read(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return None
