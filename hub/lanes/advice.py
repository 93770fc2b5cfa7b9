"""Advice: a question to the triage of a region and its answer. No case, nobody identified, nothing moves."""

from uuid import UUID

from hub.canonical import commands as c
from hub.canonical.codes import Remark
from hub.canonical.notices import Notice, PassOn
from hub.canonical.partners import Partner, Role
from hub.errors import Code, Rejection
from hub.ids import MessageId, PartnerId
from hub.lanes.answers import accepted
from hub.lanes.asking import Asked
from hub.lanes.counting import advice_counted
from hub.lanes.fate import CauseUnknown
from hub.lanes.naming import naming_of
from hub.lanes.render import Incoming, Occasion, off_case
from hub.lanes.setting import Setting
from hub.lanes.way import way_for
from hub.lanes.workspace import Verdict, Workspace
from hub.ports import Cause, Count, InboxRow
from hub.schemas.message import wire_type

REQUEST = wire_type("adviezen.adviesvraag")


def advised(
    asked: Asked, command: c.AskAdvice | c.GiveAdvice, row: InboxRow, work: Workspace, setting: Setting
) -> Verdict:
    """The question goes to the triage desk of its region, the answer to who asked.

    Raises:
        Rejection: the answer names no request that this triage got.
        OurFault: that request is not known yet.
    """
    if isinstance(command, c.AskAdvice):
        way = way_for(asked.sender, asked.event, command, None, None, work)
        to, role, rule = way.triage, Role.VEILIG_THUIS, way.rule
        remarks: tuple[Remark, ...] = (Remark.REGION_ASSUMED,) if way.assumed else ()
        counts: tuple[Count, ...] = (advice_counted(asked.sender.role, way.region, work.now),)
    else:
        asker, rule, counts, remarks = _asker(asked, work), "asker", (), ()
        to, role = asker.oin, asker.role
    decided = accepted(row, asked.event.time, None, work.now, work.directory, setting, rule=rule, remarks=remarks)
    incoming = Incoming(asked.sender, asked.event, asked.data, row)
    occasion = Occasion(
        asked.event.urgentie, naming_of(row, setting.keys.names(work.directory), asked.event.time), incoming
    )
    told = off_case(Notice(to, PassOn()), role, occasion, work, setting)
    return Verdict(decided, outgoing=(told.message,), counts=counts, processing=told.processing)


def _asker(asked: Asked, work: Workspace) -> Partner:
    cause = _cause(asked.sender.id, asked.event.causationid, work)
    if cause.type != REQUEST or cause.sender is None:
        raise Rejection(Code.CAUSE_UNKNOWN, ("/causationid",))
    return work.directory.partners[cause.sender]


def _cause(partner: PartnerId, named: UUID | None, work: Workspace) -> Cause:
    if named is None:
        raise Rejection(Code.CAUSE_UNKNOWN, ("/causationid",))
    cause = work.cause(partner, MessageId(named))
    if cause is None:
        raise CauseUnknown(named)
    return cause
