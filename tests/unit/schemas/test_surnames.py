"""In how many ways one surname is written, and which are of others."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.schemas.surnames import MOST, NO_NAME, PREFIXES, initial, surname, surnames, words
from tests.unit.schemas.kit import fixed

AS_TYPED = [
    ("van der Berg", "Berg", "VAN DER BERG", "v.d. Berg", "vd Berg", "v/d Berg", "Berg, van der", "vander Berg"),
    ("'t Hart", "Hart", "’t hart", "t Hart", "´t Hart", "van 't Hart", "HART"),
    ("'s-Gravesande", "s Gravesande", "Gravesande"),
    ("De Vries-Jansen", "Vries Jansen", "de vries - jansen", "VriesJansen"),
    ("von Müller", "Muller", "Mu\u0308ller", "MÜLLER", "ＭÜLLER"),
    ("Groß", "GROSS", "Gross", "groẞ"),
    ("Sørensen", "Sorensen", "SØRENSEN"),
    ("Wałęsa", "Walesa", "WAŁĘSA"),
    ("Van Dĳk", "van Dijk", "VAN DĲK", "Dijk"),
    ("O'Brien", "O’Brien", "Oʼbrien", "O Brien", "OBrien"),
    ("El Amrani", "el amrani", "Amrani", "El-Amrani"),
    ("D'Artagnan", "d’Artagnan", "Artagnan"),
    ("Çelik", "Celik", "celık"),
    ("Đorđević", "Dordevic", "ĐORĐEVIĆ"),
    ("Le", "LE", "van Le"),
    ("Van", "VAN"),
]
MEET = [
    *AS_TYPED,
    # The name of a partner, turned round or left out.
    ("de Vries-Jansen", "Jansen-de Vries", "Jansen de Vries", "Jansen - De Vries", "JANSEN"),
    ("van den Berg-van der Meer", "van der Meer-van den Berg", "Meer van den Berg", "van den Berg en van der Meer"),
    ("Öztürk-Yılmaz", "Yilmaz Ozturk", "Oeztuerk"),
    # ij and y.
    ("van Dijk", "van Dyk", "Dĳk", "Dÿk", "DYK", "Dijk-Bos"),
    ("Meijer", "Meyer"),
    # An umlaut, spelled out or forgotten.
    ("Müller", "Mueller", "Muller", "MUELLER"),
    ("Schröder", "Schroeder", "Schroder"),
    ("Jäger", "Jaeger", "Jager", "de Jager"),
    ("Bücher", "Buecher", "Bucher"),
    # Prefixes written onto the name, and anywhere.
    ("van der Berg", "Vanderberg", "vanderBerg", "VanDerBerg", "Vander Berg", "Van Derberg"),
    ("van den Broek", "Vandenbroek", "Vanden Broek", "Broek vd"),
    ("de Ruyter", "Deruyter", "DeRuijter", "de Ruijter"),
    ("de Smet", "Desmet", "Smet"),
    ("de Leeuw", "Deleeuw", "Leeuw, de"),
    ("ter Horst", "Terhorst", "Horst"),
    ("op den Camp", "Opdencamp", "Opden Camp"),
    ("van 't Hof", "Vanthof", "Hof van 't"),
    ("El Amrani", "Elamrani"),
    ("Jansen van der Berg", "Jansen-Berg", "Berg van der Jansen", "van der Berg-Jansen"),
    ("Onbekend Jansen", "Jansen"),
    ("van der Aa", "vanderAa", "Aa, van der", "VANDERAA"),
    ("D'Hondt", "Dhondt", "d’hondt", "DHondt", "Hondt, d'"),
    ("'t Hooft", "Thooft", "T HOOFT"),
    ("'s-Gravenmade", "Sgravenmade"),
    ("Jansen-d'Hondt", "Dhondt", "Dhondt-Jansen"),
    ("L'Écluse", "Lecluse", "LECLUSE"),
    ("NN Jansen", "N.N. Jansen", "Jansen (onbekend)"),
]
OTHERS = [
    ("Jansen", "Janssen"), ("de Vries", "de Wit"), ("Berg", "Bergen"), ("de Vries-Jansen", "de Wit-Bos"),
    ("Müller", "Miller"), ("van Dijk", "van Eyck"), ("Onbekend", "Onbekend"),
]  # fmt: skip
IS_NO_NAME = [
    "Onbekend", "ONBEKEND", "onbekende", "van onbekend", "Onbekend, van", "N.N.", "nn", "NN", "Nomen Nescio",
    "niet bekend", "nog niet bekend", "naam onbekend", "Achternaam: onbekend", "n.v.t.", "NB", "geheim", "Anoniem",
    "anonymous", "unknown", "geen", "geen achternaam", "xxx", "X", "?", "-", "1234", "...", "",
    "NNO", "n.n.o.", "N.N.B.", "onb.", "onbek.", "Onbekende vrouw", "onbekend kind", "NN man", "N.N. meisje",
    "onbekend gebleven", "naamloos", "niet van toepassing", "n/a", "t.b.d.", "nader te bepalen", "XXXXXXX", "zzz",
    "anonieme melder", "N. Nescio", "weet niet", "zonder naam", "baby onbekend", "-onbekend-", "Ｏｎｂｅｋｅｎｄ",
]  # fmt: skip
IS_A_NAME = ["Nader", "Null", "van der Weet", "欧 阳", "de Man", "Kind", "Vader", "Baby", "Aa", "Ee", "Le", "Jongen"]
NAMES = st.text(max_size=30)
LATIN = st.text("abcxyzäéøßłçñABCÄÉØŁ -'.", min_size=1, max_size=30)
LETTERS = st.text("bcfghkmnpqwz", min_size=4, max_size=12).filter(lambda name: len(set(name)) > 1)


@pytest.mark.parametrize("spellings", AS_TYPED, ids=lambda spellings: spellings[0])
def test_a_surname_as_typed_is_one_but_for_case_signs_and_prefixes(spellings: tuple[str, ...]) -> None:
    assert len({surname(one) for one in spellings}) == 1
    assert surname(spellings[0])


@pytest.mark.parametrize("spellings", MEET, ids=lambda spellings: spellings[0])
def test_any_two_ways_of_writing_a_surname_meet(spellings: tuple[str, ...]) -> None:
    apart = [(one, other) for one in spellings for other in spellings if set(surnames(one)).isdisjoint(surnames(other))]

    assert apart == []


@pytest.mark.parametrize(("one", "other"), OTHERS)
def test_other_surnames_stay_other(one: str, other: str) -> None:
    assert set(surnames(one)).isdisjoint(surnames(other))


@pytest.mark.parametrize("name", IS_NO_NAME)
def test_what_is_typed_for_no_name_is_no_name(name: str) -> None:
    assert surnames(name) == ()


@pytest.mark.parametrize("name", IS_A_NAME)
def test_who_is_called_as_one_speaks_of_somebody_is_called_so(name: str) -> None:
    assert surnames(name)


@pytest.mark.parametrize("prefix", sorted(PREFIXES))
def test_who_is_called_as_a_prefix_is_called_so(prefix: str) -> None:
    assert surnames(prefix)


@pytest.mark.parametrize(
    ("given_names", "letter"), [("Onbekend", ""), ("niet bekend", ""), ("J. onbekend", "j"), ("N.N.", "n"), ("X.", "x")]
)
def test_an_initial_is_of_a_name_that_is_known(given_names: str, letter: str) -> None:
    assert initial(given_names) == letter


@fixed
@given(NAMES)
def test_one_spelling_stays_as_it_is(name: str) -> None:
    assert words(" ".join(words(name))) == words(name)
    assert surname(surname(name)) in (surname(name), "")


@fixed
@given(LATIN)
def test_case_spaces_and_signs_never_matter(name: str) -> None:
    written = (f"  {name.upper()} ", name.replace("-", " ").replace("'", "’"))

    assert {surname(one) for one in written} == {surname(name)}
    assert {surnames(one) for one in written} == {surnames(name)}


@fixed
@given(st.lists(st.sampled_from(sorted(PREFIXES)), max_size=3), LETTERS)
def test_any_prefixes_before_or_after_a_name_go(prefixes: list[str], name: str) -> None:
    typed = " ".join(prefixes)

    assert surname(f"{typed} {name}") == surname(f"{name}, {typed}") == name


@fixed
@given(st.lists(st.sampled_from(sorted(PREFIXES)), max_size=3), LETTERS, LETTERS, st.booleans(), st.booleans())
def test_partners_are_met_in_any_order_with_prefixes_anywhere(
    prefixes: list[str], own: str, partner: str, turned: bool, left_out: bool
) -> None:
    typed = " ".join(prefixes)
    other = own if left_out else f"{partner} {typed} {own}" if turned else f"{own}-{typed} {partner}"

    assert not set(surnames(f"{typed} {own} - {partner}")).isdisjoint(surnames(other))


@fixed
@given(st.sampled_from(sorted(one for one in PREFIXES if len(one) > 1)), LETTERS)
def test_a_prefix_that_is_written_onto_the_name_goes_too(prefix: str, name: str) -> None:
    assert name in surnames(f"{prefix}{name}")
    assert not set(surnames(f"{prefix}{name}")).isdisjoint(surnames(f"{prefix} {name}"))


@fixed
@given(st.lists(st.sampled_from([*sorted(PREFIXES | NO_NAME), "totototot", "inininin", "Bos"]), max_size=40))
def test_however_long_a_name_is_few_are_looked_for_and_what_it_is_typed_as_first(typed: list[str]) -> None:
    for name in (" ".join(typed), "".join(typed)):
        ways = surnames(name)
        assert len(set(ways)) == len(ways) <= MOST
        assert ways[:1] in ((surname(name),), ()) or not surname(name)
