"""What the processing log says of a disclosure: who, about whom, why; and of the police's data, which fields."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from hub.adapters.source import Source
from hub.canonical import notices as n
from hub.canonical.codes import MatchGround
from hub.canonical.partners import Partner, Role
from hub.envelope.pseudonyms import PseudonymKey
from hub.ids import MessageId, PartnerId
from hub.lanes.processing import (
    GROUNDS,
    POLICE_DATA,
    PROCESSOR,
    SUBJECT,
    SUBJECT_TYPE,
    UNKNOWN,
    compared,
    known_as,
    lines,
    looked_for,
)
from hub.ports import ProcessingLine
from hub.schemas.disclosure import disclose
from hub.schemas.identities import identities_of_persons
from hub.schemas.message import wire_type
from hub.schemas.overdrachten import FullPart
from hub.schemas.persons import Person
from hub.schemas.radar import WHO_ELSE
from hub.schemas.registry import validate
from hub.schemas.samples import sample
from tests.unit.adapters.tellings import OTHER, SENDER, TELLINGS, Telling, source, told, whole
from tests.unit.schemas.filled import is_in
from tests.unit.schemas.kit import Path, leaves

NOW = datetime(2026, 3, 2, 21, 10, 0, 123_456, tzinfo=UTC)
MESSAGE, ORIGIN = MessageId(UUID(int=11 << 64)), UUID("0b0b0b0b-1234-4321-8888-000000000001")
KEY, OTHER_KEY = PseudonymKey.of(bytes(32)), PseudonymKey.of(bytes(31) + b"1")

CHILD = {"rol": "kind", "geslacht": "man", "bsn": "999911004", "skn": "99000123", "geboortedatum": "2015-05-05"}
MOTHER = {"rol": "gezaghebbende", "geslacht": "vrouw", "skn": "99000124"}
SUSPECT = {"rol": "vermoedelijke-pleger", "geslacht": "man", "skn": "99000125", "geboortedatum": "1985"}
AUNT = {"rol": "overig", "geslacht": "vrouw", "bsn": "000000000", "geboortedatum": "1980-01-02",
        "naam": {"voorletters": "J.", "achternaam": "van Verzonnen"}}  # fmt: skip
NEIGHBOUR = {"rol": "overig", "geslacht": "onbekend", "naam": {"achternaam": "Verzonnen"}}

Lines = tuple[ProcessingLine, ...]


def partner(role: Role) -> Partner:
    return Partner(PartnerId("een-partner"), OTHER, role, (), (), NOW)


def logged(
    type_: str, data: Mapping[str, Any], of: Source | None, role: Role, by: Role = Role.VEILIG_THUIS, **other: Any
) -> tuple[ProcessingLine, ...]:
    fields: dict[str, Any] = {
        "message": MESSAGE,
        "origin": ORIGIN,
        "now": NOW,
        "log_key": KEY,
        "dummies": (),
        "sender_role": by,
        "to": partner(role),
        "party": OTHER,
    }
    return lines(type_=type_, data=data, source=of, **fields | other)


def about(*persons: Mapping[str, Any], role: Role = Role.VEILIG_THUIS, **other: Any) -> tuple[ProcessingLine, ...]:
    """Of a joint table's message on these people."""
    type_ = wire_type("actieoverleg.aanmelding")
    data = validate(type_, sample("actieoverleg.aanmelding") | {"betrokkenen": list(persons)})
    return logged(type_, disclose(data, role), Source(SENDER, type_, data), role, **other)


def subjects(found: tuple[ProcessingLine, ...]) -> list[object]:
    return [line.attributes.get(SUBJECT) for line in found]


def test_one_line_tells_who_was_told_about_whom_and_why() -> None:
    (line,) = about(CHILD)
    assert (line.partner, line.name, line.at) == ("een-partner", "verstrekking actieoverleg.aanmelding", NOW)
    assert (line.trace_id, len(line.span_id), line.parent_span_id) == (ORIGIN.hex, 16, None)
    subject = line.attributes[SUBJECT]
    assert line.attributes == {
        "dpl.core.processing_activity_id": "urn:ketenhub:verwerking:actieoverleg.aanmelding:v1",
        "dpl.core.data_subject_id": subject,
        "dpl.core.data_subject_id_type": "urn:ketenhub:pseudoniem:bsn",
        "dpl.core.foreign_operation.processor": f"urn:nld:oin:{OTHER}",
        "ketenhub.grondslagen": line.attributes["ketenhub.grondslagen"],
        "ketenhub.ldv": "0.8.0",
    }
    assert len(bytes.fromhex(str(subject))) == 32


