"""The edges, as Protocols, and the values that cross them.

The lanes know these and no server: `hub/store` and `hub/broker` implement them.
"""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from hub.ports.batches import Before, Changes, DueTimer, Loaded, Lost, OwnMaking, Refilled, Register, Waiting, Wanted
from hub.ports.glance import ALL, Due, Glance
from hub.ports.lapsed import Longest, MonthsTurned, TrafficEnded
from hub.ports.messages import Delivery, Outgoing, Properties, Publisher, Settler, Source
from hub.ports.periods import AtRest, Contents, Period, Place, Sealed
from hub.ports.rows import (
    Body,
    CaseChange,
    Cause,
    Confirmation,
    Count,
    Fate,
    HeldPart,
    InboxRow,
    JournalRow,
    Lack,
    LacksTurned,
    OutboxRow,
    ProcessingLine,
    SentMessage,
    StoredDelivery,
    Taken,
)
from hub.ports.store import Store, Unit
from hub.ports.unread import AlarmOut, InQueue, Judged, Out, QueueOut, Unread
from hub.ports.upkeep import Lead

__all__ = [
    "ALL",
    "AlarmOut",
    "AtRest",
    "Before",
    "Body",
    "CaseChange",
    "Cause",
    "Changes",
    "Clock",
    "Confirmation",
    "Contents",
    "Count",
    "Delivery",
    "Due",
    "DueTimer",
    "Fate",
    "Glance",
    "HeldPart",
    "InQueue",
    "InboxRow",
    "JournalRow",
    "Judged",
    "Lack",
    "LacksTurned",
    "Lead",
    "Loaded",
    "Longest",
    "Lost",
    "MonthsTurned",
    "NewId",
    "Out",
    "OutboxRow",
    "Outgoing",
    "OwnMaking",
    "Period",
    "Place",
    "ProcessingLine",
    "Properties",
    "Publisher",
    "QueueOut",
    "Refilled",
    "Register",
    "Sealed",
    "SentMessage",
    "Settler",
    "Source",
    "Store",
    "StoredDelivery",
    "Taken",
    "TrafficEnded",
    "Unit",
    "Unread",
    "Waiting",
    "Wanted",
]

Clock = Callable[[], datetime]
"""Aware UTC now."""
NewId = Callable[[], UUID]
"""A fresh random UUID."""
