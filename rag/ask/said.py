"""Questions of what somebody said: who is meant to speak, and about what.

"What did Peskov say about Cuba?" wants Peskov's own words and no one else's, "What was said about
Cuba?" anybody's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from rag.ask.confidence import ALL_SAID
from rag.ask.coverage import Wanted
from rag.ask.kinds import asks_why
from rag.ask.odds import more
from rag.ask.places import other_names
from rag.ask.select import place, quote
from rag.attribution.roles import introductions, is_role, words_of
from rag.language import terms
from rag.types import Attribution, Evidence

_ABOUT = (
    r"(?:about|on|of|regarding|concerning|as\ to|over|in\ regard\ to|with\ regard\ to|"
    r"when\ asked\ about|in\ response\ to)"
)
_SAY = r"""
    (?:say|said|saying|state|stated|declare|declared|announce|announced|claim|claimed|argue|argued|
    think|thought|believe|believed|feel|felt|mention|mentioned|note|noted|remark|remarked|comment|
    commented|stress|stressed|emphasi[sz]ed?|explain|explained|add|added|warn|warned|promise|
    promised|suggest|suggested|predict|predicted|hint|hinted|write|wrote|written|
    (?:tell|told) (?:\ (?:us|reporters|journalists|the\ (?:press|media|public)))?)
"""
_DENY = r"""
    (?:deny|denied|denies|dismiss(?:ed|es)?|refute[ds]?|reject(?:ed|s)?|rebut(?:ted|s)?|
    dispute[ds]?|debunk(?:ed|s)?|contradict(?:ed|s)?|(?:knock(?:ed|s)?|sh[o]{1,2}ts?)\ down|
    (?:brush|wave)(?:ed|d|s|es)?\ (?:off|aside|away)|
    (?:call|brand|label)(?:ed|led|s)?\ (?:false|fake|untrue))
"""
_WORDS = r"""
    (?:position|view|views|stance|opinion|reaction|response|reply|answer|comments?|remarks?|
    statements?|take|line|attitude|assessment|verdict|words|message)
"""
_VIEW = r"""
    (?:describe|characteri[sz]e|view|see|assess|rate|evaluate|judge|call|label|sum\ up|
    respond\ to|react\ to|reply\ to|answer|comment\ on|think\ (?:of|about)|feel\ (?:of|about)|
    speak\ (?:of|about)|word)
"""
_WHO = r"(?P<who>(?:(?!\b(?:and|or)\b).){2,80}?)"
_WHATS = r"what (?:\ (?:else|exactly|all))? \ (?:did|does|do|has|have|had|would)"
_BESIDE = r"""
    (?:\ (?:also|exactly|actually|always|ever|publicly|then|later|himself|herself|themselves))*
