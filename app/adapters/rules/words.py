"""The closed word lists that the rules are made of, as regular-expression alternatives."""

from typing import Final

FAMILY: Final = (
    r"(?:(?:older|younger|elder|eldest|oldest|youngest|little|big|twin|step|half|ex|late|foster"
    r"|adopted)[ -])?"
    r"(?:mother|mom|mum|father|dad|parents|sister|brother|sisters|brothers|son|daughter|sons"
    r"|daughters|child|kid|kids"
    r"|children|baby|husband|wife|spouse|partner|girlfriend|boyfriend|fianc[eé]e?|grandmother"
    r"|grandma|granny|nana"
    r"|grandfather|grandpa|granddaughter|grandson|grandparents|aunt|auntie|uncle|cousin|niece"
    r"|nephew|twins|ex"
    r"|(?:mother|father|sister|brother|son|daughter)-in-law|stepmother|stepfather|stepmom"
    r"|stepdad|stepson|stepdaughter"
    r"|half-brother|half-sister|godmother|godfather|godson|goddaughter)"
)
LOVER: Final = r"(?:boyfriend|girlfriend|partner|fianc[eé]e?|wife|husband)"
DETERMINER: Final = r"(?:the|an?|his|her|their|our|some|two|several)"
OTHERS: Final = (
    r"(?:(?:best|old|close|good|childhood|new|former|school|college|work)[ -])?"
    r"(?:friend|roommate|flatmate|housemate|neighbou?r|boss|manager|colleague|coworker|co-worker"
    r"|mentor|teacher|coach"
    r"|therapist|doctor|landlord|landlady|bandmate|teammate|assistant|supervisor|professor"
    r"|business partner|buddy)"
)
PERSON: Final = rf"(?:{FAMILY}|{OTHERS})"
PET: Final = (
    r"(?:dog|dogs|cat|cats|puppy|puppies|kitten|kittens|pup|rabbit|bunny|hamster|guinea pigs?"
    r"|parrot|budgie|horse|pony"
    r"|turtles?|tortoise|snake|lizard|gecko|goldfish|fish|ferret|hens?|chickens?|goats?|pets?"
    r"|rat|rats|golden retriever"
    r"|labrador|poodle|beagle|german shepherd|border collie|corgi|husky|dachshund|terrier)"
)
ONE_PET: Final = (
    r"(?:dog|cat|kitten|rabbit|hamster|guinea pig|parrot|budgie|horse|turtle|tortoise|snake|lizard"
    r"|gecko|ferret|hen|chicken|goat|pet|rat)"
)
COUNT: Final = r"(?:one|two|three|four|five|six|seven|eight|nine|ten|\d{1,2})"

UPPER: Final = r"[^\W\d_a-zß-öø-ÿ]"
TITLED: Final = r"(?:Dr|Mr|Mrs|Ms|Prof|St)"
"""What a full stop after it does not end."""
CALENDAR: Final = (
    r"(?:(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|January|February|March|April|June|July|August"
    r"|September|October|November|December|Christmas|Easter)"
)
_NAME_WORD: Final = rf"{UPPER}(?:[\w-]|'(?!s\b)(?=\w)){{1,24}}(?![\w-])"
"""To its last letter, and without the `'s` of what somebody owns."""
FIRST_NAME: Final = rf"(?>(?!{CALENDAR}\b|I\b|I'|{TITLED}\b){_NAME_WORD})"
NAME: Final = rf"(?>(?!{CALENDAR}\b|I\b|I')(?:{TITLED}\b\.? )?{_NAME_WORD}(?: {_NAME_WORD}){{0,2}})"
"""As much of a name as there is: no rule can have it match less, and so cut it short."""
IN_LAND: Final = (
    rf"(?:, {UPPER}[\w.]{{1,30}}(?: {UPPER}[\w.]{{1,30}}){{0,2}}(?=$|[,.]| (?:with|and|since"
    rf"|for)\b))?"
)
_NOT_OWNED: Final = r"(?!(?<='s) (?!with|and|in|on|as|for|since|last|now|but|anymore)[a-z])"
"""Not `Karen's` of `Karen's bakery`, but `McDonald's` in `McDonald's as a cook`."""
PLACE: Final = (
    rf"(?>(?:the )?{UPPER}[\w'.-]{{1,30}}(?: (?:(?:de|of|am|upon|del|la|and the"
    rf"|on) )?{UPPER}[\w'.-]{{1,30}}){{0,3}})(?!\w){_NOT_OWNED}"
)

