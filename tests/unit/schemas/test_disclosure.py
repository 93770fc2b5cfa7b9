"""What a role is not named for is not sent on: judged by a second reading of the annotations, for any message."""

import functools
import json
from collections.abc import Iterator
from typing import Any, get_args, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.canonical.partners import Role
from hub.schemas.base import Wire
from hub.schemas.disclosure import Seen, cut, disclose, parts_of
from hub.schemas.message import Direction
from hub.schemas.overdrachten import FullPart
from hub.schemas.persons import Person
from hub.schemas.registry import MessageType, message_types, validate
from hub.schemas.samples import sample
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
        allowed = {path for path in whole if _named(type(model), path, role)}
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


PERSON = Person.model_validate(
    {
        "rol": "kind",
        "geslacht": "man",
        "bsn": "999911004",
        "skn": "99000123",
        "adresAfgeschermd": {"omschrijving": "Geheim"},
        "informering": {"geinformeerd": True},
    }
)


@pytest.mark.parametrize(
    ("role", "sees"),
    [
        (Role.VEILIG_THUIS, {"rol", "geslacht", "bsn", "adresAfgeschermd", "informering"}),
        (Role.CHILD_PROTECTION, {"rol", "geslacht", "bsn", "skn", "informering"}),
        (Role.LOCAL_TEAM, {"rol", "geslacht", "bsn", "informering"}),
        (Role.POLICE, {"rol", "geslacht", "skn", "adresAfgeschermd"}),
        (Role.PROSECUTION, {"rol", "geslacht", "skn"}),
        (Role.PROBATION, {"rol", "geslacht", "skn"}),
        (Role.REPORTER, {"rol", "geslacht", "informering"}),
    ],
)
def test_the_criminal_chain_sees_no_bsn_and_care_sees_no_skn(role: Role, sees: set[str]) -> None:
    assert set(disclose(PERSON, role)) == sees


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


def test_at_the_joint_table_a_reporter_knows_which_action_is_whose_and_not_what_it_is() -> None:
    model = validate("nl.ketenhub.actieoverleg.afspraken.v1", sample("actieoverleg.afspraken"))
    (action,) = disclose(model, Role.REPORTER)["afspraken"]
    assert set(action) == {"afspraak", "verantwoordelijke", "uiterlijk"}


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


def _named(model: type[Wire], path: Path, role: Role) -> bool:
    """The second reading: along the path, every field names the role."""
    names = [step for step in path if isinstance(step, str)]
    for name in names:
        by, nested = _reading(model)[name]
        if role not in by:
            return False
        model = nested or model
    return True


@functools.cache
def _reading(model: type[Wire]) -> dict[str, tuple[frozenset[Role], type[Wire] | None]]:
    """By wire name: who is named, and the model below."""
    hints = get_type_hints(model, include_extras=True)
    said = {field.alias or name: list(_said(hints[name])) for name, field in model.model_fields.items()}
    return {
        alias: (
            frozenset(role for item in items if isinstance(item, Seen) for role in item.by),
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
