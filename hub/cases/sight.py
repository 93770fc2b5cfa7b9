"""Who sees which part of a case, and who may act on it: every tie, every part, one cell with its ground (decision 44).

What a stand shows, who hears an alarm, what a notice says of the case, whether what somebody is told by the route may
be known to be about the case, and what a party may bring to it all go by this table; which notices it gets, by that in
`hearing.py`. docs/disclosure.md draws both.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from uuid import UUID

from hub.canonical import terms as t
from hub.canonical.partners import Role
from hub.cases.case import NO_OTHERS, Case
from hub.cases.ties import Tie, Ties, ties
from hub.ids import Oin, ReportId


class Sees(Enum):
    ALL = "all"
    """Of the whole case."""
    OWN = "own"
    """Of what it is tied to."""
    SELF = "self"
    """Of what it is tied to, what it is to do itself: who else is asked is not told."""
    NOT = "-"


class Part(Enum):
    """What a step, a term or an alarm is about."""

    REPORTS = "reports"
    RESEARCH = "research"
    OFFERS = "offers"
    TABLES = "tables"
    MONITORING = "monitoring"
    RADAR = "radar"


@dataclass(frozen=True, slots=True)
class Parts:
    """A cell for each part, by the order of `Part`."""

    reports: Sees
    research: Sees
    offers: Sees
    tables: Sees
    monitoring: Sees
    radar: Sees

    def of(self, part: Part) -> Sees:
        cell: Sees = getattr(self, part.value)
        return cell


@dataclass(frozen=True, slots=True)
class Row:
    """What one tie gives.

    Attributes:
        status: `status` of a stand. All: of the case; own: what became of what it is tied to.
        holder: `houder`, in a stand and beside each notice. Own: as long as its own offer is what the holder holds by.
        attention: `aandacht`.
        stand: steps and terms in a stand.
        alarms: whom an alarm may reach that is not itself asked; who is asked always hears that it is.
        linked: that a message which the route brings is about this case.
        brings: whether a report of it that names the case joins it, and whether it may say news on it.
        table: whether it may put the case on a joint table.
    """

    status: Sees
    holder: Sees
    attention: Sees
    stand: Parts
    alarms: Parts
    linked: Sees
    brings: bool
    table: bool


A, O, S, N = Sees.ALL, Sees.OWN, Sees.SELF, Sees.NOT  # noqa: E741 - a table is read by its letters
NOTHING = Parts(N, N, N, N, N, N)

# fmt: off
TABLE: Mapping[Tie, Row] = {
    #                         status    attention     reports, research, offers, tables, monitoring, radar     linked
    #                            holder        stand                     alarms
    Tie.TRIAGE:        Row(A, A, A, Parts(A, A, A, A, A, A), Parts(A, A, A, A, A, A), A, True, True),
    Tie.FORMER_TRIAGE: Row(O, N, N, NOTHING,                 NOTHING,                 N, False, False),
    Tie.HOLDER:        Row(A, A, A, Parts(A, A, A, N, A, N), Parts(A, A, A, N, A, N), A, True, True),
    Tie.GIVER:         Row(O, O, N, Parts(N, N, O, N, N, N), NOTHING,                 A, False, False),
    Tie.HELD_BEFORE:   Row(O, N, N, NOTHING,                 NOTHING,                 N, False, False),
    Tie.ASKED:         Row(A, N, N, Parts(N, N, S, N, N, N), NOTHING,                 N, True, False),
    Tie.REFUSED:       Row(O, N, N, NOTHING,                 NOTHING,                 N, False, False),
    Tie.WITHDRAWN:     Row(O, N, N, NOTHING,                 NOTHING,                 N, False, False),
    Tie.REPORTER:      Row(O, N, N, Parts(O, N, N, N, N, N), Parts(O, N, N, N, N, N), N, True, True),
    Tie.CHAIR:         Row(A, N, N, Parts(N, N, N, O, N, N), Parts(N, N, N, O, N, N), A, True, False),
    Tie.SEAT:          Row(A, N, N, Parts(N, N, N, O, N, N), NOTHING,                 A, True, False),
    Tie.DECLINED:      Row(O, N, N, NOTHING,                 NOTHING,                 N, False, False),
    Tie.SAT:           Row(O, N, N, NOTHING,                 NOTHING,                 N, False, False),
    Tie.SAT_LAST:      Row(A, N, N, NOTHING,                 NOTHING,                 N, False, False),
    Tie.RESPONSIBLE:   Row(A, N, N, Parts(N, N, N, S, N, N), NOTHING,                 N, True, False),
    Tie.QUESTIONED:    Row(A, N, N, Parts(N, N, N, N, S, N), NOTHING,                 N, True, False),
    Tie.TOLD:          Row(N, N, N, Parts(N, N, N, N, N, S), NOTHING,                 N, False, False),
    Tie.ROUTED:        Row(N, N, N, NOTHING,                 NOTHING,                 N, False, False),
}
# fmt: on

GROUNDS: Mapping[Tie, str] = {
    Tie.TRIAGE: "it weighs every report and watches what comes of it (Wmo 2015 art. 4.1.1 lid 2)",
    Tie.FORMER_TRIAGE: "it knows that it gave the case to another region, and no more",
    Tie.HOLDER: "it answers for sight on safety by its own signed yes",
    Tie.GIVER: "it gave sight on safety, and must see that somebody has it; once that one hands on, no more",
    Tie.HELD_BEFORE: "it knows that it has handed on, and no more",
    Tie.ASKED: "it is asked to take over: what for, and until when",
    Tie.REFUSED: "what became of the offer to it: it said no",
    Tie.WITHDRAWN: "what became of the offer to it: it was withdrawn",
    Tie.REPORTER: "the steps taken on its own report (Wmo 2015 art. 4.1.1 lid 2 onder g); until it is recorded, "
    "it goes on watching, and hears that nobody has recorded it",
    Tie.CHAIR: "it answers for what its own table is to say",
    Tie.SEAT: "it sits there with the others",
    Tie.DECLINED: "it was invited, and takes no part; it may say more later, and is then at the table again",
    Tie.SAT: "it knows that the table is over, and no more",
    Tie.SAT_LAST: "it was told that the table is over, and reads why",
    Tie.RESPONSIBLE: "the action is its own to do",
    Tie.QUESTIONED: "the question is put to it",
    Tie.TOLD: "it may hear of the other reporter, and is to make contact (after Jeugdwet par. 7.1)",
    Tie.ROUTED: "the message at hand is its business, by its region or its role, and nothing else of the case is",
}
"""Why a tie gives what its row says."""

WHY_NOT: Mapping[str, str] = {
    "status": "that a case runs, or is over, is a fact about the family",
    "holder": "who helps a family says where it is, and what with",
    "attention": "it says that others have reported",
    "reports": "that others reported is a fact about the family",
    "research": "that there is research is the triage's to say, to each reporter as a step taken",
    "offers": "who was asked to help, and who would not, is the giver's business",
    "tables": "who sits at a table says what the family is suspected of, or suffered",
    "monitoring": "it says that somebody holds, and how it goes",
    "radar": "that others reported is told where the pair of roles allows, and nowhere else",
    "linked": "what the route brings does not say which family of its own it is about",
    "brings": "it has nothing to do with the case any more: what it brings is judged as from anyone",
    "table": "a table is put by who answers for the family or for a report of its own",
}
"""Why a cell is empty, by its column."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What one party may know of a case, and do on it, by all its ties together."""

    ties: Ties
    under: Mapping[UUID, ReportId]
    """What it takes part in by a report of its own, and by which."""

    def rows(self) -> list[Row]:
        return [TABLE[tie] for tie in self.ties]

    @property
    def oversees(self) -> bool:
        """Whether it sees every report: then nothing is told it by one report alone."""
        return any(row.stand.reports is Sees.ALL for row in self.rows())

    @property
    def knows_state(self) -> bool:
        return any(row.status is Sees.ALL for row in self.rows())

    @property
    def knows_holder(self) -> bool:
        return any(row.holder is not Sees.NOT for row in self.rows())

    @property
    def linked(self) -> bool:
        return any(row.linked is Sees.ALL for row in self.rows())

    @property
    def is_over(self) -> bool:
        """Whether it had to do with the case, and now brings nothing to it that anyone else would not."""
        return bool(self.ties) and not any(row.brings for row in self.rows())

    @property
    def puts_table(self) -> bool:
        return any(row.table for row in self.rows())

    def sees(self, part: Part, about: UUID, *, itself: bool) -> bool:
        """A step or term of this part, about this, in a stand; `itself`: it is the one that is to act."""
        return any(covers(TABLE[tie].stand.of(part), about, on, itself) for tie, on in self.ties.items())

    def hears(self, part: Part, about: UUID) -> bool:
        """An alarm of which it is not the one that is to act."""
        return any(covers(TABLE[tie].alarms.of(part), about, on, False) for tie, on in self.ties.items())

    def called(self, report: ReportId | None) -> "Sight":
        """What it may know by the name that it uses: by a report of its own, of no other; by the case, of no report."""
        if self.oversees:
            return self
        named = {tie: frozenset(one for one in on if self.under.get(one) == report) for tie, on in self.ties.items()}
        return Sight({tie: on for tie, on in named.items() if on}, self.under)


