"""Decide a yes-or-no question by the statement that answers it, or leave it undecided."""

from __future__ import annotations

import math
import re
from typing import Literal

from rag.ask.odds import log_odds, probability
from rag.language import normalise, terms
from rag.models.reader import Support

Verdict = Literal["Yes", "No"]

# Log-odds of a yes: of the judge's supported against contradicted, of a sentence whose words do not
# deny what is asked, and the more of one the surer it is that the passage answers. A logistic
# regression on 261 yes-or-no questions that were answered from 3,360 and 1,610 articles, none of
# them seen by the judge (131 of newsdesk, 130 of newsroom). Each twentieth scored with the others,
# a verdict is given to 78 and 61 and right for .85 and .70. Fitted on the evidence itself, without
# what retrieval gets wrong, and without the last of them it was 85 and 82, and .82 and .63.
JUDGED, UNDENIED, ANSWERED, BIAS = 0.91, 0.78, 0.25, -1.07
SURE = 0.65
_LEAST = 1e-6
_DOUBT = 0.02
"""``answerable`` is kept this far from 0 and 1."""
_ANSWERS = 0.9
_NEGATION = re.compile(
    r"\b(?:not|never|no longer|neither|nor|without|cannot|nobody|none|nothing|no one)\b|n't\b|"
    r"\bno (?!later|more than|less than|fewer|doubt|matter|\.)",
    re.IGNORECASE,
)
_DENIAL = re.compile(
    r"\b(?:den(?:y|ies|ied|ying)|dismiss(?:es|ed|ing)?|refut(?:e|es|ed|ing)|reject(?:s|ed|ing)?|"
    r"disput(?:e|es|ed|ing)|rebuff(?:s|ed)?|ruled? out|rules out|refus(?:e|es|ed|al)|"
    r"declin(?:e|es|ed) to|fail(?:s|ed|ure)? to|yet to|unlikely|untrue|inaccurate|false|absurd|"
    r"impossible|unable|baseless|unfounded|stopped short|instead of|rather than|"
    r"remains? unresolved|halted|cancel+ed|scrapped|suspended|lack(?:s|ed|ing)?|opposed?|"
    r"against)\b",
    re.IGNORECASE,
)
_ENDED = re.compile(
    r"\b(?:halt|suspend|cancel|scrap|stop|end|quit|fir(?=ed|ing)|sack|remov|resign|withdr[ae]w|expel|"
    r"exclud|barr|bann|abandon|drop)(?:e|ed|led|ped|ping|ing|n|s)?\b",
    re.IGNORECASE,
)
_OUSTED = re.compile(
    r"\b(?:remov(?:al|e|es|ed|ing)|suspension|exclusion|expulsion|dismiss(?:al|ed)?|oust(?:ed|er)?|"
    r"sidelined?|sidelining|(?:kick(?:ed)?|pulled|pushed|thrown|taken|left|cut) (?:out|off)|"
    r"get rid of|fire (?=him\b|her\b|them\b|(?-i:[A-Z])))\b",
    re.IGNORECASE,
)
"""Other words for such an end, of somebody's part in something."""
_STILL = re.compile(r"\b(?:still|continu\w+|remain\w*|in place|hold(?:s|ing)?)\b", re.IGNORECASE)
_OTHER_ENDS = re.compile(
    r"\b(?:the|an?|any|no) (?:[a-z]+ )?(?:end|stop|drop|halt)\b|"
    r"\b(?:to|will|would|can|could|may|might|should) (?:end|stop|halt|drop|quit)\b|"
    r"\bcease-?fires?\b",
    re.IGNORECASE,
)
"""A time, and what is still to come: neither asks whether somebody's part ended."""
_ASKED = re.compile(r"\W*(?:When |If )?[Aa]sked (?:about|whether|if|on)\b[^,]*,")
_PREFIX = re.compile(r"(?:un|in|il|im|ir|non|dis)(?=[a-z]{4})")
_BUT = re.compile(r"(?<=\w[,;”\"]) (?:but|although|though|however)\b", re.IGNORECASE)
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
_CLAUSE = re.compile(
    r"[,;:–—]|\b(?:but|although|though|while|because|after|which|who|when|if)\b",
    re.IGNORECASE,
)


