"""What identifies is found in a text in any spelling, what only looks like it is let through, and both in no time."""

import time
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import Code, Rejection
from hub.schemas.base import Wire
from hub.schemas.codes import Found
from hub.schemas.identifying import check_identifies, found_in
from hub.schemas.registry import validate
from hub.schemas.samples import sample
from hub.schemas.texts import eleven_test
from tests.unit.schemas.kit import fixed

MONTHS = ["januari", "feb.", "mrt", "april", "mei", "Juni", "jul", "augustus", "sept.", "OKTOBER", "nov", "december"]
FOUND: dict[Found, list[str]] = {
    Found.BSN: [
        "999911004",
        "bsn: 999911004.",
        "BSN999911004",
        "9999.11.004",
        "9999 11 004",
        "999-911-004",
        "999 - 911 - 004",
        "999\u00a0911\u00a0004",
        "999\u2013911\u2013004",
        "999\u200b911\u200b004",
        "９９９９１１００４",
        "000000000",
        "999999999",
        "nr 3 999911004",
        "999911004 en 5",
    ],
    Found.BIRTH_DATE: [
        "12-05-2017",
        "12-5-2017",
        "12/5/17",
        "12-5-'17",
        "12.05.2017",
        "12.05.17",
        "12 05 2017",
        "12 - 05 - 2017",
        "12\u201305\u20132017",
        "2017-05-12",
        "2017/05/12",
        "12 mei 2017",
        "12e mei 2017",
        "12-mei-2017",
        "12 mei\n2017",
        "12 mei '17",
        "Lotte, 12 mei 17.",
        "geb. 12-05",
        "geb. 12 mei",
        "Geb.dat. 120517",
        "geboortedatum: 12052017",
        "geboren op 5 mrt",
        "geboren in mei 2017",
        "geb 20170512",
    ],
    Found.ADDRESS: [
        "2511AB 12",
        "2511 AB 12",
        "2511ab12",
        "2511 ab, 12",
        "2511AB nr. 12",
        "2511 AB huisnummer 7",
        "Dorpsstraat 12, 2511 AB Den Haag",
        "huisnummer 12-a, 2511AB",
        "12 hs 2511AB",
        "Dorpsstraat 12",
        "de Van Verzonnenlaan 3a",
        "Fantasiestr. 5",
    ],
    Found.PHONE: [
        "06-12345678",
        "06 12 34 56 78",
        "06-12-34-56-78",
        "0612345678",
        "+31 6 12345678",
        "+31(0)6-12345678",
        "0031612345678",
        "070-1234567",
        "(070) 123 45 67",
        "0182 123456",
        "+32 475 12 34 56",
    ],
    Found.EMAIL: ["jan@school.example", "j.bedacht+x@sub.example.org", "mail: ZB@b.nl."],
}
NEAR_MISSES = [
    "om 12 uur",
    "om 12.30 uur",
    "van 10-12 uur",
    "12:30:45",
    "op 12 mei om 10 uur",
    "12 mei 17 uur",
    "12 mei 15.00 uur",
    "mei 2017",
    "in 2017-2018",
    "2017/2018",
    "geboren in 2017",
    "12-05",
    "31-12",
    "24/7",
    "13-13-2017",
    "32-01-2017",
    "stap 1-2-3",
    "versie 1.2.10",
    "art. 4.1.1 lid 2",
    "Wmo 2015 art. 5.2.6, Jeugdwet 7.1.4.5",
    "gebeld 12 keer",
    "geb. 5 meisjes",
    "order 12345678",
    "order 1234567890",
    "ordernummer 123456789",
    "€ 1.250,00",
    "€ 123.456.789,10",
    "00000099000000001000",
    "ML-2026-0001 en PL1500-2026-000001",
    "1 2 3 4 5 6 7 8 9",
    "bel 112",
    "0800-2000 24 uur per dag",
    "0900 1234567",
    "in 2017 en 12 keer",
    "IN 2017 EN 2018",
    "groep 8 in 2024 OM",
    "in 2018 VT 3 keer gebeld",
    "5 dagen 1200 kg, 1000 km 12 keer",
    "3000 EUR 5 keer",
    "postcode 2511 AB",
    "Onderweg 2 keer",
    "een meisje van 8, broer van 11, 2 x per week",
    "@school, a@b",
]
HOSTILE = ["0", "1 ", "12-05-", "a@", "a.", "A", "+1", "(", "geb. ", "1234 ", "12 jan ", "Astraat ", "06-", "1a 1234 "]


@pytest.mark.parametrize(
    ("kind", "text"), [(kind, text) for kind, texts in FOUND.items() for text in texts], ids=lambda value: str(value)
)
def test_what_identifies_is_found_in_every_spelling_and_taken_for_nothing_else(kind: Found, text: str) -> None:
    assert found_in(text) == (kind,)
    assert found_in(f"Wat moet ik doen? {text}\nHet kind is bang.") == (kind,)


