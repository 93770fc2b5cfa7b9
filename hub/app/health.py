"""The state of a running hub, gathered from outside: what the database holds and what the broker says."""

from dataclasses import dataclass, replace

from hub.app.hub import Hub
from hub.broker.admin import Depth
from hub.broker.readers import readers
from hub.broker.topology import DEAD, INTAKE
from hub.ids import PartnerId

READ = (*INTAKE.values(), DEAD)
"""The queues that the hub reads."""


@dataclass(frozen=True, slots=True)
class Status:
    """Attributes:
    numbers: of the database, see `store.views.status`.
    queues: of the broker, by partner and queue.
    unready: why the hub cannot do its work, each a sentence; none means it can.
    attention: what it does as it should, and an operator has to look at.
    """

    numbers: dict[str, int]
    queues: dict[PartnerId, dict[str, Depth]]
    unready: list[str]
    attention: list[str]


async def status(hub: Hub) -> Status:
    """How the hub is now."""
    numbers = dict(await hub.database.status())
    directory = await hub.database.store.directory()
    now = await hub.now()
    queues: dict[PartnerId, dict[str, Depth]] = {}
    async with hub.admin() as admin:
        for partner in directory.partners.values():
            if partner.active(now):
                queues[partner.id] = await _sure(hub, partner.id, await admin.depths(partner.id))
    return Status(numbers, queues, _unread(queues), _waiting(numbers))


async def _sure(hub: Hub, partner: PartnerId, depths: dict[str, Depth]) -> dict[str, Depth]:
    """The management API may not know a new reader for seconds: where it says nobody reads, the queue is asked."""
    doubtful = [name for name in READ if name in depths and depths[name].consumers == 0]
    if not doubtful:
        return depths
    found = await readers(hub.connector, partner, doubtful)
    return depths | {name: replace(depths[name], consumers=number) for name, number in found.items()}


def _waiting(numbers: dict[str, int]) -> list[str]:
    alarms = {
        "quarantined": "{} in quarantine: look with `ketenhub quarantine list`",
        "undeliverable": "{} messages that a partner's system says it cannot take: repair, they are sent again",
        "overdue": "{} terms overdue: see `ketenhub case show`",
    }
    return [text.format(numbers[name]) for name, text in alarms.items() if numbers.get(name)]


def _unread(queues: dict[PartnerId, dict[str, Depth]]) -> list[str]:
    alarms = []
    for partner, depths in queues.items():
        for name in READ:
            if name not in depths:
                alarms.append(f"{partner}: queue {name} is missing: run `ketenhub topology apply`")
            elif depths[name].consumers == 0:
                alarms.append(f"{partner}: nobody reads {name}: is `ketenhub serve` running?")
    return alarms
