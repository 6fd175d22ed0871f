"""Say what kind of answer a question wants, by its words."""

from __future__ import annotations

import re
from typing import Literal

Kind = Literal["fact", "several", "compare", "change", "yes_no", "speaker", "quote"]

AUXILIARIES = frozenset(
    """is are was were am do does did has have had can could will would shall should may might must
    isn aren wasn weren doesn don didn hasn haven hadn won couldn wouldn shouldn""".split()
)
QUESTION_WORDS = ("what", "which", "who", "whom", "whose", "why", "how", "when", "where")
_AUXILIARY = rf"(?:{'|'.join(sorted(AUXILIARIES))})\b"
_ASKING = rf"\b(?:{'|'.join(QUESTION_WORDS)})\b"
_TOLD = r"(?:articles|outlets|sources|briefings|reports|papers|accounts)"
_COVERED = (
    r"(?:articles|outlets|sources|briefings|reports|papers|pieces|stories|coverage|reporting)"
)


def _words(pattern: str) -> re.Pattern[str]:
    """Compile a pattern in which white space is written `\\ ` or `[ ]`."""
    return re.compile(pattern, re.IGNORECASE | re.VERBOSE)


# Tried in this order; the first that fits names the kind.
_KINDS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    (
        "quote",
        _words(r"""
            \bquot(?:e|ation)s?\b (?! \ (?:from|by) \ whom) | \bverbatim\b | \bword\ for\ word\b |
            \bwording\b | \b(?:which|what)\ words\b |
            \b(?:exact|own|actual|very) \ words\b | \bexactly\ (?:said|say)\b |
            \bwhat\ exactly\ (?:did|does|has|was)\b | \bword\ (?:it|this|that|its|his|her|their)\b
        """),
    ),
    (
        "change",
        _words(r"""
            \bhow\ (?:has|have|had|did|does|do)\b .* \b(?:chang|develop|evolv|shift|progress|unfold|
                mov|grow|grew|go|come\ about|turn|become|fare)\w*\b |
            \bover\ time\b | \bstep\ by\ step\b | \btimeline\b | \bchronolog |
            \b(?:what|whatever) \ (?:became|has\ become|happened)\ (?:of|to)\b |
            \b(?:change|shift|evolution|development|turn)s?\ (?:in|of|over|from|between|since)\b |
            \bchanged?\ (?:his|her|its|their)\ (?:mind|position|view|tune|line)\b |
            \b(?:first|before)\b .+ \b(?:and|then)\ (?:later|after|afterwards|then)\b |
            \b(?:from|between)\ .+\ (?:to|until|till|and)\ .+ \bchang\w+ |
            (?:^|:\ )trace\b | \bat\ different\ (?:times|points|moments|stages)\b |
            \b(?:on\ or\ (?:not|off)|confirmed\ or\ denied)\b | \bstill\ (?:so|the\ case)\b
        """),
    ),
    (
        "compare",
        _words(rf"""
            \bcompar\w+\b | \bcontrast\w*\b | \bdiffer\w*\b | \bversus\b | \bvs\b | \bsame\b |
            \balike\b | \bsimilar\w*\b | \bequally\b | \bboth\b | \bcontradict\w*\b |
            \bconsistent\w*\b | (?<=\w\ )\b(?:and|{_TOLD})\b .+ \b(?:dis)?agree\w*\b |
            \b\w+er\b .+ \b(?:than|or)\b | \b(?:more|less|fewer|most|first)\b .+ \b(?:than|or)\b |
            \b{_TOLD}\b .* \b(?:say|describe|report|tell|give|put|present|treat)\b |
            \bside\ by\ side\b | \b(?:set|put|lay|place|hold)\b .+ \b(?:next\ to|beside|against)\b |
            \b(?:in|on|by|for|of|to|at)\ (?:each|either)\b [\s?.!]*$ | \beach\ (?:of\ them|one)\b |
            \b(?:in|across|through|throughout)\ (?:all\ )? (?:the|these|those|several)\
                (?:different|various|several|other)?\ ?{_COVERED}\b |
            \bin\ one\ case\b .+ \bin\ (?:another|the\ other)\b |
            \b(?:everything|all)\ .+ \b(?:has|have)\ said\b |
            ^(?:two|three|four|several)\ [\w\ ]+ \b(?:are|were)\ (?:mentioned|named|told)\b |
            \blay\ (?:them|it|the\ \w+)\ out\b
        """),
    ),
    (
        "speaker",
        _words(r"""
            \bwho\ (?:\w+\ )? (?:said|says|told|claims?|claimed|called|calls|described|describes|
                stated|announced|confirmed|denied|dismissed|insisted|warned|predicted|argued|
                suggested|hoped|hopes|promised|wants|wanted|thinks|believes)\b |
            \b(?:according\ to|attributed\ to|said\ by|quoted\ by)\ whom\b |
            \bwhose\ (?:words|statement) | \bwho\ (?:is|was)\ (?:quoted|cited)\b
        """),
    ),
    (
        "yes_no",
        _words(rf"""
            ^(?:(?:and|but|so|then|well),?\ )* {_AUXILIARY} |
            ^(?! .* {_ASKING}).* [,;:.]\ {_AUXILIARY}
        """),
    ),
    (
        "several",
        _words(r"""
            ^(?:please\ )? (?:list|name|enumerate|summari[sz]e)\b |
            ^(?:please\ )? give\ (?:me\ )? (?:all|a\ list|every)\b |
            # "Which automakers recalled", not "which country's envoy" and not "what is"
            ^(?:(?:in|on|for|to|at|from)\ )? (?:which|what)
                (?: \ (?!(?:did|do|does|is|was|are|were|has|had|have)\b) [\w-]+ ){0,3}?
                \ (?!(?:is|was|does|has|this|his|its)\b) \w{2,} (?<![sui])s\b
                (?!\ (?:is|was|has|does)\b) |
            \b(?:which|what)\ (?:people|women|men|children)\b | \bwho\ (?:all|are|were)\b |
            \ball\ the\b | \beach\ of\b | \bwhat\ else\b |
            \b(?:reactions|responses|statements|comments)\ (?:to|on|about|from)\b
        """),
    ),
)  # fmt: skip


_STATE = _words(r"""
    ^(?:is|are|has|have|do|does|will|can)\b |
    ^(?:what|where|who|which|how\ (?:many|much|long|far|often|old))\b .*?
        \b(?:is|are|has|have|do|does|will|can)\b |
    \b(?:now|currently|still|so\ far|to\ date|at\ present|latest|current|today|these\ days)\b
""")


_WHY = re.compile(r"^\W*(?:(?:and|but|so)\s+)?why\b", re.IGNORECASE)


def of_now(question: str) -> bool:
    """Whether a question asks how things stand, so that newer articles answer it better."""
    return bool(_STATE.search(question))


def asks_why(question: str) -> bool:
    """Whether a question begins with "why"."""
    return bool(_WHY.match(question))


def kind_of(question: str) -> Kind:
    """Return the first kind whose words are in the question, else that it asks for one fact."""
    return next((kind for kind, words in _KINDS if words.search(question)), "fact")
