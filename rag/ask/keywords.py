"""Ask of a bare subject what was said about it: "Iran?", "security guarantees", "tell me about it".

Who is used to a search box types a subject. The reader was taught questions, and finds no answer in
what asks nothing.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rag.ask.kinds import AUXILIARIES, QUESTION_WORDS
from rag.language import terms

if TYPE_CHECKING:
    from rag.ask.split import Parse

MOST = 5
"""Words of a subject that stands alone: a longer one without a verb is a question cut short."""
MOST_ABOUT = 10
"""Words of one behind "tell me about", and of somebody's view on something."""
_ABOUT = re.compile(
    r"^(?:(?:what|how) about|(?:(?:tell|give|show) (?:me|us) )?"
    r"(?:(?:any|some|more|the|all) )*(?:(?:info|information|details?|anything|something|"
    r"news|background|facts?|updates?) )?(?:about|on|regarding|concerning))\s+"
    r"(?P<topic>.+)$",
    re.IGNORECASE,
)
_VIEW = re.compile(
    r"^(?:the )?(?P<who>[\w .’'-]{2,40}?)(?:['’]s?)? (?P<view>views?|position|stance|line|reaction|"
    r"response|comments?|attitude|opinion) (?P<on>on|of|to|about|towards?|regarding) (?P<what>.+)$",
    re.IGNORECASE,
)
_ASKS = frozenset(QUESTION_WORDS) | AUXILIARIES
_ORDERS = frozenset(("compare", "contrast", "list", "summarise", "summarize"))
_FINITE = ("VBD", "VBZ", "VBP", "VB", "MD", "W")


def asked_about(question: str, parse: Parse) -> str:
    """Return "What was said about X?" for a bare subject X, else the question as it is.

    ``parse`` is asked only of a few words that do not begin as a question does.
    """
    text = question.strip().strip("?.! ")
    found = _ABOUT.match(text)
    topic = found["topic"] if found else text
    words = re.findall(r"[\w'’-]+", topic)
    view = _VIEW.match(topic)
    if not words or len(words) > (MOST_ABOUT if found or view else MOST) or not terms(topic):
        return question
    if words[0].lower() in _ASKS | _ORDERS or re.search(r"[\"“”,;:]", topic):
        return question
    tags = [word.tag for sentence in parse(topic, [0]) for word in sentence]
    if any(tag.startswith(_FINITE) for tag in tags):
        return question
    if view:
        who = f"{view['who']}’s" if view["who"][-1].lower() != "s" else f"{view['who']}’"
        # "What is" of several is what the forms of `rag.ask.said` read too.
        return f"What is {who} {view['view']} {view['on']} {view['what']}?"
    return f"What was said about {topic}?"