"""
_FORMS = tuple(
    re.compile(rf"^\W*(?:(?:and|so|but)\ )?(?:{form})\W*$", re.IGNORECASE | re.VERBOSE)
    for form in (
        rf"(?P<asked>.{{8,}}?) ,? \ according\ to \ {_WHO}",
        rf"according\ to \ {_WHO}, \ (?P<asked>.+)",
        rf"{_WHATS} \ {_WHO} {_BESIDE} \ {_SAY} (?:\ {_ABOUT}\ (?P<what>.+))?",
        rf"{_WHATS} \ {_WHO} {_BESIDE} \ (?P<denied>{_DENY}) (?:\ {_ABOUT}\ (?P<what>.+))?",
        rf"how \ (?:did|does|do|has|have|had) \ {_WHO} {_BESIDE} \ {_VIEW} \ (?P<what>.+)",
        rf"""
            what \ (?:is|was|are|were) \ (?P<who>.{{2,80}}?) (?:['’]s?) \ (?:\w+\ )? {_WORDS}
            \ (?:{_ABOUT}|to|towards?|for) \ (?P<what>.+)
        """,
        rf"""
            what \ (?:is|was|are|were) \ the\ {_WORDS} \ of \ (?P<who>.{{2,80}}?)
            \ (?:{_ABOUT}|to|towards?) \ (?P<what>.+)
        """,
    )
)
_CLAIMS = r"""
    (?:\w+\ ){0,2}? (?:reports?|stor(?:y|ies)|claims?|rumou?rs?|allegations?|suggestions?|
    accusations?|speculations?) (?:\ (?:in|from|by|of)\ the\ (?:press|media|papers))?
"""
_DENIALS = tuple(
    re.compile(
        rf"^\W*(?:(?:and|so|but)\ )?(?:(?:across|in|throughout)\ [^,]{{2,40}},\ )?(?:{form})\W*$",
        re.IGNORECASE | re.VERBOSE,
    )
    for form in (
        rf"""
            (?:which|what) \ {_CLAIMS} (?:\ {_ABOUT}\ (?P<of>.+?))?
            \ (?:did|has|have|does|do) \ {_WHO} {_BESIDE} \ {_DENY} (?:\ {_ABOUT}\ (?P<what>.+))?
        """,
        rf"""
            (?:which|what) \ {_CLAIMS} (?:\ {_ABOUT}\ (?P<what>.+?))?
            \ (?:were|was|are|is|have\ been|has\ been) \ {_DENY} \ by \ {_WHO}
        """,
        rf"""
            (?:list|name|collect|show|give) (?:\ me|\ us)? \ (?:all|everything|every|each|any|the)
            (?:\ of)? (?:\ the)? (?:\ {_CLAIMS} (?:\ {_ABOUT}\ (?P<of>.+?)\ that)?)?
            (?:\ that|\ which)? \ {_WHO} (?:\ (?:has|have|had))? {_BESIDE} \ {_DENY}
            (?:\ {_ABOUT}\ (?P<what>.+))?
        """,
    )
)
"""Ask for everything that somebody rejects."""
_ANYONE = r"""
    (?:any(?:one|body)|every(?:one|body)|some(?:one|body)|people|they|officials|politicians|leaders)
    (?:\ else)?
"""
_THING = r"(?:\ (?:any|some)thing)?"
_OPEN = tuple(
    re.compile(rf"^\W*(?:(?:and|so|but)\ )?(?:{form})\W*$", re.IGNORECASE | re.VERBOSE)
    for form in (
        rf"""
            what \ (?:else\ )? (?:is|are|was|were|has|have|had) \ (?:being\ |been\ )? {_SAY}
            \ {_ABOUT} \ (?P<what>.+)
        """,
        rf"{_WHATS} \ {_ANYONE} {_BESIDE} \ {_SAY} \ {_ABOUT} \ (?P<what>.+)",
        rf"who \ (?:else\ )? (?:has\ |have\ )? {_SAY} {_THING} \ {_ABOUT} \ (?P<what>.+)",
        rf"(?:did|has|have) \ {_ANYONE} \ {_SAY} {_THING} \ {_ABOUT} \ (?P<what>.+)",
    )
)
_TOLD = re.compile(r"\b(?:about|statements?|accounts?|articles?)\b", re.IGNORECASE)
"""What is no speaker: "the Kremlin's statements about a call"."""


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody is asked to have said."""

    who: str
    """As the question names the speaker; empty where anybody will do."""
    what: str
    """What it is about; empty where anything will do."""
    denied: bool = False
    """Whether what the speaker rejected is asked for."""
    asked: str = ""
    """The question that they answer, where there is one: "according to Peskov"."""
    every: bool = False
    """Whether all of it is asked for, and nothing else."""


def asked_words(question: str) -> Said | None:
    """Return who is to have spoken and about what, None for a question of anything else."""
    text = question.strip().rstrip("?.! ")
    for form in _OPEN:
        if found := form.match(text):
            return Said(who="", what=found["what"].strip(" ,"))
    for form in _DENIALS:
        if found := form.match(text):
            groups = found.groupdict()
            about = (groups.get("of") or groups["what"] or "").strip(" ,")
            return Said(who=found["who"].strip(" ,"), what=about, denied=True, every=True)
    for form in _FORMS:
        if (found := form.match(text)) and not _TOLD.search(found["who"]):
            groups = found.groupdict()
            return Said(
                who=found["who"].strip(" ,"),
                what=(groups.get("what") or "").strip(" ,"),
                denied=bool(groups.get("denied")),
                asked=(groups.get("asked") or "").strip(" ,"),
            )
    return None


def asks_anyone(question: str) -> bool:
    """Whether what is asked is what anybody said, which no yes or no answers."""
    words = asked_words(question)
    return words is not None and not words.who


def asks_for_one(question: str) -> bool:
    """Whether two answers to a question exclude each other.

    Of what somebody said, and of the reasons for a thing, there may be many.
    """
    return asked_words(question) is None and not asks_why(question)


SPOKEN = 1.7
"""Log-odds that are added to how sure it is that a passage answers, where the sentence is said by
whoever is asked to have spoken. A logistic regression over 373 such questions about unseen articles
gives 1.76 beside the confidence, and lifts its AUROC from .872 and .930 to .902 and .953 (fitted on
the one set, scored on the other). How much of the subject is in the sentence adds nothing to that,
but where its article has less than half of it, as many are unanswerable as the reader says: what is
added falls with that share, to nothing at a half, and is taken off where the article has none."""
RATHER, NAMED_IT, DENIED = 0.5, 0.5, 2.0
"""Log-odds that such a sentence gains over others, more of them with the share of the subject that
it has, and where a denial is asked for and it is one. More than 1 for either of the first two puts
the evidence first less often."""
UNHEARD = 4.0
"""Log-odds that are taken off where whoever is asked to have spoken is nowhere in the article."""
UNSAID = 2.0
"""As many where they are in the article, but none of the sentences looked at is theirs. Of 25
such questions about unseen articles 4 are answerable, which got a confidence of .33 on average;
those 4 are of speakers that attribution missed, and had .6 to .9."""
HEARD = 10
"""Sentences, best first, of which it is found out who says them."""
EVERY = 200
"""As many of them where everything is asked for that somebody rejects."""

Speaks = Callable[[str, int, int], Attribution]


def weighed(evidence: Sequence[Evidence], said: Said, attribute: Speaks) -> list[Evidence]:
    """Return the evidence with more weight on what is said by whom the question names, best first.

    Where they say any of it, the short answers of others are left out. Asked for everything that
    somebody rejects, nothing but rejections is left; where there are none, all is far less sure.
    ``attribute`` tells who speaks in a stretch of a text.
    """
    asked = _name(said.who)
    wanted = words_of(said.who)
    spoken: set[tuple[str, int]] = set()
    rejected: set[tuple[str, int]] = set()
    heard_of = EVERY if said.every else HEARD
    about = said.what or said.asked
    subject = Wanted(about, (quote(item) for item in evidence))
    roles = _roles(evidence[:heard_of]) if wanted else {}

    def speaks(speaker: str | None) -> bool:
        if speaker is None or not said.who:
            return speaker is not None
        if asked and _same(asked, _name(speaker)):
            return True
        described = roles.get(speaker, frozenset())
        return bool(wanted) and all(other_names(word) & described for word in wanted)

    def heard(item: Evidence) -> Evidence:
        article, sentence = item.candidate.article, item.sentence
        told = attribute(article.text, sentence.start, sentence.end)
        if not speaks(told.speaker):
            return item
        any_words = not terms(about)
        known = 1.0 if any_words else subject.share(f"{article.title} {article.text}")
        # A question is put in other words than the article's more often than a subject is.
        known = max(known, 0.5) if said.asked else known
        gain = RATHER + NAMED_IT * (0.0 if any_words else subject.share(quote(item)))
        gain += DENIED * (said.denied and told.denied)
        sure = more(item.answerable, SPOKEN * (2 * known - 1))
        if not any_words and set(terms(about)) <= set(terms(quote(item))):
            # Of 41 such questions 35 are answerable.
            sure = max(sure, ALL_SAID)
        spoken.add(place(item))
        if told.denied:
            rejected.add(place(item))
        return replace(
            item, sentence=replace(sentence, score=more(sentence.score, gain)), answerable=sure
        )

    first = [heard(item) for item in evidence[:heard_of]]
    if asked and not spoken:
        # Whoever is nowhere in an article says nothing in it.
        first = [
            _less(item, 0.0 if said.asked else UNSAID)
            if _mentions(item, asked[1])
            else _less(item, UNHEARD)
            for item in first
        ]
    if said.every:
        return _all_rejected(evidence, [item for item in first if place(item) in rejected], subject)
    if spoken:
        first = [item if place(item) in spoken else replace(item, answer=None) for item in first]
    first.sort(key=lambda item: -item.sentence.score)
    return [*first, *evidence[heard_of:]]


def _mentions(item: Evidence, last: str) -> bool:
    """Whether an article has a last name, or another name of a country."""
    article = item.candidate.article
    words = {word.casefold() for word in _NAMED.findall(f"{article.title} {article.text}")}
    words |= {re.sub(r"['’]s?$", "", word) for word in words}
    return bool(words & (other_names(last) | {last}))


def _less(item: Evidence, doubt: float) -> Evidence:
    return replace(item, answerable=more(item.answerable, -doubt))


def _all_rejected(
    evidence: Sequence[Evidence], rejected: Sequence[Evidence], subject: Wanted
) -> list[Evidence]:
    """Return what is rejected, as far as it is of the subject, else everything, less sure."""
    if not rejected:
        return [replace(item, answerable=more(item.answerable, -DENIED)) for item in evidence]
    shares = {place(item): subject.share(quote(item)) for item in rejected}
    least = max(shares.values()) / 2
    kept = [item for item in rejected if shares[place(item)] >= least]
    return sorted(kept, key=lambda item: -item.sentence.score)


_NAMED = re.compile(r"\b[A-Z][\w'’-]*")
_ALIKE = 3
"""Letters in which first names agree: "Steve" is "Steven"."""


def _name(who: str) -> tuple[str, str] | None:
    """Return the first and the last name in lower case; None for "the spokesman".

    The first is empty where there is none: "Biden", "President Biden".
    """
    words = re.sub(r"['’]s?\b", "", who).rstrip(" .")
    names = _NAMED.findall(words)
    if not names or not words.endswith(names[-1]):
        return None
    before = words[: -len(names[-1])].split()
    first = before[-1] if before and before[-1] == (names[-2:-1] or [""])[0] else ""
    return "" if is_role(first) else first.casefold(), names[-1].casefold()


def _same(asked: tuple[str, str], speaker: tuple[str, str] | None) -> bool:
    """Whether two names may be one person's: the last name, and the first where both have one."""
    if speaker is None or asked[1] != speaker[1]:
        return False
    return not (asked[0] and speaker[0]) or asked[0][:_ALIKE] == speaker[0][:_ALIKE]


def _roles(evidence: Sequence[Evidence]) -> dict[str, frozenset[str]]:
    """Return the words with which the articles introduce each name."""
    found: dict[str, frozenset[str]] = {}
    for article in {
        item.candidate.article.id: item.candidate.article for item in evidence
    }.values():
        for name, role in introductions(article.text).items():
            found[name] = found.get(name, frozenset()) | words_of(role)
    return found