def sight_of(case: Case, oin: Oin, but: frozenset[Role] = NO_OTHERS) -> Sight:
    """What this party may know; `but`: the roles of its other connections (`ties`)."""
    found = ties(case, oin, but)
    parts = {about for on in found.values() for about in on}
    by_report = ((about, case.taken_under(oin, about)) for about in parts)
    return Sight(found, {about: report.id for about, report in by_report if report is not None})


def covers(cell: Sees, about: UUID, on: frozenset[UUID], itself: bool) -> bool:
    """Whether a cell gives this to one that has to do with these; `itself`: it is the one that is to act."""
    match cell:
        case Sees.ALL:
            return True
        case Sees.OWN:
            return about in on
        case Sees.SELF:
            return itself and about in on
    return False


PART_OF: Mapping[str, Part] = {
    t.SAFETY_ASSESSMENT: Part.REPORTS,
    t.ACUTE_RECORDING: Part.REPORTS,
    t.RESEARCH: Part.RESEARCH,
    t.MDA_TABLE: Part.TABLES,
    t.OFFER_ANSWER: Part.OFFERS,
    t.OFFER_ANSWER_ACUTE: Part.OFFERS,
    t.MORE_ASKED: Part.OFFERS,
    t.REGION_HANDOVER: Part.OFFERS,
    t.CONTACT: Part.RADAR,
    t.CONTRIBUTION: Part.TABLES,
    t.ACTION_ANSWER: Part.TABLES,
    t.TABLE_SILENCE: Part.TABLES,
    t.MONITORING_FIRST: Part.MONITORING,
    t.MONITORING_SECOND: Part.MONITORING,
    t.MONITORING_QUESTION: Part.MONITORING,
    t.MONITORING_ANSWER: Part.MONITORING,
}
"""What each term is about."""
