"""What a role is not named for is not sent on: judged by a second reading of the annotations, for any message."""

import functools
import json
from collections.abc import Iterator
from datetime import date
from typing import Any, get_args, get_type_hints
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.canonical.partners import Role
from hub.ids import Oin
from hub.schemas.base import Wire
from hub.schemas.codes import PersonRole
from hub.schemas.disclosure import Reader, Seen, cut, disclose, parts_of
from hub.schemas.message import Direction
from hub.schemas.overdrachten import FullPart
from hub.schemas.persons import Person
from hub.schemas.registry import MessageType, message_types, validate
from hub.schemas.samples import sample
from hub.schemas.texts import BSN_UNBORN
from hub.schemas.veilig_thuis import ReportPresented
from tests.unit.schemas.kit import EVERY_TO_HUB, Path, fixed, leaves, model_of
from tests.unit.schemas.strategies import messages

IDS = [known.name for known in EVERY_TO_HUB]
OFFERED = {"overdrachten.aanbod", "overdrachten.aanvulling-gegeven"}
REWORDED = OFFERED | {"overdrachten.aanvulling-gevraagd"}
PASSED_ON = [known for known in EVERY_TO_HUB if known.from_hub is not None and known.name not in REWORDED]


@pytest.mark.parametrize("known", EVERY_TO_HUB, ids=IDS)
@fixed
@given(draw=st.data())
def test_of_a_message_with_every_field_filled_each_role_gets_exactly_what_it_is_named_for(
    known: MessageType, draw: st.DataObject
) -> None:
    data = _marked(draw.draw(messages(model_of(known, Direction.TO_HUB), full=True)))
    model = validate(known.wire, data)
    whole = dict(leaves(model.wire()))
    for role in Role:
        given_ = disclose(model, role)
        allowed = {path for path in whole if _named(type(model), path, role, whole)}
        assert dict(leaves(given_)) == {path: whole[path] for path in allowed}
        text = json.dumps(given_, ensure_ascii=False)
        hidden = {value for path, value in whole.items() if path not in allowed and str(value).startswith("kanarie")}
        assert not [value for value in hidden if value in text]


@pytest.mark.parametrize("known", PASSED_ON, ids=lambda known: known.name)
@fixed
@given(draw=st.data())
def test_what_is_passed_on_is_valid_by_the_schema_the_recipient_has(known: MessageType, draw: st.DataObject) -> None:
    model = validate(known.wire, draw.draw(messages(model_of(known, Direction.TO_HUB))))
    readers = frozenset[Role]().union(*(part.by for part in parts_of(type(model))))
    for role in readers:
        validate(known.wire, disclose(model, role) | {"zaakversie": 1}, Direction.FROM_HUB)


@pytest.mark.parametrize("known", EVERY_TO_HUB, ids=IDS)
def test_every_ground_is_a_sentence(known: MessageType) -> None:
    for part in _every_part(model_of(known, Direction.TO_HUB)):
        assert all(len(rule.ground) > 20 and rule.by for rule in part.rules)


@pytest.mark.parametrize("known", EVERY_TO_HUB, ids=IDS)
def test_a_reporter_sees_persons_in_a_dossier_only(known: MessageType) -> None:
    seen = [part.nested for part in parts_of(model_of(known, Direction.TO_HUB)) if Role.REPORTER in part.by]
    assert Person not in seen
    assert (FullPart in seen) is (known.name in OFFERED)


def a_person(role: PersonRole, **more: Any) -> Person:
    """With every kind of number, and an address that is shielded."""
    said = {
        "rol": role.value,
        "geslacht": "man",
        "bsn": "999911004",
        "skn": "99000123",
        "adresAfgeschermd": {"omschrijving": "Geheim"},
        "informering": {"geinformeerd": True},
    }
    return Person.model_validate(said | more)


PERSON = a_person(PersonRole.CHILD)
ALWAYS = {"rol", "geslacht"}
CHAIN = (Role.POLICE, Role.PROSECUTION, Role.PROBATION)
OF_YOUTH = (Role.CHILD_PROTECTION, Role.LOCAL_TEAM, Role.CERTIFIED_INSTITUTION)


@pytest.mark.parametrize("person", PersonRole)
@pytest.mark.parametrize("role", Role)
def test_who_sees_which_number_of_whom(role: Role, person: PersonRole) -> None:
    """The triage every BSN; who works for juveniles a child's; the criminal chain and the Board a suspect's SKN."""
    bsn = role is Role.VEILIG_THUIS or (role in OF_YOUTH and person is PersonRole.CHILD)
    skn = role in (*CHAIN, Role.CHILD_PROTECTION) and person is PersonRole.PERPETRATOR
    numbers = ({"bsn"} if bsn else set()) | ({"skn"} if skn else set())
    address = {"adresAfgeschermd"} if role in (Role.VEILIG_THUIS, Role.POLICE) else set()
    informing = {"informering"} if role not in CHAIN else set()
    assert set(disclose(a_person(person), role)) == ALWAYS | numbers | address | informing


