"""The table of types says what the contract says, and names nothing that a sender invented."""

import pytest

from hub.canonical.codes import Contribution
from hub.canonical.partners import Role
from hub.errors import Code, Rejection
from hub.routing.rules import RULES
from hub.schemas.codes import SeatState
from hub.schemas.message import Direction
from hub.schemas.registry import message_types, validate
from hub.schemas.samples import sample

TO_HUB_ONLY = {
    "triage.veiligheidsbeoordeling",
    "triage.melding-losgemaakt",
    "triage.onderzoeksuitkomst",
    "overdrachten.belegd",
    "radar.contact-gelegd",
    "radar.intrekking",
    "zaken.standvraag",
    "verwerking.verwerkt",
}


def test_the_registry_and_the_routing_table_name_the_same_types() -> None:
    assert set(message_types()) == set(RULES)
    for type_, rule in RULES.items():
        assert bool(rule.senders) is (message_types()[type_].to_hub is not None)
        assert rule.senders <= set(Role)


def test_every_type_that_reaches_anybody_has_a_model_from_the_hub() -> None:
    assert {known.name for known in message_types().values() if known.from_hub is None} == TO_HUB_ONLY


def test_a_seat_at_a_table_can_stand_as_every_answer_says() -> None:
    assert {one.value for one in Contribution} < {one.value for one in SeatState}


def test_each_schema_has_a_name_of_its_own_that_says_type_and_direction() -> None:
    known = message_types()["nl.ketenhub.meldingen.zorgmelding.v1"]
    assert known.schema_uri(Direction.TO_HUB) == "urn:ketenhub:schema:meldingen.zorgmelding:v1"
    assert known.schema_uri(Direction.FROM_HUB) == "urn:ketenhub:schema:meldingen.zorgmelding:v1:van-hub"


@pytest.mark.parametrize(
    "type_",
    [
        "",
        "meldingen.zorgmelding",
        "nl.ketenhub.meldingen.zorgmelding",
        "nl.ketenhub.meldingen.zorgmelding.v2",
        "nl.ketenhub.meldingen.zorgmelding.v1 ",
        "NL.ketenhub.meldingen.zorgmelding.v1",
        "nl.ketenhub.nl.ketenhub.meldingen.zorgmelding.v1.v1",
    ],
)
def test_an_unknown_type_is_refused_as_such(type_: str) -> None:
    with pytest.raises(Rejection) as refused:
        validate(type_, {})
    assert refused.value.reason is Code.TYPE_UNKNOWN
    assert refused.value.fields == ("/type",)


def test_a_refusal_names_at_most_twenty_fields() -> None:
    data = sample("meldingen.zorgmelding")
    data["betrokkenen"] = [{"rol": "x", "geslacht": "x"}] * 30
    with pytest.raises(Rejection) as refused:
        validate("nl.ketenhub.meldingen.zorgmelding.v1", data)
    assert len(refused.value.fields) == 20
    assert refused.value.fields[0] == "/data/betrokkenen/0/rol"


def test_a_long_list_is_not_read_to_its_end() -> None:
    data = sample("meldingen.zorgmelding")
    data["betrokkenen"] = data["betrokkenen"] * 5_000
    with pytest.raises(Rejection) as refused:
        validate("nl.ketenhub.meldingen.zorgmelding.v1", data)
    assert refused.value.fields == ("/data/betrokkenen",)
