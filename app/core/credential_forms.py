"""Where the secrets stand in a plain text: by their own form, by their names, by what is done with them.

Everything is bounded, so that the time grows with the length of the text and not faster.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from app.core.credential_words import (
    ENGLISH,
    NO_VALUE,
    PREPOSITIONS,
    THINGS_OF_SECRETS,
    TONGUES,
    Tongue,
    says_nothing,
)
from app.core.generated_words import looks_generated, looks_odd
from app.core.plain_text import Span

SECRET: Final = "[secret]"  # noqa: S105 - what stands in its place

_FLAGS: Final = re.IGNORECASE
_SIGN: Final = r"[ ]{0,2}(?:[:=]|[-=]>|→)"
_TOKEN: Final = re.compile(r"[\"'`“”„‘’«(\[{]{0,2}(?P<value>[^\s\"“”„«»]{1,256})")
_ASCII: Final = re.compile(r"[ ]?[\"'`“”「『《(]{0,2}(?P<value>[!-~]{3,256})")
_TRAILING: Final = ".,;:!?)]}'’`*_。、"
_CLAUSE_END: Final = re.compile(
    r"[,;.!?](?:\s|$)|\n|\[secret\]|[\"“”»]|[ ](?:and|but|so|because|which|since|und|et|y|e|i)[ ]",
    _FLAGS,
)
_END: Final = re.compile(r"[\"'”]?(?:[.,!;]|[ ]{0,3}(?:\n|\Z))")
_MAX_PASSPHRASE_CHARS: Final = 160
_MIN_PHRASE_WORDS: Final = 4
_MIN_CHARS: Final = 3

_OWN_FORMS: Final = (
    r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----(?s:.*?)(?:-----END [A-Z ]{0,30}PRIVATE KEY-----|\Z)"
    r"|\b(?:sk|pk|rk|gh[opsu]|glpat|xox[abeprs])[-_][\w-]{6,}|\bgithub_pat_\w{6,}"
    r"|\b(?:AKIA|ASIA|AIza)[\w-]{6,}|\beyJ[\w-]{6,}(?:\.[\w-]+)*"
)
_IN_ADDRESSES: Final = (
    r"\b[a-z][a-z0-9+.-]{1,20}://[^\s/:@]{0,128}:(?P<user>[^\s/@]{1,256})@"
    r"|[?&#](?:pass(?:word)?|pwd|(?:access_|auth_|api_)?(?:token|key)|secret|sig(?:nature)?)"
    r"=(?P<query>[^\s&#\"']{3,256})"
)
_WALLET: Final = (
    r"\b(?:seed|recovery|backup|mnemonic)(?:[ -](?:phrase|code|word)s?)\b[^\n:=]{0,20}?"
    r"(?:[:=]|[ ](?:is|are)\b)[ ]?(?!\s{0,3}\[secret\])(?P<value>[^\n]{3,400})"
)
_DIGIT: Final = r"(?:zero|oh?|one|two|three|four|five|six|seven|eight|nine|double|triple)"
_PIN: Final = (
    r"\bpin\b(?:[^\d\n]{0,15}|(?:[ ]\w{1,8})?[ ](?:for|of|to|on)[ ][^\d\n.!?]{1,40}?"
    r"[ ]?(?:[:=]|\bis\b)[ ]?)(?P<value>\d{4,8})\b"
    rf"|\bpin\b[^\d\n.!?]{{0,40}}?\b(?P<words>{_DIGIT}(?:[ ,-]{{1,2}}{_DIGIT}){{3,8}})\b"
    r"|\bcombination (?:of|for|to) [^\n.!?\d]{0,20}\b(?:safe|vault|lock|padlock)\b[^\d\n]{0,8}"
    r"(?P<dial>\d{1,6}(?:[ -]\d{1,6}){0,5})"
)
_DEEDS: Final = (
    r"\b(?:log|sign)(?:s|ged|ned|ging|ning)?[ -]?(?:in|on|into)\b[^\n.!?]{0,60}?"
    r"\b(?:with|using|by typing|as)[ ]"
    r"|\blog-?in\b[^\n.!?:=]{0,20}[:=][ ]?"
    r"|\b(?:unlock|disarm|decrypt)\w{0,3}\b[^\n.!?]{0,50}?\b(?:with|using|types?|enters?)[ ]"
    r"|\bbearer[ ]{1,2}|[ ]-u[ ]?[^\s:]{1,64}:"
)
_PAIRS: Final = (
    r"\b(?:credentials?|creds|log-?ins?|accounts?|users?(?:names?)?(?: and pass\w{0,6})?)\b"
    r"[^\n.!?]{0,40}?(?:[ ](?:are|is|was)|[:=])[ ]?[^\s:/]{1,64}?(?:[ ]?[:/|][ ]?|[ ]and[ ])"
    r"|\bwi-?fi\b[^\n:=]{0,12}[:=][ ]?[^\s:/|]{1,40}[ ]?[/|:][ ]?"
    r"|(?<![\w.%+-])[\w.%+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}[ ]?[/|:][ ]?"
)
_CREDENTIALS: Final = (
    r"\b(?:credentials?|creds|log-?in (?:details|data))\b[^\n.!?:=]{0,40}?(?:[ ](?:are|is)|[:=])[ ]?"
    r"[^\s:/]{1,64}[:/](?P<value>[^\s:/][^\s]{2,256})"
)
_CHANGED: Final = (
    r"\b(?:chang|reset|set|updat|switch)\w{0,4}[ ](?:\w{1,12}[ ]){0,3}?(?:"
    rf"{ENGLISH.secrets})\b(?:[ ](?:for|of|on|in)[ ][^\n.:=]{{1,30}}?)?"
    r"(?:[ ]from[ ](?P<old>\S{1,128}))?[ ]to[ ](?:be[ ])?"
)
_USED_AS: Final = (
    r"\b(?:us(?:e|ed|es|ing)|have|set|chose|picked)[ ](?P<value>[^\s]{3,256})[ ]as[ ]"
    rf"(?:(?:my|the|a|our|his|her|their)[ ])?(?:\w{{1,15}}[ ]){{0,2}}?(?:{ENGLISH.secrets})\b"
)
_UNLOCKS: Final = r"(?<!\S)(?P<value>\S{3,256})[ ](?:unlocks?|opens?)[ ](?:my|the|our)[ ]"


def secret_spans(text: str) -> Iterator[Span]:
    """Where secrets stand in a plain text; they may overlap."""
    small = text.lower()
    yield from _grouped(_OWN_FORMS, text, flags=re.NOFLAG)
    yield from _generated(text)
    if "://" in text or "=" in text:
        yield from _grouped(_IN_ADDRESSES, text)
    if "seed" in small or "recover" in small or "backup" in small or "mnemonic" in small:
        yield from _grouped(_WALLET, text)
    if "pin" in small or "combination" in small:
        yield from _grouped(_PIN, text)
    if "cred" in small or "log" in small:
        yield from _grouped(_CREDENTIALS, text)
    yield from _odd_after(_DEEDS, text)
    yield from _odd_after(_PAIRS, text)
    for tongue in spoken(small):
        yield from _stated(tongue, text)
        yield from _stated_before(tongue, text)
        if tongue is ENGLISH:
            yield from _done(text)


def spoken(small: str) -> Iterator[Tongue]:
    """The languages in which a text, in lower case, may speak of a secret."""
    return (tongue for tongue in TONGUES if any(hint in small for hint in tongue.hints))


def name_in(tongue: Tongue) -> str:
    """Its names of secrets, and not of what belongs to one, as a regular expression."""
    if not tongue.is_spaced:
        return rf"(?:{tongue.secrets})"
    return rf"(?<![^\W_])(?:{tongue.secrets})(?![^\W_])(?!{THINGS_OF_SECRETS})"


def _grouped(pattern: str, text: str, *, flags: re.RegexFlag = _FLAGS) -> Iterator[Span]:
    """What a group caught, or the whole of it."""
    for match in re.finditer(pattern, text, flags):
        group = match.lastgroup or 0
        yield match.span(group)


def _generated(text: str) -> Iterator[Span]:
    for match in re.finditer(r"\S{8,256}", text):
        start, end = _stripped(text, *match.span())
        if looks_generated(text[start:end]):
            yield start, end


def _odd_after(pattern: str, text: str) -> Iterator[Span]:
    for match in re.finditer(pattern, text, _FLAGS):
        span = _token_at(text, match.end())
        if span and looks_odd(text[slice(*span)]):
            yield span


def _stated(tongue: Tongue, text: str) -> Iterator[Span]:
    """The name, and then what it is: `my password is …`, `password: …`, or on the next line."""
    aside = (
        rf"(?:[ ](?:{PREPOSITIONS})[ ][^\n.:=!?]{{1,40}}?|[ ](?:{tongue.own})"
        rf"|[ ]\([^()\n]{{1,30}}\)|,[^\n.:=!?]{{1,40}}(?=[:=])|,)"
    )
    verb = rf"[ ]{{1,2}}(?:{tongue.means}|is|was)(?![^\W_])[ ]?:?"
    if not tongue.is_spaced:
        aside, verb = r"(?:[^\n.:=!?。、]{1,12}?)", rf"[ ]?(?:{tongue.means}|is)"
    bare = rf"|(?P<bare>[ ](?!(?:{tongue.own})\b))" if tongue.is_bare else ""
    ends = r"|(?P<line>[ ]?[?？]?[ ]?(?=\n))"
    head = rf"{name_in(tongue)}[\"'`*_]{{0,2}}{aside}{{0,2}}?(?:(?P<sign>{_SIGN})|{verb}{bare}{ends})\s{{0,4}}"
    for match in re.finditer(head, text, _FLAGS):
        span = _value_at(tongue, text, match)
        if span is not None:
            yield span


def _value_at(tongue: Tongue, text: str, match: re.Match[str]) -> Span | None:
    groups: Mapping[str, str | None] = match.groupdict()
    span = _token_at(text, match.end(), ascii_only=not tongue.is_spaced)
    if span is None:
        return None
    after_sign = match[0].rstrip().endswith((":", "="))
    if says_nothing(text[slice(*span)]) and not _begins_phrase(text, span, after_sign=after_sign):
        return None
    is_odd = looks_odd(text[slice(*span)])
    if (tongue.is_ambiguous or groups.get("bare")) and not is_odd:
        return None
    if "\n" in match[0]:
        return span if is_odd or _is_alone(text, match.start(), span) else None
    start, end = _whole_phrase(text, span) if tongue.is_spaced else span
    return (start, end) if end - start >= _MIN_CHARS else None


def _is_alone(text: str, name: int, value: Span) -> bool:
    """Whether the value is all that stands on its line, and the line before says little more."""
    line = text[text.rfind("\n", 0, name) + 1 : name]
    after = text[value[1] : value[1] + 4].split("\n", 1)[0]
    return len(line.split()) <= 2 and not after.strip(_TRAILING + " \t")


def _stated_before(tongue: Tongue, text: str) -> Iterator[Span]:
    """What it is, and then the name: `… is my password`, `… <- wifi password`."""
    if not tongue.is_spaced:
        pattern = rf"(?<![!-~])(?P<value>[!-~]{{4,256}})[ ]?(?:{tongue.means})[^\s。、]{{0,8}}?"
    else:
        pattern = (
            rf"(?<!\S)(?P<value>\S{{3,256}})(?:[ ]{tongue.means}[ ]|[ ](?:<-+|←|=)[ ])"
            r"(?:[^\W\d_]{1,12}[ ]){0,3}?"
        )
    for match in re.finditer(pattern + name_in(tongue), text, _FLAGS):
        start, end = _stripped(text, *match.span("value"))
        if looks_odd(text[start:end]) or (tongue is ENGLISH and _is_told(text, start, match)):
            yield start, end


def _is_told(text: str, start: int, match: re.Match[str]) -> bool:
    """Whether a word begins a statement of what the password is: `Remember that sunshine is my …`."""
    word = match["value"].lower()
    before = text[max(0, start - 12) : start].rstrip().lower()
    of_mine = re.search(r" (?:my|our|his|her|their) (?:\w+ )?\S+$", match[0], _FLAGS)
    begins = not before or before.endswith((" that", ":", ".", "\n", "remember"))
    return of_mine is not None and begins and word not in NO_VALUE and len(word) > _MIN_CHARS


def _done(text: str) -> Iterator[Span]:
    for match in re.finditer(_CHANGED, text, _FLAGS):
        if match["old"] and looks_odd(match["old"]):
            yield match.span("old")
        span = _token_at(text, match.end())
        if span and (looks_odd(text[slice(*span)]) or _ends_clause(text, span)):
            yield span
    for match in re.finditer(_USED_AS, text, _FLAGS):
        if not says_nothing(match["value"]):
            yield match.span("value")
    for match in re.finditer(_UNLOCKS, text, _FLAGS):
        if looks_odd(match["value"]):
            yield match.span("value")


def _ends_clause(text: str, span: Span) -> bool:
    word = text[slice(*span)]
    return (
        len(word) >= _MIN_CHARS and not says_nothing(word) and _END.match(text, span[1]) is not None
    )


def _token_at(text: str, position: int, *, ascii_only: bool = False) -> Span | None:
    """The word that begins there, without quotes and what ends a sentence."""
    match = (_ASCII if ascii_only else _TOKEN).match(text, position)
    if match is None:
        return None
    start, end = _stripped(text, *match.span("value"))
    return (start, end) if start < end else None


def _stripped(text: str, start: int, end: int) -> Span:
    while start < end and text[start] in "\"'`(“‘*_":
        start += 1
    while end > start and text[end - 1] in _TRAILING + '"”':
        end -= 1
    return start, end


def _begins_phrase(text: str, span: Span, *, after_sign: bool) -> bool:
    """Whether `correct` goes on with words that only a passphrase has in a row.

    After a colon any words may be one: `my password is: my dog is called Rex`.
    """
    words = text[slice(*_whole_phrase(text, span))].split()
    is_long = len(words) >= _MIN_PHRASE_WORDS
    return is_long and (after_sign or not any(map(says_nothing, words[1:])))


def _whole_phrase(text: str, span: Span) -> Span:
    """With the words after it, when its first word is one: up to the end of the clause."""
    start, end = span
    if not text[start:end].replace("-", "").isalpha():
        return span
    limit = min(len(text), end + _MAX_PASSPHRASE_CHARS)
    found = _CLAUSE_END.search(text, end, limit)
    return start, found.start() if found else limit