@pytest.mark.parametrize(("hour", "is_a_child"), [(22, True), (23, False)])
def test_who_is_eighteen_by_the_day_that_it_is_here_is_no_child_any_more(hour: int, is_a_child: bool) -> None:
    """At 23:30 in UTC that is the next one."""
    told = datetime(2026, 11, 30, hour, 30, tzinfo=UTC)
    youth = "Jeugdwet art. 7.2.1: BSN van de jeugdige"
    whom = {"rol": "kind", "geslacht": "man", "bsn": "999911004", "geboortedatum": "2008-12-01"}
    (line,) = about(whom, role=Role.LOCAL_TEAM, now=told)

    assert (youth in str(line.attributes["ketenhub.grondslagen"])) is is_a_child


def test_the_grounds_are_those_that_stand_beside_what_was_sent() -> None:
    (line,) = about(CHILD)
    assert line.attributes["ketenhub.grondslagen"] == [
        "Wmo 2015 art. 4.1.1 lid 2 en Wpg art. 20: wie aan het overleg deelneemt",
        "Wmo 2015 art. 5.2.6: derden verstrekken aan Veilig Thuis",
        "Jeugdwet art. 7.2.4 en Wmo 2015: identificatie door wie het bericht mag ontvangen",
        "Wmo 2015 art. 5.2.9: Veilig Thuis gebruikt het BSN",
    ]


def test_of_several_people_each_has_a_line_of_its_own_below_one_without_a_person() -> None:
    own, *below = about(CHILD, MOTHER, AUNT)
    assert SUBJECT not in own.attributes
    assert SUBJECT_TYPE not in own.attributes
    assert own.parent_span_id is None
    assert [line.parent_span_id for line in below] == [own.span_id] * 3
    assert len({line.span_id for line in (own, *below)}) == 4
    assert {line.trace_id for line in below} == {own.trace_id}
    assert len(set(subjects((own, *below)))) == 4


@pytest.mark.parametrize(
    ("person", "kind"), [(CHILD, "bsn"), (MOTHER, "skn"), (AUNT, "naam-en-geboortedatum")], ids=["bsn", "skn", "name"]
)
def test_a_person_is_known_by_the_best_number_or_by_name_and_birth(person: dict[str, Any], kind: str) -> None:
    (line,) = about(person)
    assert line.attributes[SUBJECT_TYPE] == f"urn:ketenhub:pseudoniem:{kind}"


def test_of_somebody_who_cannot_be_known_again_the_log_says_so() -> None:
    (line,) = about(NEIGHBOUR)
    assert SUBJECT not in line.attributes
    assert line.attributes[SUBJECT_TYPE] == UNKNOWN


@pytest.mark.parametrize("role", [Role.VEILIG_THUIS, Role.POLICE, Role.PROSECUTION, Role.LOCAL_TEAM])
def test_a_person_is_the_same_one_whatever_the_recipient_may_see_of_it(role: Role) -> None:
    assert subjects(about(CHILD, role=role)) == subjects(about(CHILD))


def test_a_person_is_the_same_one_in_a_report_at_a_table_and_in_a_dossier() -> None:
    report = validate(wire_type("meldingen.zorgmelding"), sample("meldingen.zorgmelding") | {"betrokkenen": [CHILD]})
    said = {"melding": {"soort": wire_type("meldingen.zorgmelding"), "inhoud": disclose(report, Role.VEILIG_THUIS)}}
    presented = logged(
        wire_type("triage.melding-aangeboden"), said, Source(SENDER, "", report), Role.VEILIG_THUIS, Role.POLICE
    )
    assert subjects(presented) == subjects(dossier(CHILD)) == subjects(about(CHILD))


def test_under_another_key_it_is_another_person() -> None:
    assert subjects(about(CHILD, log_key=OTHER_KEY)) != subjects(about(CHILD))


