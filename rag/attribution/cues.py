"""Words that report speech, writing, thought and stance, by what they take as their content."""

from __future__ import annotations

import re

Frame = str
"""What may be the content: `c` a clause or infinitive, `n` a noun phrase, `p` a phrase with
"about", `q` a quotation; `s` marks the verbs of speech and writing."""

DENIALS = frozenset(
    """deny dismiss refute reject rebuff dispute contradict disavow debunk rebut repudiate
    discredit disclaim ridicule""".split()
)
DISMISSALS = frozenset("dismiss reject rebuff dispute contradict ridicule".split())
"""Of these, the ones that deny only what is claimed: lawsuits and offers are dismissed too."""
CLAIMS = frozenset(
    """claim report allegation assertion accusation suggestion rumor rumour speculation charge
    notion idea theory story account narrative criticism argument statement comparison
    characterization characterisation insinuation description portrayal contention complaint
    possibility finding conclusion assessment news fake lie version reading view concern fear
    insistence premise prospect link comment remark it this that them those""".split()
)
"""What is claimed, as the object of a denial."""
GRANTS = frozenset(
    """asylum access entry visa bail request application motion petition permit permission appeal
    bid service coverage benefit right opportunity parole license licence loan care entrance
    admission passage""".split()
)
"""What is denied to somebody: "denied asylum"."""
WITHHOLDING = frozenset("decline refuse".split())
"""Before an infinitive of saying: what follows was not said."""

# Verbs that report whatever follows them.
_SPEECH = """brand say tell add note state announce confirm stress emphasize emphasise warn explain
    remark clarify acknowledge admit describe characterize characterise claim argue insist
    declare suggest indicate reiterate remind write tweet retweet post reply respond
    answer urge vow promise predict mention report assure praise criticize criticise condemn
    comment conclude reveal express testify allege joke quip concede assert contend
    pledge propose recommend complain caution lament voice accuse blame denounce decry blast
    slam mock tout applaud congratulate thank hail echo repeat affirm reaffirm attest
    disclose divulge propound proclaim pronounce opine muse observe speculate estimate
    forecast advise counsel inform notify brief reassure instruct order demand request plead
    beg implore exclaim shout yell scream chant whisper mutter murmur recount narrate relate
    boast brag gush rave scoff counter retort rebuke chide chastise scold lambaste lambast
    assail deride disparage laud extol commend salute credit cite quote refer reference
    allude imply hint insinuate signal portray label dub endorse advocate oppose support
    back favor favour discuss query question wonder doubt ask call agree disagree deny
    dismiss refute reject rebuff dispute contradict disavow debunk rebut repudiate threaten
    swear guarantee apologize apologise bemoan rail gripe grumble protest object sum posit
    postulate theorize theorise hypothesize ponder reckon share convey communicate
    articulate outline detail spell elaborate specify stipulate defend vouch extoll welcome
    encourage discourage challenge attack rap knock hammer rip skewer savage bash taunt
    target compare address denigrate malign vilify reprimand fault trumpet herald publicize
    ridicule preach interject utter list publish highlight underscore underline point
    decline refuse offer prompt invite inquire enquire command grouse""".split()

# Verbs of thought and wish: what they report is a stance, not words.
_THOUGHT = """think believe hope fear worry expect want wish prefer like love admire trust embrace
    champion consider view regard assume suspect guess imagine envision foresee anticipate
    feel understand deem regret doubt seek plan intend realize realise recognize
    recognise""".split()

# Verbs that report only with a clause or a quotation: "shows that", not "shows the door".
_CLAUSE = """show find see know mean learn decide read remember forget prove
    determine demonstrate hear figure discover reason rule submit hold charge
    write conclude calculate acknowledge assess judge promise chime laugh sigh
    smile text email message wish pray volunteer interrupt""".split()

# Verbs that say with a clause or a quotation and do with a noun: "recalled the cars".
_TOLD = "recall maintain".split()

