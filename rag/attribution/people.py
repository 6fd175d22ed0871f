"""Words that tell persons from bodies, and women from men."""

from __future__ import annotations

OFFICES = frozenset(
    """president minister secretary senator sen rep representative congressman congresswoman
    governor gov general gen colonel col lieutenant lt major sergeant sgt captain capt
    officer envoy ambassador chancellor judge justice attorney spokesman spokeswoman
    spokesperson chief director chairman chairwoman chair ceo speaker advisor adviser coach
    manager professor prof mayor sheriff leader commissioner superintendent editor economist
    analyst strategist correspondent meteorologist reporter scientist lawyer prosecutor
    principal commander founder author actor actress singer quarterback pitcher detective
    deputy mr mrs ms dr""".split()
)
"""Words right before a person's name: what stands before them is no part of it."""
TITLES = OFFICES | frozenset(
    """miss sir lord lady dame king queen prince princess pope rev reverend vice prime special
    former republican democrat""".split()
)
"""Words that are left off the beginning of a name."""
_MALE = frozenset(
    """mr sir lord king prince pope spokesman chairman congressman father brother""".split()
)
_FEMALE = frozenset(
    """mrs ms miss lady dame queen princess spokeswoman chairwoman congresswoman mother
    sister""".split()
)
"""Titles and nouns that tell a person's sex."""
BODIES = frozenset(
    """house kremlin pentagon ministry department court union office council committee commission
    party university bank police agency association inc corp senate congress parliament
    administration nations times post news company institute center centre foundation group
    journal street college school league club team state states army navy force forces
    service services campaign network channel tv radio magazine society federation
    organization organisation fund trust board bureau authority hospital church airlines
    airways motors jazeera arabiya""".split()
)
MALE_NAMES = frozenset(
    """james john robert michael william david richard joseph thomas charles christopher daniel
    matthew anthony mark donald steven stephen paul andrew joshua kenneth kevin brian george
    edward ronald timothy jason jeffrey ryan jacob gary nicholas eric jonathan larry justin
    scott brandon benjamin samuel gregory frank alexander raymond patrick jack dennis jerry
    tyler aaron jose adam henry nathan douglas zachary peter kyle walter ethan jeremy harold
    keith christian roger noah gerald carl terry sean austin arthur lawrence jesse dylan
    bryan joe jordan billy bruce albert willie gabriel logan alan juan wayne roy ralph randy
    eugene vincent russell louis bobby philip johnny bradley mike jim tom bill bob dan dave
    steve greg jeff chris matt tim rick ted ben sam nick tony ron ken don phil fred josh
    barack bernie jeb marco mitt mitch newt vladimir sergei sergey dmitry volodymyr boris
    emmanuel narendra joao luis carlos pedro diego rafael novak lebron elon jared hunter
    rudy lindsey rand rex reince doug chuck harry jay keir rishi nigel gavin ian graham neil
    craig stuart simon martin oliver liam owen evan lucas mohammed muhammad mohamed ahmed
    ali hassan omar ibrahim yusuf abdul bibi xi recep tayyip olaf viktor pavel ivan igor
    yuri mikhail alexei andrei nikolai oleg leonid antonio mario luca giuseppe pierre jean
    francois jacques hans klaus karl heinz erik lars""".split()
)
FEMALE_NAMES = frozenset(
    """mary patricia jennifer linda elizabeth barbara susan jessica sarah karen lisa nancy betty
    sandra margaret ashley kimberly emily donna michelle carol amanda melissa deborah
    stephanie rebecca sharon laura cynthia dorothy amy kathleen angela shirley emma brenda
    pamela nicole anna samantha katherine christine debra rachel carolyn janet maria
    catherine heather diane olivia julie joyce victoria ruth virginia lauren kelly christina
    joan evelyn judith andrea hannah cheryl megan jacqueline martha madison teresa gloria
    sara janice ann kathryn abigail sophia frances jean alice judy isabella julia grace
    denise amber danielle marilyn beverly charlotte natalie theresa diana brittany doris
    kayla alexis lori marie hillary melania ivanka kellyanne nikki elena olga natalia
    svetlana tatiana irina ekaterina ursula kamala liz ilhan alexandria marjorie lindsay
    kate katie jill jenna serena venus naomi simone beyonce taylor oprah ellen kim khloe
    kylie kendall meghan camilla anne jane gretchen stacey susanna sonia claire helen lucy
    sophie zoe chloe fiona gillian nicola tracey tina wendy sally gina rosa carmen ana
    isabel lucia sofia valentina fatima aisha zainab leila yasmin priya anita sushma mei
    yuki sana huma debbie cindy peggy sue betsy elise erica erin dana condoleezza madeleine
    loretta ketanji gabrielle dianne""".split()
)


def sex_of(words: list[str]) -> str | None:
    """Tell a person's sex from titles or a common first name, None where they do not tell."""
    for word in words:
        key = word.lower().rstrip(".")
        if key in _MALE:
            return "m"
        if key in _FEMALE:
            return "f"
    first = next((w for w in words if w.lower().rstrip(".") not in TITLES), "").lower()
    if first in MALE_NAMES and first not in FEMALE_NAMES:
        return "m"
    if first in FEMALE_NAMES and first not in MALE_NAMES:
        return "f"
    return None
