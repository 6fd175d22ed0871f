"""Decide a yes-or-no question by the statement that answers it, or leave it undecided."""

from __future__ import annotations

import math
import re
from typing import Literal

from rag.language import normalise, terms
from rag.models.reader import Support

Verdict = Literal["Yes", "No"]

# Log-odds of a yes: of the judge's supported against contradicted, and of a sentence whose words
# do not deny what is asked. A logistic regression on the 330 yes-or-no questions about articles
# that the judge never saw; each tenth scored with the others, it is right for .77 of newsdesk's and
# .60 of newsroom's, and where it is SURE for .88 and .64.
JUDGED, UNDENIED, BIAS = 0.95, 1.06, -0.71
SURE = 0.7
_LEAST = 1e-6
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
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
_CLAUSE = re.compile(
    r"[,;:–—]|\b(?:but|although|though|while|because|after|which|who|when|if)\b",
    re.IGNORECASE,
)


def decide(question: str, sentence: str, support: Support | None = None) -> Verdict | None:
    """Say what a sentence that answers a yes-or-no question says to it; None where unclear.

    ``support`` is a judge's view of the question and the passage. Without one, only a negation, a
    denial or another number decides: on the evidence of 805 newsdesk questions what these make a
    "No" is one for .86, but of what lacks them only .68 is a "Yes".
    """
    if support is None:
        return "No" if negates(question, sentence) else None
    chance = chance_of_yes(question, sentence, support)
    return "Yes" if chance >= SURE else "No" if chance <= 1 - SURE else None


def leaning(question: str, sentence: str, support: Support | None = None) -> Verdict:
    """Say to which side a sentence leans, where that is not sure enough for a verdict."""
    if support is None:
        return "No" if negates(question, sentence) else "Yes"
    return "Yes" if chance_of_yes(question, sentence, support) >= 1 / 2 else "No"


def chance_of_yes(question: str, sentence: str, support: Support) -> float:
    """Return the probability in (0, 1) that a sentence says yes to a question."""
    judged = math.log(max(support.supported, _LEAST) / max(support.contradicted, _LEAST))
    undenied = 0.0 if negates(question, sentence) else 1.0
    return 1 / (1 + math.exp(-(JUDGED * judged + UNDENIED * undenied + BIAS)))


def negates(question: str, sentence: str) -> bool:
    """Whether a sentence denies what is asked, by its words.

    A negation or a denial counts in the clauses that share words with the question, and only where
    the question has none itself.
    """
    asked, said = normalise(question), normalise(sentence)
    about = _about(said, set(terms(asked)))
    return _against(about, asked) != _against(asked, said)


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
    denials = [
        match.group()
        for match in _DENIAL.finditer(text)
        if not set(terms(match.group().lower())) & shared
    ]
    return len(_NEGATION.findall(text)) + len(denials) > 0