TODAY = date(2026, 11, 30)


@pytest.mark.parametrize("role", OF_YOUTH)
@pytest.mark.parametrize(
    ("person", "born", "sees"),
    [
        (PersonRole.VICTIM, "2017-05-05", True),
        (PersonRole.VICTIM, "2008-12-01", True),
        (PersonRole.VICTIM, "2008-11-30", False),
        (PersonRole.VICTIM, "2008", False),
        (PersonRole.VICTIM, "1988-11-23", False),
        (PersonRole.VICTIM, None, False),
        (PersonRole.AUTHORITY, "2009-01", True),
        (PersonRole.PERPETRATOR, "2017-05-05", False),
        (PersonRole.PERPETRATOR, None, False),
        (PersonRole.CHILD, None, True),
        (PersonRole.CHILD, "2008", True),
        (PersonRole.CHILD, "2007", False),
        (PersonRole.CHILD, "1988-11-23", False),
    ],
)
def test_a_childs_number_is_that_of_who_is_one_by_age_and_never_a_suspects(
    role: Role, person: PersonRole, born: str | None, sees: bool
) -> None:
    told = disclose(a_person(person, **({"geboortedatum": born} if born else {})), Reader(role, on=TODAY))
    assert ("bsn" in told) is sees


@pytest.mark.parametrize("role", Role)
def test_a_mothers_number_goes_to_the_triage_only_also_where_her_child_is_not_born(role: Role) -> None:
    unborn = {"bsnMoeder": "999933000", "naamMoeder": {"achternaam": "Verzonnen"}}
    person = Person.model_validate({"rol": "kind", "geslacht": "onbekend", "bsn": BSN_UNBORN, "ongeboren": unborn})
    assert ("bsnMoeder" in disclose(person, role).get("ongeboren", {})) is (role is Role.VEILIG_THUIS)


def test_a_ground_about_juveniles_stands_beside_nothing_that_is_told_of_anybody_else() -> None:
    about_youth = [part for part in parts_of(Person) if any("jeugdige" in rule.ground for rule in part.rules)]
    assert [part.alias for part in about_youth] == ["bsn"]
    assert {rule.of for part in about_youth for rule in part.rules if "jeugdige" in rule.ground} == {
        frozenset({PersonRole.CHILD})
    }


def test_whoever_sees_a_number_of_some_people_sees_by_what_these_are_known() -> None:
    """What is told is logged from what was sent: it must say there, too, whom it is about."""
    parts = parts_of(Person)
    some = frozenset[Role]().union(*(part.by - part.always_by for part in parts))
    assert some
    assert all(some <= part.always_by for part in parts if part.tells is not None)


def test_a_care_report_is_for_the_triage_only() -> None:
    model = validate("nl.ketenhub.meldingen.zorgmelding.v1", sample("meldingen.zorgmelding"))
    assert {role for role in Role if disclose(model, role)} == {Role.VEILIG_THUIS}


CHAIN_AND_TEAM = set(Role) - {Role.REPORTER}
READERS: list[tuple[str, str, set[Role]]] = [
    ("meldingen.huisverbod", "betrokkenen", {Role.VEILIG_THUIS, Role.PROSECUTION, Role.CHILD_PROTECTION}),
    ("meldingen.huisverbod", "eindigtOp", {Role.VEILIG_THUIS, Role.PROSECUTION, Role.CHILD_PROTECTION}),
    ("meldingen.huisverbod", "omschrijving", {Role.VEILIG_THUIS, Role.CHILD_PROTECTION}),
    ("meldingen.huisverbod", "contactadresUithuisgeplaatste", {Role.VEILIG_THUIS}),
    ("meldingen.professionele-melding", "afwegingskader", {Role.VEILIG_THUIS}),
    ("adviezen.adviesvraag", "vraag", {Role.VEILIG_THUIS}),
    ("adviezen.advies", "advies", set(Role)),
    ("actieoverleg.aanmelding", "deelnemers", set(Role)),
    ("actieoverleg.aanmelding", "reden", CHAIN_AND_TEAM),
    ("actieoverleg.aanmelding", "betrokkenen", CHAIN_AND_TEAM),
    ("actieoverleg.inbreng", "antwoord", set(Role)),
    ("actieoverleg.inbreng", "veiligheidsinformatie", CHAIN_AND_TEAM),
    ("actieoverleg.inbreng", "advies", CHAIN_AND_TEAM),
    ("monitoring.vraag", "tekst", set(Role)),
    ("monitoring.antwoord", "resultaat", {Role.VEILIG_THUIS}),
    ("monitoring.antwoord", "toelichting", {Role.VEILIG_THUIS}),
]