def test_a_number_that_is_filled_in_where_none_is_known_makes_nobody_of_a_person() -> None:
    nameless = {"rol": "kind", "geslacht": "onbekend", "bsn": "999911004"}
    (line,) = about(nameless, dummies={"999911004"})

    assert SUBJECT not in line.attributes
    assert subjects(about(nameless)) != [None]


def test_the_same_message_has_the_same_lines() -> None:
    assert about(CHILD, MOTHER) == about(CHILD, MOTHER)


def test_what_follows_from_a_moment_is_a_trace_of_its_own() -> None:
    (line,) = about(CHILD, origin=None)
    assert line.trace_id == MESSAGE.hex


def dossier(*persons: Mapping[str, Any], by: Role = Role.VEILIG_THUIS) -> tuple[ProcessingLine, ...]:
    """Sent at the yes of a prosecutor, who sees a suspect's SKN only."""
    accepted = validate(wire_type("overdrachten.aanvaard"), sample("overdrachten.aanvaard"))
    full = FullPart.model_validate(sample("overdrachten.aanbod")["volledig"] | {"betrokkenen": list(persons)})
    said = {"overdracht": "", "volledig": disclose(full, Role.PROSECUTION)}
    held = Source(SENDER, wire_type("overdrachten.aanvaard"), accepted, full.wire())
    return logged(wire_type("overdrachten.dossier"), said, held, Role.PROSECUTION, by)


def test_what_the_police_said_is_logged_by_recipient_date_fields_and_purpose() -> None:
    own, child, suspect = dossier(CHILD, SUSPECT, by=Role.POLICE)
    assert own.attributes[PROCESSOR] == f"urn:nld:oin:{OTHER}"
    assert own.at == NOW
    assert own.attributes[GROUNDS]
    assert own.attributes[POLICE_DATA] == {"gegevens": fields_of(own)}
    assert "/volledig/situatie" in fields_of(own)
    assert fields_of(child) == [f"/volledig/betrokkenen/0/{name}" for name in ("rol", "geslacht", "geboortedatum")]
    assert fields_of(suspect) == [
        f"/volledig/betrokkenen/1/{name}" for name in ("rol", "geslacht", "skn", "geboortedatum")
    ]


def test_what_others_said_has_no_fields_of_the_police() -> None:
    assert all(POLICE_DATA not in line.attributes for line in dossier(CHILD, MOTHER))


@pytest.mark.parametrize("telling", TELLINGS, ids=str)
def test_no_line_repeats_a_word_of_a_message_with_every_field_filled(telling: Telling) -> None:
    found = [line for role in Role for line in logged_of(telling, role)]
    text = json.dumps([[line.name, line.partner, line.attributes] for line in found], ensure_ascii=False)
    assert [leaf.path for leaf in whole(telling.of).leaves if leaf.unique and is_in(text, leaf)] == []


@pytest.mark.parametrize("telling", TELLINGS, ids=str)
def test_the_lines_name_each_field_about_people_that_was_sent_once_and_no_other(telling: Telling) -> None:
    places = [(telling.place(leaf.path), leaf.about_people) for leaf in whole(telling.of).leaves]
    about_people = {_field(place) for place, people in places if place is not None and people}
    for role in Role:
        named = [field for line in logged_of(telling, role) for field in fields_of(line)]
        sent = {_field(path) for path, _ in leaves(told(telling, role)[1])}
        assert len(named) == len(set(named))
        assert about_people & sent <= set(named) <= sent


ABOUT_NOBODY = [one for one in TELLINGS if isinstance(one.body, n.OfferMade | n.Stand | n.Reminder | n.Escalation)]


@pytest.mark.parametrize("telling", ABOUT_NOBODY, ids=str)
def test_what_is_about_nobody_has_no_line(telling: Telling) -> None:
    assert logged_of(telling, Role.LOCAL_TEAM) == ()


def fields_of(line: ProcessingLine) -> list[str]:
    said: Any = line.attributes[POLICE_DATA]
    found: list[str] = said["gegevens"]
    return found


def logged_of(telling: Telling, role: Role) -> tuple[ProcessingLine, ...]:
    type_, data = told(telling, role)
    return logged(type_, data, source(telling), role, Role.POLICE)


