"""Words of reporting English: what marks speech, and what names people and bodies.

General word lists, by sense; nothing here comes from an article that we are measured on.
"""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Verbs that announce words: whoever is their subject spoke (or wrote) what stands beside them.
SPEECH_VERBS = _words(
    """say tell add state announce declare write tweet retweet post respond reply answer ask note
    explain insist argue claim assert contend maintain warn caution acknowledge admit concede
    confirm deny reveal disclose remark comment observe quip joke muse lament complain grumble
    fume fret boast brag vow pledge promise swear predict forecast suggest propose recommend
    urge exhort plead beg demand request order conclude reiterate repeat stress emphasize
    emphasise underscore underline highlight recall recount relate report testify attest allege
    charge accuse retort counter shoot_back rebut object protest chime interject interrupt
    continue begin elaborate clarify specify mention point_out inform advise remind assure
    reassure promise convince declare proclaim pronounce preach shout yell scream cry exclaim
    whisper mutter mumble murmur growl snap bark roar thunder deadpan crow gush rave sigh
    chuckle laugh joke tease mock sneer scoff jeer chant sing cheer signal indicate hint imply
    intone opine theorize speculate hypothesize wonder reason figure reckon agree disagree
    concur dispute question query inquire enquire press rule find hold opine decide affirm
    reaffirm apologize apologise bemoan blast slam rip lash decry denounce condemn criticize
    criticise lambaste bash attack assail rail hail praise laud tout applaud thank congratulate
    greet describe characterize characterise portray label brand dub call term refer quote cite
    paraphrase read echo instruct direct command implore appeal text email e-mail blog tape dictate
    volunteer offer venture caution confide confess profess proffer divulge spell lay_out detail
    outline summarize summarise estimate calculate project advocate back_up testify plead
    interrupt heckle retort banter opine riff rant summarise tweet announce"""
)
# Weaker signs: attitudes and thoughts that reporters give somebody.
THOUGHT_VERBS = _words(
    """think believe feel know want hope expect fear worry doubt consider view see regard wish
    intend plan prefer like love hate dislike suspect assume guess understand realize realise
    recognize recognise learn hear remember forget decide imagine dream conclude agree support
    oppose favor favour reject welcome embrace endorse dismiss defend promote pitch sell frame cast
    push seek seem hail resolve show prove mean seize seize_on vow threaten try invoke"""
)
# What an addressee stands beside: "told reporters", "assured the crowd".
ADDRESSED_VERBS = _words(
    """tell inform advise remind assure reassure warn ask urge caution convince instruct order
    notify thank promise beg implore exhort press question"""
)
# Nouns that are a person's words: "his claim that", "in a statement".
SPEECH_NOUNS = _words(
    """statement claim comment remark assertion argument allegation accusation announcement answer
    call complaint contention criticism declaration demand denial description explanation
    insistence message note observation pledge plea prediction promise proposal question reply
    report request response rhetoric speech suggestion testimony threat tweet vow warning word
    letter memo email quote quip boast slogan mantra motto pitch line assessment admission view
    opinion belief idea notion fear hope concern worry doubt sense conviction confidence
    acknowledgment acknowledgement advice appeal apology charge post phrase term joke insult
    address interview op-ed editorial book essay article column blog ruling dissent decision
    verdict mind-set suspicion impression thesis theory guess estimate finding conclusion
    recommendation invitation reminder refusal refrain catchphrase chant retort rebuttal
    rebuke attack dismissal endorsement praise"""
)
SPEECH_VERB_FORMS = frozenset(
    form
    for verb in SPEECH_VERBS
    for form in (
        verb, verb + "s", verb + "d" if verb.endswith("e") else verb + "ed",
        verb[:-1] + "ies" if verb.endswith("y") else verb, verb[:-1] + "ied", verb + "es",
    )
) | _words("said told wrote quipped admitted read swore began shot spoke recalled held thought found begged rebutted snapped sang forbade bade went pleaded")  # fmt: skip