def decide(
    question: str, sentence: str, support: Support | None = None, answerable: float = 0.5
) -> Verdict | None:
    """Say what a sentence that answers a yes-or-no question says to it; None where unclear.

    ``support`` is a judge's view of the question and the passage, ``answerable`` the probability
    that the passage answers. Without a judge only a negation, a denial or another number decides:
    on the evidence of 805 newsdesk questions what these make a "No" is one for .86, but of what
    lacks them only .68 is a "Yes".
    """
    if support is None:
        return "No" if negates(question, sentence) else None
    chance = chance_of_yes(question, sentence, support, answerable)
    if chance > 1 - SURE and _reversed(sentence, question):
        about = _about(normalise(sentence), set(terms(question)))
        return None if _NEGATION.search(about) else "No"
    if chance >= SURE:
        return None if _takes_back(sentence) or _only_asked(question, sentence) else "Yes"
    return "No" if chance <= 1 - SURE else None


def _takes_back(sentence: str) -> bool:
    """Whether what follows a "but" denies something: "agreed to 90%, but key issues remain"."""
    said = normalise(sentence)
    return any(
        _NEGATION.search(said, turn.end()) or _DENIAL.search(said, turn.end())
        for turn in _BUT.finditer(said)
    )


def ends(question: str, sentence: str) -> bool:
    """Whether a sentence tells of an end that the question does not name.

    Where such an end is denied, nothing is denied of what would have ended: "He denied that Kellogg
    was suspended" is no "No" to "Is Kellogg still negotiating?". A question with a word of an end
    is taken to name it, unless it asks whether something goes on.
    """
    own = _OTHER_ENDS.sub(" ", question)
    if not _STILL.search(question) and (_ENDED.search(own) or _OUSTED.search(own)):
        return False
    shared = set(terms(question))
    return any(not set(terms(found.group())) & shared for found in _ENDED.finditer(sentence))


def _only_asked(question: str, sentence: str) -> bool:
    """Whether a sentence has the question's words only where it tells what somebody is asked."""
    match = _ASKED.match(sentence)
    if match is None:
        return False
    words = set(terms(question))
    answered = words & set(terms(sentence[match.end() :]))
    return len(answered) <= len(words & set(terms(match.group())))


def leaning(question: str, sentence: str, support: Support | None = None) -> Verdict:
    """Say to which side a sentence leans, taken that its passage answers."""
    if support is None:
        return "No" if negates(question, sentence) else "Yes"
    return "Yes" if chance_of_yes(question, sentence, support, _ANSWERS) >= 1 / 2 else "No"


def chance_of_yes(question: str, sentence: str, support: Support, answerable: float = 0.5) -> float:
    """Return the probability in (0, 1) that a sentence says yes to a question."""
    judged = math.log(max(support.supported, _LEAST) / max(support.contradicted, _LEAST))
    undenied = UNDENIED + ANSWERED * log_odds(answerable, _DOUBT)
    total = JUDGED * judged + (0.0 if negates(question, sentence) else undenied) + BIAS
    return probability(total)


def negates(question: str, sentence: str) -> bool:
    """Whether a sentence denies what is asked, by its words.

    A negation or a denial counts in the clauses that share words with the question, and only where
    the question has none itself.
    """
    asked, said = normalise(question), normalise(sentence)
    about = _about(said, set(terms(asked)))
    return _against(about, asked) != _against(asked, said)


def _reversed(text: str, other: str) -> bool:
    """Whether a text has a word of the other with a prefix that says the opposite: "illegal"."""
    shared = set(terms(other))
    found = map(_PREFIX.match, re.findall(r"[a-z]{5,}", text.lower()))
    return any(shared & set(terms(match.string[match.end() :])) for match in found if match)


def _about(said: str, words: set[str]) -> str:
    """Return the clauses that share most words with a question, or two at least."""
    clauses = [clause for clause in _CLAUSE.split(said) if clause.strip()]
    shared = [len(words & set(terms(clause))) for clause in clauses]
    most = max(shared, default=0)
    pairs = zip(clauses, shared, strict=True)
    return " , ".join(clause for clause, count in pairs if count >= min(most, 2))


def _against(text: str, other: str) -> bool:
    """Whether a text has an odd number of negations and denials that the other text lacks."""
    shared = set(terms(other))
    if _reversed(text, other):
        return True
    denials = [
        match.group()
        for match in _DENIAL.finditer(text)
        if not set(terms(match.group().lower())) & shared
    ]
    return len(_NEGATION.findall(text)) + len(denials) > 0
