"""Words in what people wrote."""

from time import process_time

import pytest

from syncd.checks.word_rules import Place, WordMatcher, WordRule
from syncd.model.richtext import Doc, Paragraph, Text
from tests.checks.contexts import item


def found(text: str, *words: str, unless: tuple[str, ...] = ()) -> list[str]:
    rule = WordRule("theme", "Because.", words, unless=unless)
    return [match.words for match in WordMatcher((rule,)).matches(item(title=text))]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("New landing page for spring", "landing page", id="as it is"),
        pytest.param("LANDING PAGE", "landing page", id="any case"),
        pytest.param("Landing-Page", "landing page", id="a hyphen for a blank"),
        pytest.param("landing_page", "landing page", id="a label's underscore"),
        pytest.param("landing  page", "landing page", id="two blanks"),
        pytest.param("(landing page)", "landing page", id="in brackets"),
        pytest.param("Straße", "strasse", id="sharp s"),
        pytest.param("Prüfung", "Pruefung", id="umlaut, written out in the rule"),
        pytest.param("Pruefung", "Prüfung", id="umlaut, written out in the text"),
        pytest.param("Pru\u0308fung", "Prüfung", id="umlaut in two characters"),
        pytest.param("café", "cafe", id="an accent"),
        pytest.param("Anmeldeformulare", "*formular*", id="a compound and a plural"),
        pytest.param("Formular", "*formular*", id="* is also nothing"),
        pytest.param("Weiterleitungen", "Weiterleitung*", id="an ending"),
        pytest.param("E-Mail-Template", "e-mail template", id="hyphens in the phrase"),
        pytest.param("404-Seite", "404", id="a number"),
    ],
)
def test_a_word_is_found_however_it_is_spelt(text: str, words: str) -> None:
    assert len(found(text, words)) == 1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("platform", "form", id="inside another word"),
        pytest.param("formal", "form", id="at the start of another word"),
        pytest.param("Prüfungen", "Prüfung", id="umlaut word with an ending"),
        pytest.param("We are landing. Page two follows", "landing page", id="over the end of a sentence"),
        pytest.param("landing\npage", "landing page", id="over the end of a line"),
        pytest.param("see https://example.com/form/1", "form", id="in an address"),
        pytest.param("ask form@example.com", "form", id="in a mail address"),
        pytest.param("www.example.com/form", "form", id="in a bare address"),
        pytest.param("landing", "landing page", id="half of it"),
        pytest.param("", "form", id="in nothing"),
    ],
)
def test_what_is_not_the_word_is_not_found(text: str, words: str) -> None:
    assert found(text, words) == []


def test_the_words_are_quoted_as_they_were_written() -> None:
    assert found("Das neue ANMELDE-Formular, bitte", "anmelde formular") == ["ANMELDE-Formular"]
    assert found("Die Übersicht für Größen", "uebersicht", "groessen") == ["Übersicht", "Größen"]


def test_each_spelling_is_quoted_once_and_the_longest_find_wins() -> None:
    assert found("Sign-up form, sign-up form", "form", "sign-up form") == ["Sign-up form"]


def test_words_do_not_count_in_phrases_that_mean_something_else() -> None:
    assert found("A public domain picture", "domain", unless=("public domain",)) == []
    assert found("A public domain picture on a new domain", "domain", unless=("public domain",)) == ["domain"]


def test_words_count_only_in_their_places() -> None:
    rule = WordRule("form", "Because.", ("form",), places=frozenset({Place.TITLE, Place.LABELS}))
    matcher = WordMatcher((rule,))
    body = Doc((Paragraph((Text("a form"),)),))
    assert matcher.matches(item(title="x", description=body)) == ()
    assert [m.place for m in matcher.matches(item(title="x", labels=frozenset({"web", "Form"})))] == [Place.LABELS]


def test_title_labels_section_and_description_are_read_in_this_order() -> None:
    rule = WordRule("words", "Because.", ("one", "two", "three", "four"))
    body = Doc.from_text("four")
    context = item(title="one", labels=frozenset({"two"}), status="three", description=body)
    assert [match.words for match in WordMatcher((rule,)).matches(context)] == ["one", "two", "three", "four"]


def test_a_description_in_plain_text_is_read_too() -> None:
    rule = WordRule("words", "Because.", ("four",))
    assert len(WordMatcher((rule,)).matches(item(title="x", description="three\nfour"))) == 1


def test_fields_that_are_empty_or_unknown_say_nothing() -> None:
    assert WordMatcher((WordRule("w", "r", ("x",)),)).matches(item(description=None, labels=frozenset())) == ()


@pytest.mark.parametrize("phrase", ["", "  ", "*", "--"])
def test_a_phrase_without_a_word_is_refused(phrase: str) -> None:
    with pytest.raises(ValueError, match="no word"):
        WordRule("theme", "reason", (phrase,))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("@" * 40_000, id="signs of an address"),
        pytest.param("QUJD" * 10_000, id="bytes as text"),
        pytest.param("landing" + " " * 40_000 + "\npage", id="blanks"),
        pytest.param("landing page " * 4_000, id="the same words over and over"),
    ],
)
def test_what_people_paste_is_read_within_a_moment(text: str) -> None:
    rule = WordRule("page", "It is a page.", ("landing page", "landing", "page"), unless=("page view",))
    began_s = process_time()
    WordMatcher((rule,)).matches(item(description=text))
    assert process_time() - began_s < 2
