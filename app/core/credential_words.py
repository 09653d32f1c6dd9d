"""What passwords and their like are called, and how somebody says what they are: languages as data.

Every field but `hints` is a regular expression; whitespace in names is one space.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Tongue:
    """How one language speaks of secrets."""

    hints: tuple[str, ...]
    """One of these stands, in lower case, in every text that names one: for not looking in vain."""
    secrets: str
    means: str = r"(?!)"
    """Between the name and what it is: `is`."""
    own: str = r"(?!)"
    """What may stand between the two and say whose it is."""
    asks: str = r"(?!)"
    """What a question for one begins with."""
    is_bare: bool = False
    """Whether it does without `is`."""
    is_spaced: bool = True
    """Whether words stand apart from each other."""
    is_ambiguous: bool = False
    """Whether the names are those of other things as well, so that the value must look like one."""


_PASSWORD: Final = r"p[a4@][s5$]{2}[ _-]?(?:w[o0]rds?|codes?|phrases?|keys?)"  # noqa: S105 - a form
_KINDS: Final = (
    r"api|secret|access|private|encryption|licen[cs]e|product|activation|ssh|signing|master"
)
_CODES: Final = (
    r"2fa|mfa|two-factor|verification|security|authenticat(?:or|ion)|recovery|backup|one-time"
    r"|log-?in|unlock"
)

ENGLISH: Final = Tongue(
    hints=(
        *(
            "pass",
            "p4",
            "p@",
            "pa$",
            "pa5",
            "pas$",
            "pas5",
            "pw",
            "p/w",
            "psw",
            "pin",
            "key",
            "token",
        ),
        *("secret", "otp", "cvv", "cvc", "cv2", "code", "security"),
    ),
    secrets=(
        rf"{_PASSWORD}(?: (?:hints?|reminders?))?|passwd|passwrd|pwd|psw|pw|p/w|master pass"
        rf"|(?:{_KINDS})[ _-]?keys?|(?:api|access|auth|bearer|refresh|session|bot|my)[ _-]?tokens?"
        rf"|client[ _-]?secrets?|otp|cv[vc]2?|(?:{_CODES}) codes?|pin(?: codes?| numbers?)?"
        r"|security (?:question )?(?:answer|word)|answer to (?:my|the|our) security question"
        r"|secret word"
    ),
    means=(
        r"(?:which |that )?(?:is|was|are|used to be|starts? with|begins? with|ends? with|will be"
        r"|reads?|è|é|ist|lautet|est|es|är|jest|je|este|adalah)"
        r"(?: (?:now|still|currently|actually|just|simply|always))?"
    ),
    asks=r"what|what's|whats|which",
)

AMBIGUOUS: Final = Tongue(
    hints=("key", "token", "secret", "pass", "login", "log-in", "cred", "code", "clave", "zugang"),
    secrets=(
        r"keys?|tokens?|secrets?|pass|log-?ins?|creds?|credentials|codes? (?:to|for|that) \w{2,12}"
        r"|clave|zugang"
    ),
    means=r"(?:is|was|are|es|ist)(?: (?:now|still))?",
    is_ambiguous=True,
)

OTHERS: Final = (
    Tongue(  # German
        hints=("passwort", "passwört", "kennwort", "kennwört", "geheimzahl", "losungswort"),
        secrets=r"\w{0,20}(?:passw[oö]rt(?:er)?|kennw[oö]rt(?:er)?|geheimzahl|losungswort)",
        means=r"(?:ist|war|lautet|heißt|heisst)(?: (?:jetzt|nun|noch))?",
        asks=r"wie|was|welches",
    ),
    Tongue(  # Dutch
        hints=("wachtwoord", "pincode", "toegangscode"),
        secrets=r"\w{0,20}wachtwoord(?:en)?|pincode|toegangscode",
        means=r"(?:is|was|luidt|wordt)(?: nu)?",
        asks=r"wat|welk",
    ),
    Tongue(  # Swedish, Norwegian, Danish
        hints=("lösenord", "losenord", "passord", "adgangskode", "kodeord", "pinkod"),
        secrets=r"\w{0,20}(?:l[öo]senord(?:et)?|passord(?:et)?|adgangskoden?|kodeord(?:et)?|pinkoden?)",
        means=r"(?:är|er|var|lyder)(?: (?:nu|nå))?",
        own=r"mitt|min|mit|vårt|vår",
        asks=r"vad|hva|hvad|vilket|hvilket",
    ),
    Tongue(  # French
        hints=("de passe", "mdp", "code secret"),
        secrets=r"mots? de passe|mdp|code secret",
        means=r"(?:est|était|sera|c'est)(?: maintenant)?",
        asks=r"quel|quelle|c'est quoi",
    ),
    Tongue(  # Spanish
        hints=("contrase", "clave", "secreta"),
        secrets=r"contrase[ñn]as?|mi clave|clave (?:secreta|de acceso)",
        means=r"(?:es|era|son|será)(?: ahora)?",
        asks=r"cu[aá]l|qu[eé]",
    ),
    Tongue(  # Portuguese
        hints=("senha", "palavra-passe", "palavra passe"),
        secrets=r"senhas?|palavra[ -]passe",
        means=r"(?:é|e|era|será)(?: agora)?",
        asks=r"qual|que",
    ),
    Tongue(  # Italian, Romanian
        hints=("parola", "codice segreto"),
        secrets=r"parola d['’]ordine|parola chiave|codice segreto|parola",
        means=r"(?:è|e['’]|era|este|e)",
        own=r"mea|ta|sa|noastr[ăa]",
        asks=r"qual|quale|care",
    ),
    Tongue(  # Polish
        hints=("hasł", "haslo", "hasla"),
        secrets=r"has[łl](?:o|a|em|u)",
        means=r"(?:to|jest|brzmi|było)(?: teraz)?",
        asks=r"jakie|jaki|jak",
    ),
    Tongue(  # Czech, Slovak
        hints=("heslo", "hesla", "heslem"),
        secrets=r"hesl(?:o|a|em)",
        means=r"(?:je|zní|znie|bylo|bolo)",
        asks=r"jaké|jake|ak[eé]",
    ),
    Tongue(  # Turkish
        hints=("şifre", "sifre", "parola"),
        secrets=r"[şs]ifre(?:m|n|si|miz|niz)?|parola(?:m|n|s[ıi]|m[ıi]z|n[ıi]z)?",
        asks=r"ne|nedir",
        is_bare=True,
    ),
    Tongue(  # Russian, Ukrainian, Bulgarian
        hints=("парол", "пин-код", "пинкод"),
        secrets=r"парол(?:ь|я|ем|і|а|ата)?|пин-?код",
        means=r"(?:это|це|был|є|-|е)",
        asks=r"какой|какая|який|каква",
        is_bare=True,
    ),
    Tongue(  # Indonesian, Malay
        hints=("kata sandi", "kata laluan", "sandi"),
        secrets=r"kata (?:sandi|laluan)|sandi",
        means=r"(?:adalah|ialah|yaitu)",
        own=r"saya|aku|kami|wifi",
        asks=r"apa",
        is_bare=True,
    ),
    Tongue(  # Vietnamese
        hints=("mật khẩu", "mat khau"),
        secrets=r"mật khẩu|mat khau",
        means=r"(?:là|la)",
        own=r"(?:của|cua) \S{1,10}|wifi",
        asks=r"gì|là gì",
        is_bare=True,
    ),
    Tongue(  # Finnish
        hints=("salasana",),
        secrets=r"salasana(?:ni|mme|si|t)?",
        means=r"(?:on|oli)",
        asks=r"mikä",
    ),
    Tongue(  # Hungarian
        hints=("jelsz",),
        secrets=r"jelsz(?:ó|avam|avunk|ava)",
        means=r"(?:az|a)",
        asks=r"mi|mennyi",
        is_bare=True,
    ),
    Tongue(  # Greek
        hints=("κωδικό", "κωδικο", "συνθηματικό"),
        secrets=r"κωδικ[όο][ςσ]?|συνθηματικό",
        means=r"είναι|ειναι",
        own=r"μου|σου|μας",
        asks=r"ποιος|ποιο",
    ),
    Tongue(  # Arabic, Persian
        hints=("كلمة", "الرقم السري", "رمز عبور", "گذرواژه"),
        secrets=r"كلمة (?:ال)?(?:سر|مرور)(?:ي)?|الرقم السري|رمز عبور|گذرواژه",
        means=r"(?:هي|هو|هی|است)",
        own=r"الخاصة بي|من",
        asks=r"ما",
        is_bare=True,
        is_spaced=False,
    ),
    Tongue(  # Hebrew
        hints=("סיסמ",),
        secrets=r"סיסמ(?:ה|א|ת|תי)?(?: שלי)?",
        means=r"(?:היא|זה)",
        asks=r"מה",
        is_bare=True,
        is_spaced=False,
    ),
    Tongue(  # Hindi
        hints=("पासवर्ड",), secrets=r"पासवर्ड", means=r"है", asks=r"क्या", is_bare=True, is_spaced=False
    ),
    Tongue(  # Japanese
        hints=("パスワード", "パスコード", "暗証番号", "合言葉"),
        secrets=r"パスワード|パスコード|暗証番号|合言葉",
        means=r"(?:は|が|を|も)",
        asks=r"何|なん|教えて",
        is_bare=True,
        is_spaced=False,
    ),
    Tongue(  # Chinese
        hints=("密码", "密碼", "口令", "密钥", "密鑰"),
        secrets=r"密[码碼]|口令|密[钥鑰]",
        means=r"(?:就是|是|为|為|叫|改成|改为|改為|设为|設為)",
        asks=r"什么|什麼|多少|告诉我|告訴我",
        is_bare=True,
        is_spaced=False,
    ),
    Tongue(  # Korean
        hints=("비밀번호", "비번", "암호", "패스워드"),
        secrets=r"비밀번호|비번|암호|패스워드",
        means=r"(?:는|은|가|이|를|을)",
        asks=r"뭐|무엇|알려",
        is_bare=True,
        is_spaced=False,
    ),
    Tongue(  # Thai
        hints=("รหัสผ่าน",),
        secrets=r"รหัสผ่าน",
        means=r"(?:คือ|เป็น)",
        asks=r"อะไร",
        is_bare=True,
        is_spaced=False,
    ),
)

TONGUES: Final = (ENGLISH, AMBIGUOUS, *OTHERS)

PREPOSITIONS: Final = (
    r"for|to|of|on|in|at|from|für|zu|zum|von|vom|voor|van|op|för|till|på|til|av|pour|de|du|des|para"
    r"|del|do|da|no|na|per|di|al|dla|od|k|ke|pro|untuk|di|cho|от|для|к|на|для"
)
THINGS_OF_SECRETS: Final = (
    r"[ -]?(?:managers?|polic(?:y|ies)|resets?|rules?|lengths?|strength|fields?|protect\w*"
    r"|generators?|vaults?|app|box|prompt|page|screen|keeper|history|recovery|requirements?"
    r"|problems?|hygiene|security|fatigue|gestor|verwaltung|-?manageren?)"
)
"""After a name these make another thing of it: `my password manager is …`."""

_SAYING_NOTHING: Final = """
    not n't isn't no none nothing too so very quite wrong incorrect correct right weak strong
    safe unsafe secure insecure expired still always never now the a an in on at by for of as to
    being required needed necessary mandatory gone lost old older new newer my your his her its
    their our also really kept stored saved hard easy simple complex complicated long longer
    short shorter this that it what which who where when how why something anything everything
    someone somebody different same similar identical unique important private secret public
    known unknown invalid valid blank empty back there here ok okay fine good bad better worse
    best worst terrible horrible awful great stupid silly dumb funny ridiculous insane hacked
    broken stolen forgotten written hidden shown sent set reset shared about due because from
    with without and or but if one two both all just only almost probably maybe perhaps some any
    more most less least well out up over under like i you he she we they me them us out-of-date
    annoying case-sensitive somewhere yes thanks thank please sorry sure hello hey wait nope yep
    enough impossible possible nicht falsch zu sehr ein eine das der die mein abgelaufen schwach
    sicher weg vergessen unsicher pas trop très un une le la les oublié perdu faible mon ma muy
    una el mi débil segura incorrecta olvidada demasiado um uma o os não muito minha fraca non
    molto troppo il lo mia debole sbagliata niet te een het mijn zwak verkeerd verlopen inte för
    ett en mitt svagt fel ikke feil mit forkert nie za moje słabe złe není moc slabé çok zayıf
    yanlış unuttum не очень слабый мой забыл неверный tidak terlalu lemah salah lupa không quá
    yếu sai ei liian heikko nem túl rossz nu prea slabă
"""
NO_VALUE: Final = frozenset(_SAYING_NOTHING.split())
"""What is said of a secret without saying it."""
_SOFT_ENDINGS: Final = ("ed", "ing", "ly", "able", "ible", "ous", "ful", "less")


def says_nothing(word: str) -> bool:
    """Whether a word after `my password is` tells of it and is none: `weak`, `expired`."""
    small = word.lower()
    return small in NO_VALUE or (small == word and word.isalpha() and word.endswith(_SOFT_ENDINGS))