@pytest.mark.parametrize(("name", "field", "readers"), READERS, ids=[f"{name} {field}" for name, field, _ in READERS])
def test_a_field_is_for_who_needs_it(name: str, field: str, readers: set[Role]) -> None:
    model = validate(f"nl.ketenhub.{name}.v1", sample(name))
    assert {role for role in Role if field in disclose(model, role)} == readers


def test_at_the_joint_table_each_sees_of_a_person_what_its_role_may() -> None:
    table = sample("actieoverleg.aanmelding")
    table["betrokkenen"] = [PERSON.wire()]
    model = validate("nl.ketenhub.actieoverleg.aanmelding.v1", table)
    for role in CHAIN_AND_TEAM:
        assert disclose(model, role)["betrokkenen"] == [disclose(PERSON, role)]


def test_at_the_joint_table_a_reporter_knows_which_action_is_whose_and_what_its_own_is() -> None:
    (action,) = sample("actieoverleg.afspraken")["afspraken"]
    mine = action | {"afspraak": str(UUID(int=7)), "verantwoordelijke": "00000099000000008000"}
    data = sample("actieoverleg.afspraken") | {"afspraken": [action, mine]}
    model = validate("nl.ketenhub.actieoverleg.afspraken.v1", data)

    its, own = disclose(model, Reader(Role.REPORTER, Oin("00000099000000008000")))["afspraken"]

    assert set(its) == {"afspraak", "verantwoordelijke", "uiterlijk"}
    assert own == mine


def test_who_said_it_has_a_place_only_where_the_hub_passes_on_what_another_said() -> None:
    from_hub = {known.name: known.from_hub for known in message_types().values() if known.from_hub}
    telling = {name for name, model in from_hub.items() if any(part.alias == "van" for part in parts_of(model))}
    assert telling == {known.name for known in PASSED_ON} | (REWORDED - OFFERED)


def test_what_the_hub_says_itself_is_cut_by_what_stands_beside_its_fields_too() -> None:
    said = {"melding": {"nummer": "1", "inhoud": {}}, "radar": [], "verzonnen": True}
    assert cut(said, ReportPresented, Role.VEILIG_THUIS) == {"melding": said["melding"], "radar": []}
    assert cut(said, ReportPresented, Role.POLICE) == {"radar": []}


def test_a_minimal_part_of_an_offer_holds_nothing_a_role_may_not_see() -> None:
    model = validate("nl.ketenhub.overdrachten.aanbod.v1", sample("overdrachten.aanbod"))
    minimal = [disclose(model, role)["minimaal"] for role in Role]
    assert all(one == model.wire()["minimaal"] for one in minimal)
    assert all("kandidaten" not in disclose(model, role) for role in Role)


def _marked(data: Any, at: str = "") -> Any:
    """The data with every free text made unique, so that it can be looked for."""
    if isinstance(data, dict):
        return {name: _marked(value, f"{at}.{name}") for name, value in data.items()}
    if isinstance(data, list):
        return [_marked(value, f"{at}.{index}") for index, value in enumerate(data)]
    free = at.rsplit(".", 1)[-1] in {
        "omschrijving",
        "reden",
        "achternaam",
        "voornamen",
        "toelichting",
        "situatie",
        "gevaar",
    }
    coded = at in {".reden", ".betrokkenen.reden"}
    return f"kanarie{at}" if free and not coded and isinstance(data, str) else data


def _named(model: type[Wire], path: Path, role: Role, whole: dict[Path, Any]) -> bool:
    """The second reading: along the path, every field names the role, of whom the object says it is about."""
    person = None
    for at, name in ((number, step) for number, step in enumerate(path) if isinstance(step, str)):
        person = whole.get((*path[:at], "rol"), person) if model is Person else person
        rules, nested = _reading(model)[name]
        counting = (one for one in rules if one.named_in is None and (one.of is None or person in one.of))
        if not any(role in one.by for one in counting):
            return False
        model = nested or model
    return True


@functools.cache
def _reading(model: type[Wire]) -> dict[str, tuple[list[Seen], type[Wire] | None]]:
    """By wire name: what stands beside it, and the model below."""
    hints = get_type_hints(model, include_extras=True)
    said = {field.alias or name: list(_said(hints[name])) for name, field in model.model_fields.items()}
    return {
        alias: (
            [item for item in items if isinstance(item, Seen)],
            next((item for item in items if isinstance(item, type) and issubclass(item, Wire)), None),
        )
        for alias, items in said.items()
    }


def _said(hint: Any) -> Iterator[Any]:
    yield hint
    for argument in get_args(hint):
        yield from _said(argument)


def _every_part(model: type[Wire]) -> Iterator[Any]:
    for part in parts_of(model):
        yield part
        if part.nested is not None:
            yield from _every_part(part.nested)
