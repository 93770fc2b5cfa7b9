"""The hub's own keys as the directory names them: public halves and ids, and what each counts for.

    state       whoever signs, opens, keeps or looks up        new things are made with it
    announced   need not have it yet                           no
    read        must have it                                   no
    write       must have it                                   yes, with this one of its kind
    retired     needs it no longer                             no, and what comes under it is refused

Each step is a version of the directory of its own (docs/decisions/0031). A key of the ids is not looked under: it makes
ids of what was signed in its turn, whenever that is decided, and one that wrote before is read for what was signed in
its own (docs/decisions/0032).
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

NO_HUB_KEY: Final = "hub-key-missing"
"""The code of what fails because a key of the hub is not on this machine."""


class KeyKind(StrEnum):
    """What a key is for. Those of a suite are pairs of which partners have the public half; all others are secrets."""

    S1_SIGNING = "S1-sig"
    S1_ENCRYPTION = "S1-enc"
    S1X_SIGNING = "S1X-sig"
    S1X_ENCRYPTION = "S1X-enc"
    STORAGE = "storage"
    RADAR = "radar"
    LOG = "log"
    IDS = "ids"


class KeyState(StrEnum):
    """See the module."""

    ANNOUNCED = "announced"
    READ = "read"
    WRITE = "write"
    RETIRED = "retired"


IN_USE: Final = frozenset({KeyState.READ, KeyState.WRITE})


@dataclass(frozen=True, slots=True)
class HubKey:
    """One key of the hub.

    Attributes:
        id: its RFC 7638 thumbprint with SHA-256; of 32 random bytes it tells nothing.
        jwk: the public half as canonical JSON text; empty for a secret.
        since: when it came into this state; unknown for those from before the directory named them. Of the ids, one
            that writes does so of what was signed from then on, and one that is read, of what was signed before.
    """

    kind: KeyKind
    id: str
    state: KeyState
    jwk: str = ""
    since: datetime | None = None