# Verbs that say nothing but that words were said: any source can be their subject.
SAYING = _words("say tell add state write note argue insist claim")
# Beliefs: a clause behind them is the reporter's paraphrase of what somebody thinks.
BELIEFS = _words("think believe feel hope expect fear worry suspect")
# What is found is said only where a text or a body finds it ("the poll showed that").
FINDINGS = _words("show find rule hold decide see reveal")
# What somebody holds or does, beside verbs of speech.
ATTITUDES = BELIEFS | _words(
    """doubt want wish point make show consider oppose favor favour reject welcome dismiss decline
    plan prefer view see regard embrace defend promote refuse threaten talk discuss address push
    intend realize know"""
)
REPORTING_ADJECTIVES = _words(
    """confident certain sure convinced hopeful worried concerned afraid adamant optimistic
    doubtful sceptical skeptical"""
)
# How a cue takes its content back, withholds it, or puts it as a question.
DENYING_VERBS = _words("deny dispute refute reject dismiss rebut disavow disclaim")
DECLINING_VERBS = _words("decline refuse fail avoid hesitate forget")
ASKING_VERBS = _words("ask wonder question inquire enquire query")
# Things that somebody sends or issues, and that are their words.
WRITINGS = _words(
    """statement release letter memo memorandum email e-mail note tweet post message op-ed
    editorial petition complaint lawsuit report announcement communique telegram text advert ad
    video press-release leaflet pamphlet"""
)
TEXTS = _words(
    """initiative proposal plan legislation average data record disclosure filing petition
    resolution amendment statistic evidence research finding census audit"""
)
PLACES = _words(
    "city town village county state country nation region province district island kingdom republic"
)
POINTS = _words("point case")
# Verbs of speech that report nothing but by quotation marks.
NEVER_REPORTING = _words("continue begin comment greet sing laugh cry shoot text tape chant heckle")
# Verbs of speech whose infinitive tells what somebody did: "agreed to pay".
DEEDS = _words("agree decide find rule hold offer report signal press")
# Verbs that make words of a noun: what is announced or demanded is what was said.
MAKING_WORDS_OF = _words(
    """announce propose promise pledge vow predict forecast demand recommend suggest urge advocate
    allege admit concede acknowledge confirm deny emphasize emphasise stress underscore reiterate
    estimate declare express voice"""
)
# The prepositions behind which a verb says something: "warned of floods".
SAID_OF: dict[str, tuple[str, ...]] = {
    "call": ("for",),
    "ask": ("for",),
    "warn": ("of", "about", "against"),
    "complain": ("of", "about"),
    "boast": ("of", "about"),
    "brag": ("of", "about"),
    "apologize": ("for",),
    "apologise": ("for",),
    "argue": ("for", "against"),
    "plead": ("for",),
    "advise": ("against",),
}
HELD_OF: dict[str, tuple[str, ...]] = {
    "refer": ("to",),
    "respond": ("to",),
    "talk": ("about", "of"),
    "push": ("for",),
    "agree": ("with", "on", "to"),
    "object": ("to",),
}
# Judgements, which are words about their object: "accused them of lying", "called it a mess".
JUDGEMENTS = _words(
    """accuse blame call describe characterize characterise portray label brand dub term cast
    criticize criticise condemn denounce decry blast slam rip lash bash assail rail lambaste mock
    praise laud tout applaud charge depict view regard"""
)
# Verbs whose plain object is neither said nor held: whom one tells, what one reads or calls off.
NO_OBJECT = _words(
    """say tell ask read write sign call accuse blame hold lay press post email signal find reason
    figure rule convince attack know want plan show push note make point see feel think believe
    advise inform instruct direct command charge order offer announce remind assure urge
    address embrace wish claim maintain answer counter project report quote"""
) - _words("urge announce report")

MALE_TITLES = _words("mr mister sir lord king prince father fr brother rabbi monsieur herr señor")
FEMALE_TITLES = _words(
    "mrs ms miss madam madame lady queen princess sister dame mme frau señora mz"
)
TITLES = (
    MALE_TITLES
    | FEMALE_TITLES
    | _words(
        """dr doctor prof professor sen senator sens rep representative reps gov governor govs lt
        president vice-president vp secretary minister premier chancellor mayor judge justice
        chief attorney general gen col colonel capt captain maj major sgt sergeant adm admiral
        cmdr commander officer detective sheriff deputy inspector superintendent ambassador
        congressman congresswoman assemblyman assemblywoman councilman councilwoman alderman
        councillor councilor chairman chairwoman chair director pope cardinal archbishop bishop
        reverend rev pastor imam ayatollah sheikh emir sultan coach host anchor candidate speaker
        leader nominee spokesman spokeswoman spokesperson former ex-president then-president
        then-candidate then-sen then-gov undersecretary commissioner treasurer counselor counsel
        adviser advisor strategist economist analyst author columnist activist actor actress
        commentator correspondent editor reporter investor billionaire rapper comedian pollster
        democrat republican lawyer prosecutor ceo chairman executive marshal lance corporal
        private cpl pvt lieutenant hon honorable dean principal defender goalkeeper midfielder
        striker quarterback manager skipper owner referee constable"""
    )
)
SUFFIXES = _words("jr sr ii iii iv jnr snr")

