"""Random letters, and languages of no document, are told apart from questions that are only not answered."""

from __future__ import annotations

from dataclasses import replace

import pytest

from generation.refusal.unclear import other_language, unclear
from tests.generation.doubles import passage

ENGLISH = replace(passage("The router has a reset button. Its part number is QWER."), language="en")
GERMAN = replace(passage("Der Router hat eine Taste."), language="de")
RUSSIAN = replace(passage("Нажмите кнопку."), language="ru")


@pytest.mark.parametrize("question", ["asdf qwer", "asdfgh", "the zzzzz", "lkjh", "ASDF", "the qwerty asdf"])
def test_random_letters_are_not_a_question(question: str) -> None:
    refusal = unclear(question, [replace(ENGLISH, text="The router has a button.")])
    assert refusal is not None
    assert refusal.code == "question_unclear"


@pytest.mark.parametrize(
    "question",
    [
        "property",
        "html xml",
        "zeppelin",
        "poverty liberty",
        "asdf router",
        "qwer",
        "brrr",
        "plpgsql",
        "grdctl",
        "Werte",
        "Hertz",
    ],
)
def test_words_and_letters_of_a_document_are_a_question(question: str) -> None:
    assert unclear(question, [ENGLISH]) is None


@pytest.mark.parametrize(
    ("question", "written"),
    [
        ("Wie lange muss ich die Taste gedrückt halten?", "in German"),
        ("Comment est-ce que je réinitialise le routeur ?", "in French"),
        ("¿Cómo puedo restablecer el router?", "in Spanish"),
        ("Come posso ripristinare il router?", "in Italian"),
        ("Como posso repor o router?", "in Portuguese"),
        ("Hoe kan ik de router resetten?", "in Dutch"),
        ("Jak mogę zresetować router?", "in Polish"),
        ("Как сбросить роутер?", "in Cyrillic letters"),
        ("如何重置路由器", "in Chinese characters"),
        ("ルーターをリセットするには", "in Japanese"),
        ("كيف أعيد ضبط الموجه؟", "in Arabic letters"),
    ],
)
def test_a_question_in_a_language_of_no_document_is_refused(question: str, written: str) -> None:
    assert other_language(question, [ENGLISH]) == written
    refusal = unclear(question, [ENGLISH])
    assert refusal is not None
    assert (
        refusal.message
        == f"The question seems to be {written}, the documents found are not. Please ask in their language."
    )


@pytest.mark.parametrize(
    "question",
    [
        "How do I reset the router?",
        "Reset",
        "Who was der Kaiser?",
        "Does the el-train stop here?",
        "12 34",
        "reset am router",
        "Cum resetez routerul la setările din fabrică?",
    ],
)
def test_english_is_not_taken_for_another(question: str) -> None:
    assert other_language(question, [ENGLISH]) is None


def test_a_language_of_a_document_is_accepted() -> None:
    assert other_language("Wie lange muss ich die Taste halten?", [ENGLISH, GERMAN]) is None
    assert other_language("Как сбросить роутер?", [ENGLISH, RUSSIAN]) is None


def test_documents_of_unknown_language_refuse_no_language() -> None:
    assert other_language("Wie lange muss ich die Taste halten?", [replace(ENGLISH, language=None)]) is None
