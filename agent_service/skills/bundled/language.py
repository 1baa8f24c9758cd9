"""Tells whether a request is in English, the one language of the bundled model."""

from __future__ import annotations

import re
import unicodedata

from agent_service.skills.bundled.copying.spans import quoted, without, word_set

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_AROUND = ".,;:!?…¿¡\"'«»()"
# Within a word: code, paths and names of files are in no language.
_NO_PROSE = frozenset("_/\\.=<>{}[]()0123456789")
# What an English request is held together by, and what it asks for.
_ENGLISH = word_set(
    "a an the of to in on at by for from with without and or but if then than that this"
    " these those is are was were be been being am do does did done have has had will would"
    " can could should shall may might must not no yes it its it's he she they them their"
    " there here i i'm i'd i've you your we us our my me what what's which who whom whose"
    " when where why how all any both each every some many much more most other another such"
    " only same so too very just into over under between after before until while because"
    " about against out up down off again please thanks thank hello hi hey good bye goodbye"
    " write make create give get show tell list read find search run add append put save"
    " open explain describe compute calculate convert count check def return returns takes take"
    " sort reverse remove split join implement build help need want like let use using"
    " translate english explained meaning function class code program script file files"
    " folder text string number numbers time date today word words value values first last"
    " one two three new as well also now moin ciao hallo"
)
# Words of grammar and greeting of other languages that are no English words.
_OTHERS = (
    word_set(
        # French
        "le les une des du au aux et est sont êtes suis es je tu il elle nous vous ils"
        " elles ce cette ces qui que quoi quel quelle quels quelles où quand pourquoi"
        " combien dans avec sans sur pour par pas ne plus très bien bonjour salut merci"
        " bonsoir s'il plaît ça c'est j'ai qu'est est-ce d'une d'un l'heure fonction écris"
        " écrire donne fichier mon ma mes ton ta tes son sa leur peux peut fais faire dis"
        " moi toi heure"
        # German
        " der das den dem ein eine einen einem einer eines und oder nicht ist sind bin bist"
        " sein hat habe haben ich du er sie wir ihr mich mir dich dir was wer wie wo wann"
        " warum welche welcher welches wieviel viel mit ohne auf für von vom zu zum zur bei"
        " nach über unter zwischen auch noch schon bitte danke hallo guten morgen abend tag"
        " wird werden kann kannst können schreibe schreib zeige zeig gib mach steht datei"
        " dateien alle keine kein heute uhr spät funktion liste zahl zahlen geht dass wenn"
        # Spanish, Portuguese, Italian
        " el los las una unos unas del al y o está están eres soy yo él ella nosotros"
        " ustedes usted que qué quién cuál cuándo dónde cómo cuánto por para con sin muy más"
        " hola gracias buenos buenas días tardes noches favor hora hoy escribe muestra dame"
        " archivo función lista números um uma uns umas os dos das nos não sim é são você eu"
        " ele ela nós quem qual quando onde como quanto porque com sem muito mais olá"
        " obrigado obrigada bom boa dia noite escreva mostre função arquivo lo gli di che"
        " chi cosa quale dove perché sono sei è siamo tutti ciao grazie buongiorno buonasera"
        " scrivi mostra funzione della dei delle nel nella uno questo stai come questa sta"
        " va"
        # Dutch, Danish, Norwegian, Swedish
        " het een van voor zonder niet ook nog wie waar wanneer waarom hoe welke ik jij je"
        " hij zij wij jullie zijn ben heeft hebben goedemorgen hallo dank alstublieft"
        " schrijf geef laat hoeveel deze och att det som för med inte jag är har kan ska vad"
        " vem hur varför när hej tack god snälla skriv visa ett ikke jeg er hvad hvem hvor"
        " hvorfor hvornår og af til på fra hva hvordan takk"
        # Polish, Czech, Turkish, Finnish, Hungarian, Romanian, Indonesian, Vietnamese
        " jest nie się i w na do z że co kto gdzie kiedy jak dlaczego która godzina cześć"
        " dzień dobry dziękuję proszę napisz pokaż je není se že kde kdy proč kolik dobrý"
        " den děkuji prosím napiš ve bir bu ne kim nerede nasıl neden kaç mı mi için ile"
        " değil merhaba teşekkür lütfen saat yaz ja on ei mitä kuka missä milloin miten"
        " miksi kiitos hei huomenta kello paljonko az egy és nem hogy ki hol mikor miért"
        " hány óra szia köszönöm kérem și este nu ce cine unde când cum bună mulțumesc vă"
        " rog scrie apa siapa dimana kapan bagaimana mengapa berapa yang dan untuk dari"
        " dengan tidak ini itu terima kasih tolong selamat pagi jam xin chào là gì bao nhiêu"
        " của và không có một cho tôi bạn giờ"
    )
    - _ENGLISH
    - word_set("i o on do z w mi se je ki er ne jam bin sei va sta plus tag von dir yo det il y x")
)
_FEWEST_LETTERS = 2
_MOST_CHARACTERS = 2000  # the beginning tells


def is_english(text: str) -> bool:
    """Say whether ``text`` is an English request, as far as its words tell.

    What is in quotes, code and names of files count for nothing. In doubt it is English: a request
    of names alone ("fizzbuzz", "dijkstra") is in every language.
    """
    text = text[:_MOST_CHARACTERS]
    if text.isascii() and _OTHERS.isdisjoint(_WORD.findall(text.lower())):
        return True
    tokens = (token.strip(_AROUND) for token in without(text, quoted(text)).split())
    prose = " ".join(token for token in tokens if _NO_PROSE.isdisjoint(token))
    written = _WORD.findall(prose)
    english = sum(word.lower().replace("’", "'") in _ENGLISH for word in written)
    if not english and _other_script(prose):
        return False
    # A capital within a sentence begins a name: "who wrote Les Misérables" is English.
    plain = [word.lower() for at, word in enumerate(written) if at == 0 or not word[0].isupper()]
    others = sum(word.replace("’", "'") in _OTHERS for word in plain)
    marked = sum(not word.isascii() and word not in _OTHERS for word in plain)
    return others == 0 or 2 * others + marked < 2 * english


def _other_script(prose: str) -> bool:
    """Say whether most letters are of another script than the Latin one."""
    letters = [each for each in prose if each.isalpha()]
    other = [each for each in letters if not unicodedata.name(each, "").startswith("LATIN")]
    return len(other) >= _FEWEST_LETTERS and 2 * len(other) > len(letters)
