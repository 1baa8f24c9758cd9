"""What is no English is known as such; English with names, code and quotes in it is English."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from agent_service.skills.bundled.language import is_english
from llm_service.functions import FUNCTIONS
from llm_service.functions.function import put_in
from llm_service.functions.requests import load_unknown_requests

_UTTERANCES = Path(__file__).parents[5] / "agent_service/router/data/train.jsonl"


@pytest.mark.parametrize(
    "text",
    [
        "Bonjour, comment ça va ?",
        "Quelle heure est-il à Paris ?",
        "écris une fonction qui trie une liste",
        "Qui es-tu ?",
        "Raconte-moi une blague",
        "merci beaucoup",
        "Quelles versions de Python aiosqlite supporte-t-il ?",
        "Guten Morgen, wie geht es dir?",
        "Wie spät ist es in Tokio?",
        "schreibe eine Funktion, die zwei Zahlen addiert",
        "Erzähl mir einen Witz",
        "Was steht in der Datei notes.txt?",
        "Lies notes.txt vor und zeige mir den Inhalt",
        "Hallo, wer bist du?",
        "Danke dir",
        "Hola, ¿cómo estás?",
        "¿Qué hora es en Madrid?",
        "escribe una función que ordene una lista",
        "¿Quién eres?",
        "muéstrame los archivos",
        "buenos días",
        "Olá, tudo bem?",
        "que horas são em Lisboa?",
        "escreva uma função que some dois números",
        "Ciao, come stai?",
        "che ore sono a Roma?",
        "scrivi una funzione che ordina una lista",
        "Hoe laat is het in Amsterdam?",
        "schrijf een functie die twee getallen optelt",
        "goedemorgen, hoe gaat het?",
        "Hej, hur mår du?",
        "vad är klockan i Stockholm?",
        "skriv en funktion som sorterar en lista",
        "Hvad er klokken?",
        "Która jest godzina w Warszawie?",
        "napisz funkcję, która sortuje listę",
        "cześć, jak się masz?",
        "Kolik je hodin v Praze?",
        "Merhaba, nasılsın?",
        "İstanbul'da saat kaç?",
        "bir listeyi sıralayan bir fonksiyon yaz",
        "Mitä kello on Helsingissä?",
        "Hány óra van Budapesten?",
        "bună, ce mai faci?",
        "apa kabar? jam berapa sekarang di Jakarta?",
        "xin chào, bạn là ai?",
        "你好，你是谁？",
        "现在东京几点？",
        "写一个函数来反转列表",
        "こんにちは、元気ですか",
        "今何時ですか",
        "안녕하세요, 지금 몇 시예요?",
        "Привет, как дела?",
        "Который час в Москве?",
        "напиши функцию, которая сортирует список",
        "Яка зараз година?",
        "مرحبا، كيف حالك؟",
        "كم الساعة الآن؟",
        "שלום, מה השעה?",
        "नमस्ते, आप कैसे हैं?",
        "สวัสดีครับ",
        "Γεια σου, τι κάνεις;",
        "Write a function, s'il vous plaît, qui trie une liste de mots",
        "mesh, quelle heure est-il ?",
        "append_line ist was genau?",
    ],
)
def test_other_languages(text: str) -> None:
    assert not is_english(text)


@pytest.mark.parametrize(
    "text",
    [
        "append 买牛奶 to todo.txt",
        "reverse the string '你好'",
        "write 'bonjour le monde' to a.txt",
        'search for "où est la gare" in notes',
        'translate "guten Tag" to English',
        "what does naïve mean",
        "what is the meaning of déjà vu?",
        "time in São Paulo",
        "time in Zürich please",
        "who wrote Les Misérables?",
        "is Das Kapital in my notes?",
        "fizzbuzz",
        "dijkstra",
        "quicksort",
        "café",
        "λ calculus",
        "write Σ(x) as a function",
        "find müller in contacts.txt",
        "def der(el, la): return el",
        "ls -l",
        "grep -r foo .",
        "3 + 4",
        "?",
        "",
        "I am in Aix-en-Provence, what time is it?",
    ],
)
def test_english_with_other_things_in_it(text: str) -> None:
    assert is_english(text)


def test_of_twenty_thousand_english_requests_hardly_one_is_taken_for_another_language() -> None:
    wordings = [
        put_in(wording, function.constants[0] if function.constants else {})
        for function in FUNCTIONS
        for wording in function.wordings
    ]
    lines = _UTTERANCES.read_text(encoding="utf-8").splitlines()
    texts = [*wordings, *load_unknown_requests(), *(json.loads(line)["text"] for line in lines)]
    # A few are in German or greet in other languages.
    assert sum(not is_english(text) for text in texts) <= len(texts) / 2000
