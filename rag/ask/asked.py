"""Keep of a message what is asked of the articles: orders to the service are not part of it."""

from __future__ import annotations

import re

_SENTENCE = re.compile(r"[^.?!;\n]+(?:[.?!;\n]+[\"'”’)]*|$)")
_RULES = r"""
    (?:instructions?|rules?|prompts?|guidelines?|polic(?:y|ies)|restrictions?|constraints?|
    configurations?|settings|directives?|safeguards?|filters?|thresholds?|verification|citations?|
    sources?|checks?|above|previous|everything|anything|articles?|context|developer|training)
"""
_ORDER = re.compile(
    rf"""
    ^[\W_]*(?:(?:and|now|then|first|please|also|ok(?:ay)?|system|assistant|user|note)\b[\s,:]*)*
    (?:
        (?:ignore|disregard|forget|override|bypass|skip|disable|suspend|drop|stop\ using)\b
            .* \b{_RULES}\b |
        (?:print|reveal|show|display|output|repeat|leak|dump|disclose|expose|list)\b
            .* \b(?:your|the\ system|hidden|system|api|internal|secret)\b
            .* \b(?:prompt|instructions?|rules?|configuration|settings|keys?|secrets?|password) |
        (?:you\ are\ (?:now|no\ longer)|you\ must\ now|act\ as|pretend|role-?play|imagine\ you|
            from\ now\ on|your\ new\ (?:task|role|instructions?)|developer\ mode)\b |
        (?:answer|respond|reply|say|write|begin|start|finish|output) (?:\ (?:only|exactly|just))?
            (?:\ with|\ by\ (?:saying|writing))? \ [\"“'‘] .+ |
        (?:do\ not|don['’]t|never|without)\ (?:cit(?:e|ing)|quot(?:e|ing)|verify(?:ing)?|
            abstain(?:ing)?|declin(?:e|ing)|check(?:ing)?|mention(?:ing)?)\b |
        (?:all\ |the\ )* {_RULES} (?:\ \w+)? \ (?:are|is)\ (?:now\ )?
            (?:off|disabled|suspended|lifted|void)\b |
        (?:state|assert|confirm|claim|say)\ (?:it\ )?as\ (?:a\ )?
            (?:confirmed\ |established\ )?fact\b |
        (?:drop|delete|truncate|alter)\ table\b | --\W*$ | insert\ into\b | select\ \*\ from\b
    )
    """,
    re.IGNORECASE | re.VERBOSE,
)
_MARKUP = re.compile(r"<\|?/?[\w|/ ]{0,40}\|?>|\[/?(?:INST|SYS)\]|#{3,}", re.IGNORECASE)


_TALK = re.compile(
    r"\b(?:hello|hi|hey|hiya|howdy|greetings|good (?:morning|afternoon|evening|night|day)|goodbye|"
    r"bye|thanks?|thank you|cheers|please|ok(?:ay)?|nice|great|cool|lol|well|so|there|"
    r"how (?:are|'re|is|was) (?:you|it going|things|your day)(?: doing| going)?(?: today)?|"
    r"what['’]?s up|who (?:are|made|built|created) you|what (?:are you|is your name|can you do)|"
    r"are you (?:an? )?(?:bot|robot|human|ai|real|there|ok(?:ay)?)|tell me a joke|my friend|"
    r"(?:can|could) you help(?: me)?|nice to meet you)\b",
    re.IGNORECASE,
)


def asked(message: str) -> str:
    """Return what is asked, without sentences that give the service orders; it may be empty.

    It is for a greeting or the like too, which asks nothing of the articles.

    A sentence is an order only when it begins as one: "Who told him to ignore the rules?" stays.
    """
    text = " ".join(_MARKUP.sub(" ", message).split())
    if not any(char.isalnum() for char in _TALK.sub("", text)):
        return ""
    sentences = _SENTENCE.findall(text)
    kept = [sentence for sentence in sentences if not _ORDER.match(sentence)]
    if len(kept) == len(sentences):
        return text
    rest = "".join(kept).strip().lstrip(";:,.'-– ")
    return rest if any(char.isalnum() for char in rest) else ""
