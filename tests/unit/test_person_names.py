"""When two typed names are one person's: what people vary without meaning anything by it, and what they do not."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from eb_sync.model.names import normalise_person_name, share_a_word, telling_words

APOSTROPHES = "'’‘‛ʼ`´′‵ʹʻʽ＇｀"  # noqa: RUF001 - which of them it is does not matter: that is the point
HYPHENS = "-\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u00ad\u200b\u200c\u200d\u2060\ufeff \u00a0\u2009\u202f\t"
EQUAL = (
    ("Ann O'Brien", "ann OBRIEN"),
    ("Ann O' Brien", "Ann O'Brien"),
    ("d\u2019 Arcy", "D'Arcy"),
    ("Ann  Smith", " ann smith "),
    ("Anne - Marie Smith", "Anne-Marie Smith"),
    ("Zoë Brontë", "Zoe Bronte"),
    ("Zoe\u0308 Bronte\u0308", "Zoë Brontë"),
    ("Łukasz Wałęsa", "Lukasz Walesa"),
    ("Søren Đorđe", "Soren Dorde"),
    ("Ægir Weiß", "aegir WEISS"),
    ("I\u015f\u0131l \u0130nan", "isil inan"),
    ("Mrs Ann Smith", "Ann Smith"),
    ("MRS. Ann Smith", "Ann Smith"),
    ("Mrs.Ann Smith", "Ann Smith"),
    ("Prof. Dr. Ann Smith", "Ann Smith"),
    ("Revd Ann Smith", "Reverend Ann Smith"),
    ("Sr Ann Smith", "Fr. Ann Smith"),
    ("Smith, Ann", "Ann Smith"),
    ("SMITH,ann", "Ann Smith"),
    ("Smith\uff0c Ann", "Ann Smith"),
    ("Smith, Mrs Ann", "Ann Smith"),
    ("Mrs Smith, Ann", "Ann Smith"),
    ("Smith, Ann, Mrs", "Ann Smith"),
    ("Smith, Mrs", "Mrs Smith"),
    ("Ann Smith,", "Ann Smith"),
    (", Ann Smith", "Ann Smith"),
    ("Ann Smith, BSc", "Ann Smith"),
    ("Ann Smith, BEd (Hons), PGCE", "Ann Smith"),
    ("Smith, Ann, MA", "Ann Smith"),
    ("Lord, Jack", "Jack Lord"),
    ("Mr. Lord", "Lord, Mr"),
    ("De la Cruz, Maria Jose", "María José de la Cruz"),
)
DIFFERENT = (
    ("Anne Marie", "AnneMarie"),
    ("Ann Smith", "Smith Ann"),
    ("Ann Smith", "Annie Smith"),
    ("Ann Smith", "Ann M. Smith"),
    ("Ann Smith", "Ann Smythe"),
    ("Smith, Ma", "Smith"),
    ("Li, Ma", "Li"),
    ("Dean Smith", "Smith"),
    ("King Smith", "Smith"),
    ("Jack Lord", "Jack"),
    ("Mr Khan", "Mrs Khan"),
    ("Khan", "Mrs Khan"),
    ("Miss", "Mrs"),
    ("Miss", ""),
    ("Dr", ""),
    ("Mr and Mrs Smith", "Mrs Smith"),
    ("\u6bdb, \u4e00", "\u6bdb"),
)


@pytest.mark.parametrize("apostrophe", APOSTROPHES)
def test_every_kind_of_apostrophe_is_none(apostrophe: str) -> None:
    assert normalise_person_name(f"Ann O{apostrophe}Brien") == "ann obrien"


@pytest.mark.parametrize("hyphen", HYPHENS)
def test_every_kind_of_hyphen_and_space_separates(hyphen: str) -> None:
    assert normalise_person_name(f"Anne{hyphen}Marie Smith") == "anne marie smith"


@pytest.mark.parametrize(("one", "other"), EQUAL)
def test_names_that_are_typed_another_way_are_equal(one: str, other: str) -> None:
    assert normalise_person_name(one) == normalise_person_name(other) != ""


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_other_names_are_not_equal(one: str, other: str) -> None:
    assert normalise_person_name(one) != normalise_person_name(other)


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("Miss", "miss"),
        ("Prof Dr", "dr"),
        ("Dr.", "dr"),
        ("", ""),
        (" , ' ", ""),
        ("Mr, Mrs", "mr"),
        ("Smith, BA", "ba smith"),
    ],
)
def test_a_title_alone_is_the_name_that_there_is(typed: str, key: str) -> None:
    assert normalise_person_name(typed) == key


TYPED = st.lists(
    st.sampled_from(
        [
            "Ann",
            "Smith",
            "Mrs",
            "dr.",
            "Lord",
            ",",
            " ",
            " ",
            "-",
            "'",
            "\u2019",
            "BSc",
            "O",
            "\u0130",
            "\u0149",
            "&",
            "é",
        ]
    )
    | st.text(max_size=4)
).map("".join)


@given(TYPED)
@example("\u0149")
@example("\u1fbf a")
def test_normalising_twice_changes_nothing(typed: str) -> None:
    key = normalise_person_name(typed)
    assert normalise_person_name(key) == key
    assert key == " ".join(key.split())


@given(TYPED)
def test_a_title_in_front_of_a_whole_name_never_matters(typed: str) -> None:
    key = normalise_person_name(typed)
    first, *others = key.split() or [""]
    if others and first in telling_words(key):
        assert normalise_person_name(f"Mrs {key}") == key


@pytest.mark.parametrize(
    ("one", "other", "shared"),
    [
        ("Ann M. Smith", "Annie Smith", True),
        ("Ann", "Annie Smith", True),
        ("Sam", "Samantha Jones", True),
        ("Mrs Smith", "Ann Smith", True),
        ("Jo", "Joanne", False),
        ("Jo Smith", "Jo Jones", True),
        ("A. Smith", "A. Jones", False),
        ("Ann Smith", "Bob Jones", False),
        ("Miss", "Miss", False),
        ("Jack Lord", "Lord Smith", False),
        ("", "Ann", False),
    ],
)
def test_names_share_a_telling_word(one: str, other: str, shared: bool) -> None:
    words = [telling_words(normalise_person_name(name)) for name in (one, other)]
    assert share_a_word(*words) is share_a_word(*reversed(words)) is shared
