"""Which reports are about the same people: matching keyed pseudonyms (DESIGN, "Radar"; after Jeugdwet par. 7.1).

Theory. A report is entered in the radar under a pseudonym for each thing by which somebody in it can be known
(`hub/schemas/identities.py`). Two reports with a pseudonym in common speak of the same person, address or parent; the
radar knows no more than that. What follows is decided here, from values only:

    join        both reports have a BSN or SKN of a child or victim in common, and all such reports that are still on an
                open case are on one and the same: the new report joins it. A perpetrator's number never does this: one
                man may be a danger in two families. A sender that named its case itself has said where it belongs.
    continues   no such case is open any more: a new case is opened, linked to the one that closed last.
    hit         everything in common, numbers too, is a hint: who else reported, on which grounds, never what.
"""

from dataclasses import dataclass, field
from datetime import datetime

from hub.canonical.codes import MatchGround
from hub.ids import Oin, RadarKeyId, ReportId

MOST_HITS = 50
"""Of one report, and entries read of one pseudonym: an institution's address may be in hundreds."""


@dataclass(frozen=True, slots=True)
class RadarEntry:
    """That a report speaks of somebody, by pseudonym. Its case is found through the report, and kept nowhere else.

    Attributes:
        pseudonym: 32 bytes; each ground has pseudonyms of its own.
        joins: it is the number of a child or victim, so that it can bring a report to a case.
        at: when the report came.
        expires: from then on it is not found any more.
        key_id: the key that the pseudonym was made with.
    """

    pseudonym: bytes = field(repr=False)
    report: ReportId
    ground: MatchGround
    joins: bool
    reporter: Oin
    at: datetime
    expires: datetime
    key_id: RadarKeyId