# Verbs that report only beside a quotation.
_QUOTATION = """continue go begin start laugh sigh chime put cry offer text email read open close
    finish sing joke deadpan crow snap fume enthuse beam shrug intone agree
    interrupt fire shoot hit""".split()

# Verbs that report with "about", "of", "against", "on" and what follows.
_ABOUT = """talk speak focus complain joke care testify comment elaborate weigh lash push
    campaign argue rally preach lecture insist touch dwell gush rave allude hint
    apologize""".split()

# Verbs whose forms do not follow the rules, each with its forms.
_IRREGULAR = {
    forms.split()[0]: forms.split()
    for forms in """
    speak speaks spoke spoken speaking / say says said saying / tell tells told telling
    / write writes wrote written writing / think thinks thought thinking / show
    shows showed shown showing / find finds found finding / see sees saw seen seeing
    / know knows knew known knowing / mean means meant meaning / feel feels felt
    feeling / put puts put putting / read reads read reading / go goes went gone
    going / begin begins began begun beginning / hear hears heard hearing / hold
    holds held holding / swear swears swore sworn swearing / forget forgets forgot
    forgotten forgetting / seek seeks sought seeking / understand understands
    understood understanding / beg begs begged begging / foresee foresees foresaw
    foreseen foreseeing / rap raps rapped rapping / rip rips ripped ripping / quip
    quips quipped quipping / brag brags bragged bragging / refer refers referred
    referring / rebut rebuts rebutted rebutting / submit submits submitted
    submitting / sum sums summed summing / cry cries cried crying / plan plans
    planned planning / prefer prefers preferred preferring / forecast forecasts
    forecast forecasted forecasting / chat chats chatted chatting / spell spells
    spelled spelt spelling / sing sings sang sung singing / regret regrets regretted
    regretting / dub dubs dubbed dubbing / snap snaps snapped
    snapping / shoot shoots shot shooting / hit hits hitting""".split("/")
}
_VOWELS = "aeiou"
_DOUBLED = frozenset("admit slam".split())
"""Verbs that double their last letter: "admitted"."""


def _forms(verb: str) -> list[str]:
    """Return the inflected forms of a verb."""
    if verb in _IRREGULAR:
        return _IRREGULAR[verb]
    if verb in _DOUBLED:
        return [verb, f"{verb}s", f"{verb}{verb[-1]}ed", f"{verb}{verb[-1]}ing"]
    if verb.endswith("e"):
        return [verb, f"{verb}s", f"{verb}d", f"{verb[:-1]}ing"]
    if verb.endswith("y") and verb[-2] not in _VOWELS:
        return [verb, f"{verb[:-1]}ies", f"{verb[:-1]}ied", f"{verb}ing"]
    plural = f"{verb}es" if verb.endswith(("s", "sh", "ch", "x", "z", "o")) else f"{verb}s"
    return [verb, plural, f"{verb}ed", f"{verb}ing"]


def _frames() -> dict[str, tuple[str, Frame]]:
    frames: dict[str, str] = {}
    for words, frame in (
        (_SPEECH, "cnqs"), (_THOUGHT, "cn"), (_CLAUSE, "cq"), (_TOLD, "cqs"),
        (_QUOTATION, "qs"), (_ABOUT, "pqs"),
    ):  # fmt: skip
        for verb in words:
            frames[verb] = frames.get(verb, "") + frame
    return {form: (verb, frame) for verb, frame in frames.items() for form in _forms(verb)}


CUES = _frames()
"""From a form in lower case to the verb and its frames."""

NOUNS = frozenset(
    """claim statement report allegation assertion announcement argument accusation suggestion
    warning promise belief view hope fear concern notion idea contention insistence
    criticism complaint comment remark prediction speculation rumor rumour charge opinion
    conclusion vow pledge declaration assurance admission testimony endorsement proposal
    demand call support opposition attack plan decision question doubt desire wish goal
    pitch defense defence praise condemnation rejection denial request appeal threat
    reference point case position stance approval disapproval skepticism shot apology""".split()
)
"""Nouns that report a clause: "the claim that"."""