def _field(path: Path) -> str:
    """A list of values is one field."""
    return "".join(f"/{step}" for step in (path[:-1] if isinstance(path[-1], int) else path))


# ---- who is looked for in the radar


def looked(*persons: Mapping[str, Any], met: frozenset[MatchGround] = frozenset(), key: PseudonymKey = KEY) -> Lines:
    found = [Person.model_validate(one) for one in persons]
    return compared(
        reporter=partner(Role.POLICE),
        persons=found,
        met=lambda one: one.kind in met,
        origin=ORIGIN,
        now=NOW,
        log_key=key,
        dummies=(),
    )


def test_a_comparison_says_who_reported_whom_it_looked_for_and_by_what_it_met() -> None:
    (line,) = looked(CHILD, met=frozenset({MatchGround.BSN}))

    assert (line.partner, line.name, line.at) == ("een-partner", "vergelijking radar.vergelijking", NOW)
    assert (line.trace_id, line.parent_span_id) == (ORIGIN.hex, None)
    assert line.attributes == {
        "dpl.core.processing_activity_id": "urn:ketenhub:verwerking:radar.vergelijking:v1",
        "dpl.core.data_subject_id": subjects(about(CHILD))[0],
        "dpl.core.data_subject_id_type": "urn:ketenhub:pseudoniem:bsn",
        "ketenhub.grondslagen": [WHO_ELSE.ground],
        "ketenhub.ldv": "0.8.0",
        "ketenhub.radar": {"melder": f"urn:nld:oin:{OTHER}", "treffer": ["bsn"]},
    }


def test_each_person_that_the_radar_can_know_has_a_line_of_its_own_and_others_have_none() -> None:
    at_home = {"rol": "overig", "geslacht": "onbekend", "adres": {"postcode": "2512AB", "huisnummer": 12}}
    child, mother, home = looked(CHILD, NEIGHBOUR, MOTHER, at_home)

    assert subjects((child, mother, home)) == [*subjects(about(CHILD)), *subjects(about(MOTHER)), None]
    assert home.attributes[SUBJECT_TYPE] == UNKNOWN
    assert len({child.span_id, mother.span_id, home.span_id}) == 3


def test_what_met_nothing_says_so_and_no_line_has_a_word_of_what_was_compared() -> None:
    (line,) = looked(AUNT)

    assert line.attributes["ketenhub.radar"] == {"melder": f"urn:nld:oin:{OTHER}", "treffer": []}
    assert not any(text in json.dumps(line.attributes) for text in ("Verzonnen", "1980-01-02"))


def test_a_person_is_found_by_each_number_that_a_message_may_have_known_it_by_under_each_key() -> None:
    names = known_as(Person.model_validate(CHILD), [KEY, OTHER_KEY], ())
    by_skn = {name: value for name, value in CHILD.items() if name != "bsn"}

    assert len(set(names)) == 4
    for person, key in ((CHILD, KEY), (by_skn, KEY), (CHILD, OTHER_KEY), (by_skn, OTHER_KEY)):
        assert subjects(about(person, log_key=key))[0] in names
    assert known_as(Person.model_validate(NEIGHBOUR), [KEY], ()) == ()


def test_a_person_is_asked_for_by_its_name_as_it_is_typed_and_not_by_what_may_be_another() -> None:
    named = {"rol": "overig", "geslacht": "man", "geboortedatum": "1980-01-02"}
    asked, other = (
        named | {"naam": {"voornamen": "Jan", "achternaam": name}} for name in ("de Vries-Jansen", "Jansen")
    )

    assert subjects(about(other))[0] not in known_as(Person.model_validate(asked), [KEY], ())
    assert known_as(Person.model_validate(asked), [KEY], ()) == tuple(subjects(about(asked)))
    assert known_as(Person.model_validate(CHILD), [KEY], {CHILD["bsn"], CHILD["skn"]}) == ()


def test_who_is_looked_for_is_called_as_the_log_calls_people() -> None:
    person = Person.model_validate(CHILD | {"rol": "gezaghebbende"})

    assert set(known_as(person, [KEY], ())) == set(looked_for(identities_of_persons([person], ()), KEY))
