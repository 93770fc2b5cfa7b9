"""What every lane works with: fixed at start, passed in, never read from anywhere."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

from hub.canonical.holding import Holding
from hub.canonical.terms import Terms
from hub.ids import Oin
from hub.lanes.keys import HubKeys, PartnerKeys
from hub.lanes.misplaced import Misplaced
from hub.lanes.passing import Passing
from hub.lanes.unreadable import Unreadable
from hub.routing.limits import Limits
from hub.routing.radar import RolePairs


@dataclass(frozen=True, slots=True)
class Setting:
    """Attributes:
    worker: this process, for logs and the batch records.
    source: `source` of the hub's own events.
    production: whether real data are expected; otherwise only test data are.
    pairs: which reporters may hear of each other.
    dummies: numbers of persons that systems fill in where none is known.
    holding: who may take over sight on safety by an offer.
    new_id: fresh random UUIDs, for rows: what leaves the hub is named by `keys.names`.
    passing: what was decided in this process.
    unreadable: what it got that never became a message.
    misplaced: what it got by the queue of the other lane.
    ticks: seconds that only go on: how long something took.
    """

    worker: str
    hub: Oin
    source: str
    production: bool
    terms: Terms
    limits: Limits
    keys: HubKeys
    partner_keys: PartnerKeys
    pairs: RolePairs
    dummies: frozenset[str]
    holding: Holding
    new_id: Callable[[], UUID]
    passing: Passing = field(default_factory=Passing)
    misplaced: Misplaced = field(default_factory=Misplaced)
    ticks: Callable[[], float] = time.monotonic
    unreadable: Unreadable = field(default_factory=Unreadable)