MALE_NOUNS = _words(
    """man boy gentleman guy father son brother husband uncle nephew grandfather grandson dad
    stepfather widower spokesman chairman congressman businessman salesman councilman assemblyman
    alderman anchorman policeman fireman fisherman statesman sportsman serviceman fiance actor
    waiter king prince emperor lord duke monk priest"""
)
FEMALE_NOUNS = _words(
    """woman girl lady mother daughter sister wife aunt niece grandmother granddaughter mom mum
    stepmother widow spokeswoman chairwoman congresswoman businesswoman saleswoman councilwoman
    assemblywoman anchorwoman policewoman stateswoman sportswoman fiancee actress waitress queen
    princess empress duchess nun heroine"""
)
# Common nouns for one person, beside those above: "the senator said".
PERSON_NOUNS = (
    MALE_NOUNS
    | FEMALE_NOUNS
    | _words(
        """person candidate nominee contender rival opponent front-runner frontrunner runner-up
        hopeful senator representative lawmaker legislator politician governor mayor president
        vice-president minister premier chancellor secretary ambassador diplomat envoy official
        officer aide adviser advisor strategist spokesperson spokeswoman consultant operative
        pollster analyst expert scholar professor teacher student scientist researcher historian
        economist doctor physician surgeon neurosurgeon nurse lawyer attorney prosecutor judge
        justice jurist detective sheriff agent inspector witness defendant plaintiff suspect victim
        survivor resident neighbor neighbour voter supporter activist advocate organizer leader head
        chief director manager executive ceo founder co-founder owner boss chair host anchor
        journalist reporter correspondent columnist commentator editor author writer novelist poet
        critic director producer singer musician artist rapper comedian star celebrity actor
        billionaire millionaire mogul tycoon magnate developer businessperson entrepreneur investor
        banker trader farmer worker driver engineer pilot soldier general colonel captain commander
        sergeant veteran marine coach player striker defender goalkeeper midfielder quarterback
        pitcher captain skipper champion winner athlete democrat republican conservative liberal
        independent socialist libertarian progressive incumbent newcomer lieutenant counterpart
        colleague predecessor successor partner ally friend foe critic native member delegate
        speaker counsel commissioner pastor bishop cardinal pope reverend rabbi imam mother
        parent child teenager kid immigrant refugee commander-in-chief whip treasurer
        chairperson superintendent chancellor dean principal psychologist organiser
        councillor councilor nobel laureate moderator interviewer caller heckler demonstrator
        protester guest heir patriarch matriarch dictator strongman autocrat monarch
        composer conductor curator painter sculptor designer architect postman surveyor biologist
        chemist physicist baker carpenter drummer violinist pianist realtor interpreter translator retiree septuagenarian octogenarian
        mate crewmate teammate classmate roommate flatmate boyfriend girlfriend cousin relative
        sibling grandparent elder guard caretaker tenant landlord shopkeeper passenger customer
        patient pupil nun imam vicar cook chef butcher plumber electrician mechanic gardener"""
    )
)
GROUP_NOUNS = _words(
    """campaign administration government committee company firm union party agency department
    ministry court board council group organization organisation association coalition network
    team club police army bank university school church hospital department office bureau
    commission congress parliament senate house panel jury delegation family crowd audience
    public press media paper newspaper magazine journal site website poll survey study report
    letter statement editorial ad advertisement memo document lawsuit complaint filing bill law
    order ruling book article story analysis review source campaign regime ministry embassy
    caucus foundation institute center centre spokespeople officials"""
)
# Words of a printed name that make it a body's, not a person's.
BODY_WORDS = _words(
    """house party committee commission department ministry university college institute school
    court senate congress parliament council association union federation foundation fund bank
    company co corp corporation inc ltd llc group news times post journal press network
    radio television tv street avenue road county city state states nation nations coalition
    alliance league club team campaign pac administration agency bureau office service services
    force police army navy guard board center centre hospital church society international
    national democrats republicans conservatives poll review report act convention caucus
    week month year war summit conference debate election primary caucuses security
    department treasury pentagon kremlin capitol wall twitter facebook google sunday monday
    tuesday wednesday thursday friday saturday american americans today tonight magazine
    museum hotel tower airport river lake island valley square north south east
    central united kingdom republic union soviet european isis islam christian muslim jewish
    affairs studies research politics"""
)
WEEKDAYS = _words("monday tuesday wednesday thursday friday saturday sunday")

HE = _words("he him his himself")
SHE = _words("she her hers herself")
THEY = _words("they them their theirs themselves")
# Works and shows carry their kind before or after the marks.
WORK_NOUNS = _words(
    """show program programme podcast song single album anthem hymn film movie documentary series
    sitcom drama book novel memoir bestseller play musical opera poem essay column magazine journal
    newspaper painting sculpture game exhibition episode screening tune ballad ride soundtrack
    opera remake sequel biography autobiography trilogy thriller ship yacht boat sketch"""
)
# What the last word of a name between marks says that it is a name of.
NAMED_THINGS = _words(
    """initiative referendum act bill amendment project program programme doctrine operation
    protocol agenda award prize festival tour"""
)
NATIONALITIES = _words(
    """american british english scottish welsh irish french german italian spanish portuguese dutch
    belgian swiss austrian danish swedish norwegian finnish polish czech hungarian romanian
    bulgarian greek turkish russian ukrainian israeli palestinian egyptian saudi iranian iraqi
    syrian lebanese jordanian indian pakistani afghan chinese japanese korean vietnamese thai
    filipino indonesian australian canadian mexican brazilian argentine argentinian chilean
    colombian venezuelan cuban nigerian kenyan ethiopian ghanaian african european asian latino"""
)
