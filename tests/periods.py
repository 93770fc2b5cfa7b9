"""A hub on a database whose periods are over: what an operator's `recover` leaves of a copy that is older than that."""

from hub.lanes.database import Patient
from hub.lanes.health import Health
from hub.lanes.periods import Periods
from hub.lanes.stepping import KeyStanding
from hub.ports import Period
from hub.store import periods
from hub.store.engine import transaction
from tests.databases import one
from tests.kit import PERIOD, Kit, Machine, on_own_machine

GONE = "select count(*) from {} where key_id = 'gone'"


def keeper(kit: Kit) -> Periods:
    return Periods(kit.store, kit.setting, Patient(Health()))


async def two_periods_on(kit: Kit, step: int = 2, *, looked: bool = True) -> Kit:
    """The machines' key is ahead of all that waits in the copy; nobody has found out yet, unless somebody `looked`."""
    machine = on_own_machine(kit).setting.keys.periods
    assert isinstance(machine, Machine)
    assert machine.held is not None
    hub = on_own_machine(kit, machine.held.at(step))
    async with transaction(hub.engine) as connection:
        await periods.take_up(connection, Period(PERIOD.chain, step), (await hub.store.moment()).now)
    if looked:
        assert await keeper(hub).look() is KeyStanding.READY
    return hub


async def gone(hub: Kit, table: str) -> int:
    """How many rows there open no more."""
    return int(await one(hub.engine, GONE.format(table)))