@pytest.mark.parametrize("text", NEAR_MISSES)
def test_what_only_looks_like_it_is_let_through(text: str) -> None:
    assert found_in(text) == ()
    assert found_in(f"Wat moet ik doen? {text}\nHet kind is bang.") == ()


def test_a_name_is_not_found() -> None:
    """The limit that the docstring tells: names have no form."""
    assert found_in("Zonne van Verzonnen, acht jaar, van De Fantasie") == ()


def test_a_text_with_everything_says_each_kind_once_and_in_one_order() -> None:
    text = "\n".join(texts[0] for texts in reversed(FOUND.values()))
    assert found_in(f"{text}\n{text}") == tuple(Found)


@fixed
@given(st.integers(0, 999_999_999), st.lists(st.sampled_from(["", " ", ".", "-", " - "]), min_size=8, max_size=8))
def test_nine_digits_are_a_bsn_exactly_if_they_pass_the_eleven_test(number: int, gaps: list[str]) -> None:
    digits = f"{number:09d}"
    text = "".join(digit + gap for digit, gap in zip(digits, [*gaps, ""], strict=True))
    found = found_in(f"kind {text}, school")
    if eleven_test(digits):
        assert set(found) & {Found.BSN, Found.BIRTH_DATE}
    else:
        assert Found.BSN not in found


@fixed
@given(
    st.dates(date(1900, 1, 1), date(2099, 12, 31)),
    st.sampled_from(
        ["{0.day}-{0.month}-{0.year}", "{0:%d/%m/%Y}", "{0:%d.%m.%Y}", "{0:%Y-%m-%d}", "{0.day} {1} {0.year}"]
    ),
    st.sampled_from(["", "de ", "op ", "("]),
)
def test_any_full_date_is_found(day: date, form: str, before: str) -> None:
    assert found_in(before + form.format(day, MONTHS[day.month - 1]) + ", bang") == (Found.BIRTH_DATE,)


@fixed
@given(st.integers(1000, 9999), st.text("ABCDEGHJKLMNPRSTVWXZ", min_size=2, max_size=2), st.integers(1, 99_999))
def test_any_postcode_with_a_number_is_found(digits: int, letters: str, number: int) -> None:
    assert found_in(f"{digits}{letters} {number}") == (Found.ADDRESS,)
    assert found_in(f"{number}, {digits}{letters}") == (Found.ADDRESS,)


@fixed
@given(st.text(max_size=300))
def test_any_text_at_all_can_be_looked_through(text: str) -> None:
    assert list(found_in(text)) == sorted(set(found_in(text)), key=list(Found).index)


@pytest.mark.parametrize("piece", HOSTILE)
def test_the_longest_text_takes_no_time_whatever_it_repeats(piece: str) -> None:
    text = (piece * 10_000)[:10_000]
    started = time.process_time()
    found_in(text)
    # A few milliseconds; a pattern that backtracks would take minutes.
    assert time.process_time() - started < 1


def advice(name: str, **other: str) -> Wire:
    return validate(f"nl.ketenhub.{name}.v1", sample(name) | other)


@pytest.mark.parametrize("name", ["adviezen.adviesvraag", "adviezen.advies"])
def test_a_message_that_identifies_nobody_passes(name: str) -> None:
    check_identifies(advice(name))


@pytest.mark.parametrize(("name", "field"), [("adviezen.adviesvraag", "context"), ("adviezen.advies", "advies")])
def test_one_that_does_is_refused_at_its_field_with_the_kinds_and_never_the_value(name: str, field: str) -> None:
    with pytest.raises(Rejection) as refused:
        check_identifies(advice(name, **{field: "Zonne, 12-05-2017, bsn 999911004"}))
    assert refused.value.reason is Code.IDENTIFIES
    assert refused.value.fields == (f"/data/{field}", f"/data/{field}")
    assert refused.value.found == ("bsn", "geboortedatum")
    assert not [part for part in ("999911004", "2017", "Zonne") if part in repr(vars(refused.value))]


def test_each_field_is_named_in_the_messages_order() -> None:
    with pytest.raises(Rejection) as refused:
        check_identifies(advice("adviezen.adviesvraag", vraag="bel 06-12345678", context="a@school.example"))
    assert list(zip(refused.value.fields, refused.value.found, strict=True)) == [
        ("/data/vraag", "telefoonnummer"),
        ("/data/context", "e-mailadres"),
    ]


def test_one_that_grows_too_long_to_look_through_is_refused_at_its_field() -> None:
    """One character of a compatibility form stands for up to eighteen."""
    with pytest.raises(Rejection) as refused:
        check_identifies(advice("adviezen.adviesvraag", context="\ufdfa" * 10_000))
    assert (refused.value.reason, refused.value.fields) == (Code.SCHEMA_INVALID, ("/data/context",))


def test_one_of_the_longest_with_a_ligature_in_each_word_is_looked_through() -> None:
    check_identifies(advice("adviezen.adviesvraag", context="\ufb01ets " * 2_000))
