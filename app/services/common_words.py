"""Words that a text can share with any other: they do not tell where a sentence comes from.

Words of grammar in the languages that are spoken most, and in English those that memories and
answers are put in. No names, no numbers, and nothing that somebody might want to be forgotten.
"""

# ruff: noqa: RUF001 - words of other alphabets look like Latin ones

from typing import Final

from app.services.lexicon import folded

_ENGLISH: Final = """
user assistant someone somebody something anyone anything everyone everything nothing nobody one two
be have do get give make take come go put keep let say tell ask answer talk speak mention call name
know think feel see look hear find show mean seem need want wish hope like love enjoy prefer live
stay work use try help start begin stop end finish happen become turn bring leave move remember
forget remind note record store save share recall learn understand explain describe believe guess
suppose consider decide plan agree thank please welcome sorry sure yes okay hello hi hey bye
good great nice fine lovely wonderful bad well better best new old big small little large long
short high low right wrong true false real really very quite also still already yet again ever never
always often sometimes usually maybe perhaps probably likely certainly course indeed just only even
today tomorrow yesterday now then later soon before ago once day week month year time moment morning
evening night thing things way lot lots bit kind sort part place people person case fact point
question idea detail details information message conversation chat memory memories reason example
last next first second other another same different many much more most less few several every
each such own able here there where when how why what which who whom whose this that these those
may might must can could shall should will would ain't gonna got me my you your yours he him his she
her hers it its we us our they them their i'm i've i'd you're you've it's that's there's let's
interested interesting called named based currently recently actually anything's away back
around about along across behind beside besides toward towards within without upon since though
although however therefore whether either neither both else instead otherwise per via etc
"""

_OTHERS: Final = """
der die das den dem des ein eine einen einem einer eines und oder aber nicht kein keine ich du er sie
es wir ihr mich dich ihn uns euch mir dir ihm mein meine meinen meiner dein deine deinen sein seine
seinen ihre ihren unser unsere ist sind war waren bin bist hat haben habe hatte wird werden wurde
auch noch schon sehr mit von zu zum zur im am auf aus bei nach seit für über unter vor durch gegen
ohne um als wie wenn dass weil ob wo was wer wann warum hier dort da dann jetzt heute ja nein mehr
heißt heisst wohnt wohne lebt lebe mag gern gerne nutzer nutzerin benutzer benutzerin
le la les un une des du de et ou mais ne pas je tu il elle on nous vous ils elles me te se lui leur
mon ma mes ton ta tes son sa ses notre votre leurs est sont était suis es ai as avons avez ont être
avoir que qui quoi où quand comment dans sur sous avec pour par sans chez très plus aussi encore
bien ce cet cette ces cela ça oui non habite appelle aime utilisateur utilisatrice
el los las unos unas y o pero no yo tú él ella nosotros ellos ellas mi mis tu tus su sus nuestro
nuestra es son era soy eres está están estoy he ha han hay ser estar tener tiene tengo que quien
cuando donde dónde como cómo en con por para sin sobre muy más también ya del al lo le se esto esta
este eso esa ese sí vive vivo llama gusta usuario usuaria
il lo gli uno ed ma non io lui lei noi voi loro mio mia tuo tua suo sua nostro è sono era sei siamo
ho hai abbiamo hanno essere avere che chi cosa dove quando come di da in con su per tra fra molto
più anche già del della dei delle nel nella al alla questo questa quello quella sì chiama piace
utente os um uma e não eu ele eles meu minha teu seu sua nosso são era sou és foi tem tenho ter que
quem onde quando como em no na nos nas com por para sem sobre muito mais também já do da dos das ao
isto este esta isso sim mora moro chama gosta usuário
de het een en of maar niet geen ik jij je hij zij ze wij we jullie mij jou hem haar ons hun mijn jouw
zijn is was waren ben bent heeft hebben heb had wordt worden ook nog al zeer met van te tot in op aan
uit bij naar voor over onder door om als dan dat die wat wie waar wanneer hoe hier daar nu ja nee
woont woon heet houdt gebruiker i a ale nie ja ty on ona my wy oni mój moja twój jej jego jest są był
była było mam masz ma mieć być że co kto gdzie kiedy jak w we na z ze do od po za przez dla się to ten
ta tak też już bardzo mieszka nazywa lubi użytkownik och att det som en ett är var jag du han hon vi
de mig dig min mitt din sin inte på av för med till från om har hade kan ska vill heter bor
и в во не что он на я с со как а то все она так его но да ты к у же вы за бы по ее мне было вот от
меня еще нет о из ему ли если или ни быть был была были до вас уже вам там мой моя мои твой ваш наш
это этот эта мы они их где когда кто есть для очень тоже живет живёт зовут любит пользователь
bir ve bu da de için ile ben sen o biz siz çok ne ama değil var yok mi mu evet hayır kullanıcı
"""

_UNSPACED: Final = """的了是我你他她它在有和不也就都很这那个们吗呢吧啊么什与及或但要会能可以到去说叫被把对从让给得着过
のはがをにでとへもやかねよだですまるたてなさしいうえおあれらりこそんっ"""

COMMON_CHARACTERS: Final = frozenset(folded(_UNSPACED))
"""Of Chinese grammar, and of Japanese endings: two of them side by side say nothing."""

_ENDINGS: Final = ("", "s", "es", "ed", "d", "ing", "'s")


def _inflected(word: str) -> list[str]:
    return [word + end for end in _ENDINGS] + ([word[:-1] + "ing"] if word.endswith("e") else [])


COMMON_WORDS: Final = frozenset(
    [form for word in _ENGLISH.split() for form in _inflected(word)] + folded(_OTHERS).split()
)
