"""One case from its first report to its end, for the pages that show it."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from hub.canonical import terms as t
from hub.canonical.codes import Lane, Outcome, RefusalReason, TermUnit
from hub.canonical.partners import Directory, Partner, Role
from hub.cases import events as e
from hub.cases.evolve import fold
from hub.ids import CaseId, HandoverId, MessageId, Oin, PartnerId, RegionId, ReportId
from hub.store.views import CaseView

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
FRIDAY = MONDAY + timedelta(days=4, minutes=5)
POLICE, VT, TEAM, STRANGER = (Oin(f"00000099{number:012d}") for number in (1, 2, 3, 4))
CASE, REPORT, OFFER = CaseId(UUID(int=1)), ReportId(UUID(int=2)), HandoverId(UUID(int=3))
REGION = RegionId("haaglanden")
ROLES = {POLICE: Role.POLICE, VT: Role.VEILIG_THUIS, TEAM: Role.LOCAL_TEAM}
DIRECTORY = Directory(
    1,
    Oin("00000099000000000000"),
    {
        PartnerId(f"{role}-delft"): Partner(PartnerId(f"{role}-delft"), oin, role, (REGION,), (), MONDAY)
        for oin, role in ROLES.items()
    },
)


def told(at: datetime, to: Oin, version: int = 1) -> e.NoticeIssued:
    return e.NoticeIssued(at, to, version, MessageId(UUID(int=9)), "")


def a_term(at: datetime, name: str, about: UUID, due: datetime) -> e.TermStarted:
    return e.TermStarted(at, name, 5, TermUnit.WORKING_DAYS, about, due)


RECORDED = MONDAY + timedelta(minutes=12)
EVENTS: tuple[e.Event, ...] = (
    e.CaseOpened(MONDAY, CASE, REGION, VT, POLICE),
    e.ReportReceived(MONDAY, REPORT, POLICE, Lane.ROUTINE, True),
    told(MONDAY, VT),
    e.ReportRecorded(RECORDED, REPORT, False),
    e.HolderMoved(RECORDED, POLICE, VT, REPORT),
    a_term(RECORDED, t.SAFETY_ASSESSMENT, REPORT, MONDAY + timedelta(days=7)),
    told(RECORDED, POLICE),
    told(RECORDED, VT, 2),
    e.ReportAssessed(FRIDAY, REPORT, Outcome.HANDOVER, acute=True),
    e.TermMet(FRIDAY, t.SAFETY_ASSESSMENT, REPORT),
    a_term(FRIDAY, t.OFFER_ANSWER, OFFER, FRIDAY + timedelta(days=5)),
    e.HandoverOffered(FRIDAY, OFFER, VT, (TEAM, STRANGER), FRIDAY + timedelta(days=5), False),
    e.HandoverRefused(FRIDAY + timedelta(hours=3), OFFER, STRANGER, RefusalReason.CAPACITY),
)
YES: tuple[e.Event, ...] = (
    e.HandoverAccepted(FRIDAY + timedelta(days=20), OFFER, TEAM, MessageId(UUID(int=8))),
    e.HolderMoved(FRIDAY + timedelta(days=20), VT, TEAM, OFFER),
    e.TermMet(FRIDAY + timedelta(days=20), t.OFFER_ANSWER, OFFER),
)


def a_view(*events: e.Event, now: datetime) -> CaseView:
    case = fold(None, events)
    assert case is not None
    return CaseView(case, events, now)
