"""`actieoverleg.stand`: who has answered, has nothing, does not take part, or is missing."""

from collections.abc import Mapping
from datetime import datetime

from hub.canonical.codes import Contribution
from hub.canonical.notices import ActionStand, Seat, TableStand
from hub.cases.case import Table
from hub.cases.states import ActionState, SeatState

_SAID: Mapping[SeatState, Contribution] = {
    SeatState.KNOWN: Contribution.KNOWN,
    SeatState.NOTHING_KNOWN: Contribution.NOTHING_KNOWN,
    SeatState.DECLINED: Contribution.DECLINED,
}


def table_stand(table: Table, now: datetime) -> TableStand:
    """The table as its chair sees it; whoever is silent after the deadline is missing."""
    silent = now >= table.answer_by
    seats = tuple(Seat(oin, _SAID.get(state), silent and state not in _SAID) for oin, state in table.seats.items())
    actions = tuple(
        ActionStand(action.id, action.responsible, action.state is ActionState.ACCEPTED)
        for action in table.actions.values()
    )
    return TableStand(table.id, table.kind, table.answer_by, seats, actions)