ADJECTIVES = frozenset(
    """confident certain sure convinced worried concerned afraid hopeful optimistic pessimistic
    skeptical sceptical doubtful glad happy proud disappointed surprised aware adamant sorry
    angry upset furious grateful thankful critical supportive frustrated clear pleased
    honored honoured excited fearful wary mindful unsure uncertain willing reluctant ready
    eager opposed dismissive""".split()
)
"""Adjectives of stance: "is confident that", "was critical of"."""

LIGHT_VERBS = frozenset(
    form
    for verb in (
        """make give voice express issue offer deliver raise have take repeat reiterate announce
        launch level renew present publish reject dismiss"""
    ).split()
    for form in _forms(verb)
) | {"made", "making", "gave", "given", "giving", "has", "had", "having", "took", "taken"}
"""Verbs whose object says what is done: "made the claim that", "voiced support for"."""

DOCUMENTS = frozenset(
    """statement letter memo email e-mail tweet post report release message filing article
    editorial complaint note video ad advertisement ruling opinion lawsuit petition speech
    remarks comments comment tweets statements brief text op-ed essay blog column interview
    sign signs announcement mailer""".split()
)

MARKERS = frozenset("reportedly allegedly apparently supposedly purportedly".split())
"""Adverbs that make the saying uncertain."""
MODALS = frozenset("may might could would should can".split())

WEAK = frozenset("prompt target attack list invite offer hammer knock rip point".split())
"""Verbs that report only what persons and bodies do: a death prompts no words."""
DOUBTFUL = frozenset(
    """publish challenge back order add call highlight underscore share present address support
    respond answer welcome encourage favor favour hit request demand discuss announce label signal
    post push rally slam blast rap""".split()
)
"""And those that do so with a noun only: "the win added four points"."""
DIRECTED = {"call": frozenset("in off up together back".split())}
"""Verbs with the particles that make them report nothing: "called in troops"."""
ADDRESSED = frozenset("tell remind inform notify assure reassure".split())
"""Verbs whose object is who hears it, not what is said: "told reporters"."""
PLURALS = frozenset(
    """people authority authorities police family families staff crew woman women man men child
    children kid kids local locals state states country countries nation nations city cities county
    counties town towns village media outlet agency agencies group groups team teams union company
    companies administration government governments public crowd majority minority
    administrator conservative conservatives progressive progressives liberal liberals
    evangelical evangelicals millennial millennials latino latinos hispanic hispanics catholic
    catholics jews muslims brass leadership leaderships delegation opposition community
    communities board panel jury troops forces panel movement establishment
    coalition alliance colleague colleagues friend friends ally allies critics fans youth
    firm firms bank banks industry business businesses base electorate elite elites campaigns
    half third quarter percent campaign wife husband son daughter brother sister someone somebody
    everyone everybody candidate candidates delegate delegates superdelegates advocate advocates
    poll polls survey surveys law bill resolution speech speeches website site platform""".split()
)
"""Nouns of bodies and of many persons, which no ending tells."""
POLLS = frozenset(
    """poll survey study research analysis data figure number paper review report result finding
    statistic estimate census""".split()
)
"""Nouns of what shows or finds a thing: "the poll found a lead"."""
THINGS = frozenset("meeting talk trip visit effort moment".split())
"""Nouns of what never speaks, in the singular."""
PERSON_NOUN = re.compile(
    r"(?:man|woman|person|er|or|ist|ian|ent|ant|ee|ive|old|star|coach|chief|host|boss|hero|judge|"
    r"general|king|queen|prince|pope|mother|father|victim|native|veteran|legend|politician|mogul|official|aide|"
    r"icon|ace|republican|democrat|conservative)$"
)
"""Nouns for one person that a later "the ..." may mean without saying his role."""
DAYS = frozenset(
    """monday tuesday wednesday thursday friday saturday sunday yesterday today tomorrow tonight
    morning afternoon evening week month year night january february march april may june july
    august september october november december""".split()
)
"""Words of when something was said, which are no part of it and nobody who says it."""
