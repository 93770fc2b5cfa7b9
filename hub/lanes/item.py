"""A delivery of a batch and the inbox row that it is, and its bytes as they are kept where it cannot be decided."""

from dataclasses import dataclass

from hub.errors import Surroundings
from hub.lanes.answers import sealed
from hub.lanes.arrival import Arrival
from hub.lanes.setting import Setting
from hub.lanes.workspace import Workspace
from hub.ports import InboxRow, Place, Sealed, StoredDelivery
from hub.ports.periods import AS_IT_CAME


@dataclass(frozen=True, slots=True)
class Item:
    """One delivery of the batch, and its inbox row as the database has it."""

    arrival: Arrival
    row: InboxRow
    attempt: int = 1
    """Which attempt this is."""
    kept: StoredDelivery | None = None
    """As it was stored until now."""


def as_kept(row: InboxRow, body: bytes, work: Workspace, setting: Setting) -> Sealed:
    """As it is kept; as it came before the first period, and while the storage key is not here, as it must not be lost
    for that: it is wrapped later."""
    if not work.period.chain:
        return Sealed(body, b"", AS_IT_CAME)
    try:
        return sealed(body, setting.keys.keeping(work.directory, work.period), Place.STORED.bound(row.id))
    except Surroundings:
        return Sealed(body, b"", AS_IT_CAME)