PROFESSION: Final = (
    r"(?:accountant|actor|actress|analyst|apprentice|architect|artist|attorney|author|baker"
    r"|banker|barber|barista|bartender"
    r"|biologist|bookkeeper|bricklayer|builder|bus driver|butcher|care worker|caregiver"
    r"|caretaker|carpenter|cashier|chef"
    r"|chemist|civil servant|cleaner|clerk|comedian|composer|consultant|contractor|cook"
    r"|counsel+or|courier|dancer"
    r"|data scientist|dentist|designer|developer|dietitian|diplomat|director|doctor|driver"
    r"|economist|editor|electrician"
    r"|engineer|entrepreneur|farmer|firefighter|fisherman|flight attendant|florist|freelancer"
    r"|gardener|geologist|gp"
    r"|graphic designer|hairdresser|historian|housewife|illustrator|instructor|interpreter"
    r"|janitor|journalist|judge|lawyer"
    r"|lecturer|librarian|lifeguard|locksmith|machinist|manager|marketer|mathematician|mechanic"
    r"|midwife|model|musician"
    r"|nanny|novelist|nurse|nutritionist|occupational therapist|officer|optician|painter"
    r"|paralegal|paramedic|pastor"
    r"|personal trainer|pharmacist|philosopher|photographer|physician|physicist|physiotherapist"
    r"|pianist|pilot|plumber|poet"
    r"|police officer|policeman|policewoman|politician|postdoc|potter|principal|producer"
    r"|professor|programmer"
    r"|project manager|psychiatrist|psychologist|radiologist|realtor|receptionist|researcher"
    r"|retiree|sailor|salesperson"
    r"|salesman|saleswoman|scientist|sculptor|seamstress|secretary|shepherd|singer|social worker"
    r"|soldier|solicitor"
    r"|statistician|stay-at-home (?:mom|mum|dad|parent)|streamer|student|supervisor|surgeon"
    r"|surveyor|tailor|taxi driver"
    r"|teacher|teaching assistant|technician|therapist|trainee|trainer|translator|truck driver"
    r"|tutor|vet|veterinarian"
    r"|veteran|videographer|violinist|waiter|waitress|web developer|welder|writer|yoga teacher)"
)
TRADE: Final = rf"(?:[\w-]+ ){{0,3}}{PROFESSION}"
"""A profession with up to three words before it: `senior software engineer`."""

ILLNESS: Final = (
    r"(?:adhd|ADHD|add|ADD|autism|asthma|arthritis|anxiety|depression|diabetes"
    r"|type [12] diabetes|epilepsy|migraines?"
    r"|c(?:o|œ)eliac(?: disease)?|crohn's(?: disease)?|Crohn's(?: disease)?|celiac(?: disease)?"
    r"|dyslexia|eczema|endometriosis"
    r"|fibromyalgia|hay fever|high blood pressure|hypertension|hypothyroidism|IBS|insomnia|lupus"
    r"|lyme disease|MS|multiple"
    r" sclerosis|OCD|osteoporosis|PCOS|PTSD|psoriasis|sleep apn(?:o)?ea|tinnitus|vertigo|"
    r"(?:breast|skin|prostate|lung) cancer"
    r"|cancer|a heart condition|a pacemaker|a bad (?:back|knee|shoulder|hip)|bad (?:knees"
    r"|eyesight)|chronic [\w ]{3,25}"
    r"|(?:a |an )?[\w ]{3,25} (?:allergy|intolerance)|(?:a )?slipped disc|tendonitis|ME"
    r"|chronic fatigue|bipolar disorder)"
)
DIET: Final = (
    r"(?:vegetarian|vegan|pescatarian|pescetarian|flexitarian|lactose[ -]intolerant"
    r"|gluten[ -]intolerant|c(?:o)?eliac|diabetic"
    r"|colou?r[ -]?blind|left-handed|deaf|hard of hearing|blind|partially sighted|dyslexic"
    r"|autistic|epileptic|asthmatic|sober"
    r"|teetotal|a vegetarian|a vegan|a diabetic|a pescatarian|a non-smoker|a smoker"
    r"|a recovering alcoholic|neurodivergent"
    r"|near-?sighted|short-?sighted|insulin-dependent|hypermobile|a wheelchair user"
    r"|immunocompromised)"
)

