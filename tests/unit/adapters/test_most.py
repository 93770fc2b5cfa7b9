"""However much a case owes, what the hub says of it keeps to its own schema and fits in one message."""

from uuid import UUID

import pytest

from hub.adapters import encode
from hub.canonical import notices as n
from hub.canonical.codes import TableKind
from hub.canonical.partners import Role
from hub.envelope.policy import FROM_HUB_LIMIT
from hub.ids import ActionId, TableId
from hub.schemas.cloudevent import canonical_json
from hub.schemas.message import Direction
from hub.schemas.registry import validate
from tests.unit.cases.builders import MONDAY, POLICE, VT, an_oin

MANY = 1_000
SEALED = 16 / 9
"""What base64 twice makes of a payload; the headers are small."""


IDS = [UUID(int=number) for number in range(1, MANY + 1)]
STEPS = tuple(n.OpenStep("actieoverleg.afspraak-aanvaard", POLICE, id_) for id_ in IDS)
TERMS = tuple(n.RunningTerm("aanvaarding-afspraak", 3, "werkdagen", id_, MONDAY, True) for id_ in IDS)
ACTIONS = tuple(n.ActionStand(ActionId(id_), POLICE, False) for id_ in IDS)
TABLE = TableId(UUID(int=0))
SEATS = tuple(n.Seat(an_oin(number), None, True) for number in range(1, 21))
PARTIES = tuple(an_oin(number) for number in range(1, 52))
BODIES = (
    n.Stand("open", VT, 1, STEPS, TERMS),
    n.TableStand(TABLE, TableKind.ACTION, MONDAY, SEATS, ACTIONS),
    n.Escalation("contact-gelegd", "radar.contact-gelegd", TABLE, MONDAY, PARTIES, 1),
)


@pytest.mark.parametrize("body", BODIES, ids=["stand", "table", "alarm"])
def test_it_is_cut_to_what_a_message_holds(body: n.Body) -> None:
    type_, data = encode(n.Notice(VT, body, UUID(int=1), 1, VT), Role.VEILIG_THUIS, None)

    validate(type_, data, Direction.FROM_HUB)
    assert len(canonical_json(data)) * SEALED < FROM_HUB_LIMIT * 0.9


def test_the_first_steps_and_the_newest_terms_and_actions_are_said() -> None:
    stand, table = (encode(n.Notice(VT, body, UUID(int=1), 1, VT), Role.VEILIG_THUIS, None)[1] for body in BODIES[:2])
    assert stand["openStappen"][0]["over"] == str(IDS[0])
    assert stand["termijnen"][-1]["over"] == table["afspraken"][-1]["afspraak"] == str(IDS[-1])