COMPANY: Final = rf"(?>[A-Z][\w&'.-]*(?: [A-Z][\w&'.-]*){{0,3}}){_NOT_OWNED}"
RELATIONSHIP: Final = r"(?:single|married|divorced|engaged|widowed|separated)"
WORKLESS: Final = r"(?:retired|unemployed|self-employed|between jobs|out of work)"
EATING: Final = r"(?:vegetarian|vegan|pescatarian|pescetarian|flexitarian)"
STATUS: Final = (
    r"(?:single|married|divorced|engaged|widowed|separated|pregnant|retired|unemployed"
    r"|self-employed|a single (?:mom|mum|dad"
    r"|mother|father|parent)|an only child|a twin|adopted|transgender|non-binary|gay|lesbian"
    r"|bisexual|an introvert|an extrovert"
    r"|a night owl|an early bird|a morning person|a widow|a widower|a grandmother|a grandfather"
    r"|a grandparent|a new (?:mom|mum"
    r"|dad|parent)|a refugee|an immigrant|on parental leave|on maternity leave|on sick leave"
    r"|on paternity leave|between jobs"
    r"|a freelancer|out of work|Christian|Muslim|Jewish|Buddhist|Hindu|Catholic|an atheist"
    r"|agnostic|religious)"
)
NATIONALITY: Final = (
    r"(?:half[ -])?(?:Afghan|Albanian|Algerian|American|Argentinian|Armenian|Australian|Austrian"
    r"|Bangladeshi|Belgian|Bolivian"
    r"|Bosnian|Brazilian|British|Bulgarian|Canadian|Chilean|Chinese|Colombian|Croatian|Cuban"
    r"|Czech|Danish|Dutch|Egyptian|English"
    r"|Estonian|Ethiopian|Filipino|Filipina|Finnish|French|Georgian|German|Ghanaian|Greek"
    r"|Hungarian|Icelandic|Indian|Indonesian"
    r"|Iranian|Iraqi|Irish|Israeli|Italian|Jamaican|Japanese|Kenyan|Korean|Latvian|Lebanese"
    r"|Lithuanian|Malaysian|Mexican|Moroccan"
    r"|Nepali|Nigerian|Norwegian|Pakistani|Palestinian|Peruvian|Polish|Portuguese|Romanian"
    r"|Russian|Scottish|Serbian|Singaporean"
    r"|Slovak|Slovenian|Somali|South African|Spanish|Sri Lankan|Swedish|Swiss|Syrian|Taiwanese"
    r"|Thai|Tunisian|Turkish|Ukrainian"
    r"|Venezuelan|Vietnamese|Welsh)"
)
LANGUAGE: Final = (
    r"(?:Afrikaans|Arabic|Bengali|Bulgarian|Cantonese|Catalan|Chinese|Croatian|Czech|Danish"
    r"|Dutch|English|Esperanto|Estonian"
    r"|Farsi|Finnish|French|German|Greek|Hebrew|Hindi|Hungarian|Icelandic|Indonesian|Irish"
    r"|Italian|Japanese|Korean|Latin|Latvian"
    r"|Lithuanian|Malay|Mandarin|Norwegian|Persian|Polish|Portuguese|Punjabi|Romanian|Russian"
    r"|Serbian|Slovak|Slovenian|Somali"
    r"|Spanish|Swahili|Swedish|Tagalog|Tamil|Thai|Turkish|Ukrainian|Urdu|Vietnamese|Welsh"
    r"|sign language|ASL|BSL)"
)
LANGUAGES: Final = (
    rf"(?:(?:fluent|some|a little|a bit of|basic|good|native|very good) )?{LANGUAGE}"
    rf"(?:(?:, and|,| and) (?:some |a little |a bit of |basic |fluent )?{LANGUAGE}){{0,5}}"
)
THING: Final = (
    r"(?:[\w'-]+ ){0,3}(?:car|bike|bicycle|e-bike|motorbike|motorcycle|scooter|van|truck|boat"
    r"|sailboat|caravan|camper|house"
    r"|flat|apartment|cabin|cottage|farm|garden|balcony|piano|guitar|violin|cello|drum kit"
    r"|camera|telescope|3D printer"
    r"|printer|laptop|desktop|PC|Mac|MacBook|iPhone|iPad|Android phone|Kindle|PlayStation|Xbox"
    r"|Switch|Steam Deck|tattoos?"
    r"|record player|sewing machine|greenhouse|allotment|Tesla|Volvo|Toyota|BMW|Ford|Honda|Audi"
    r"|Volkswagen|Nissan|Kia)"
)
APPOINTMENT: Final = (
    r"(?:[\w'-]+ ){0,3}(?:appointment|exam|exams|interview|meeting|flight|surgery|operation"
    r"|check-?up|date|deadline|wedding"
    r"|concert|game|match|race|marathon|presentation|test|trip|holiday|vacation|party|recital"
    r"|competition|tournament|audition"
    r"|conference|hearing|dentist|gig|show|performance|workshop|class|session|reunion|photoshoot"
    r"|scan|lesson|screening"
    r"|exhibition|defen[cs]e|move|anniversary|birthday|due date)"
)
PAST: Final = (
    r"(?:went|saw|took|made|met|bought|ran|won|lost|came|ate|began|broke|built|caught|chose|did"
    r"|drove|flew|found|gave|held|hurt"
    r"|left|rode|sold|sang|spoke|spent|swam|taught|wrote|got|had|threw|sent|grew|drew|fell"
    r"|became|brought|hosted|attended"
    r"|visited|joined|started|finished|moved|adopted|graduated|married|quit|opened|launched"
    r"|passed|failed|organi[sz]ed|signed up"
    r"|enrolled|volunteered|travel+ed|hiked|camped|baked|cooked|painted|planted|performed|played"
    r"|participated|presented"
    r"|published|released|recorded|completed|celebrated|watched|tried|discovered|applied"
    r"|received|donated|helped|worked|learned"
    r"|learnt|interviewed|injured|sprained|returned|toured|explored|retired|submitted|picked up"
    r"|signed|landed|earned|rescued"
    r"|created|designed|booked|ordered|repaired|fixed|cleaned|decorated|renovated|registered"
    r"|competed|trained|practi[cs]ed|skied"
    r"|surfed|climbed|cycled|biked|kayaked|fished|knitted|sewed|called|witnessed|experienced"
    r"|stopped|walked|stayed|arrived)"
)
MILESTONE: Final = (
    r"(?:moved|joined|adopted|married|enrolled|founded|launched|published|quit|won|became|signed up"
    r"|got (?:accepted|hired|my degree|my driv\w+ licen[cs]e|my citizenship|a job"
    r"|a new job|a promotion|a scholarship|a puppy|a kitten|a dog|a cat|tickets|diagnosed)|lost my"
    r"|bought (?:a|an|my|some|new)|started (?:a|an|my|learning|taking|working|playing|writing"
    r"|reading|doing|volunteering|going)"
    r"|finished (?:my|writing|reading|painting|a)|opened (?:a|an|my)|passed (?:my|the)|failed "
    r"(?:my|the)|broke my|sprained my"
    r"|gave birth|had (?:surgery|a baby|an operation)|completed (?:my|a|the)|received (?:a|an"
    r"|my)|applied (?:to|for)"
    r"|rescued (?:a|an)|submitted my|sold my|built (?:a|an|my)|wrote (?:a|an|my)|made (?:a|an)"
    r"|ran (?:a|my)|climbed"
    r"|painted (?:a|an|my|that|the)|visited|volunteered (?:at|for|with)|performed (?:at|in)"
    r"|participated in|attended)"
)
PASSAGE: Final = (
    rf"graduated|retired|gave birth|broke up(?! {DETERMINER}\b)|got (?:engaged|married|divorced|promoted|fired"
    r"|laid off|pregnant|sober)|quit smoking"
)
"""Milestones that need no object."""
