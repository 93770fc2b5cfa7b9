"""A little model of who holds, who is asked and who may call a case what: P3 and P4 without the code under test.

It knows nothing of events, terms or wording; it says for each message whether it must be refused, with which code,
who holds afterwards and who must hear that an offer to it is over. What it says of tables, questions and research is in
`model_beside.py`.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from hub.canonical import commands as c
from hub.canonical.codes import Outcome
from hub.errors import Code
from hub.ids import CaseId, CoincidenceId, HandoverId, Oin, ReportId
from tests.unit.cases.builders import DESKS
from tests.unit.cases.model_beside import Beside, ModelTable

Asked = tuple[HandoverId, Oin]
STEP, SCHEMA, UNKNOWN = {Code.STEP_NOT_ALLOWED}, {Code.SCHEMA_INVALID}, {Code.HANDOVER_UNKNOWN}
FINE: set[Code] = set()


@dataclass
class ModelReport:
    """`desk`: that it was reported to; `led`: to research; `researched`: which is over."""

    reporter: Oin
    opener: bool
    desk: Oin
    recorded: bool = False
    assessed: bool = False
    detached: bool = False
    led: bool = False
    researched: bool = False


@dataclass
class ModelOffer:
    """`more`: who asked for more since it was last given; `wanted`: the full part, again; `done`: how far it is."""

    giver: Oin
    answers: dict[Oin, str]  # open, yes, no or over
    back: bool = False
    acute: bool = False
    hashes: dict[Oin, list[str]] = field(default_factory=dict)  # oldest first
    more: set[Oin] = field(default_factory=set)
    wanted: bool = False
    done: str = ""  # started or completed
    guests: set[Oin] = field(default_factory=set)  # who was a reporter and nothing else when it was asked

    def open(self) -> set[Oin]:
        return {oin for oin, answer in self.answers.items() if answer == "open"}


@dataclass
class Model:
    id: CaseId
    triage: Oin
    holder: Oin | None
    open: bool = True
    by: HandoverId | None = None  # what the holder took over; None: it holds by a report
    watched: bool = False  # by the triage, since then
    researching: bool = False
    reports: dict[ReportId, ModelReport] = field(default_factory=dict)
    offers: dict[HandoverId, ModelOffer] = field(default_factory=dict)
    desks: set[Oin] = field(default_factory=set)
    held: set[Oin] = field(default_factory=set)
    asked: set[Oin] = field(default_factory=set)
    told: Counter[Oin | UUID] = field(default_factory=Counter)  # by party, and by report to who reported it
    beside: Beside = field(default_factory=Beside)

    # Names

    def insiders(self) -> set[Oin]:
        """Who calls it by the case; a reporter does not, by that alone."""
        return {self.triage} | self.desks | self.asked

    def own(self) -> dict[ReportId, ModelReport]:
        return {id_: report for id_, report in self.reports.items() if not report.detached}

    def own_reports(self, oin: Oin) -> set[UUID]:
        return {id_ for id_, report in self.own().items() if report.reporter == oin}

    def names(self, oin: Oin) -> set[UUID]:
        """Every correlation by which this party may name the case."""
        tables = [one for one in self.beside.tables.values() if oin in one.everybody()]
        by_case = any(self.under(one, oin) is None for one in tables)
        inside: set[UUID] = {self.id} if oin in self.insiders() or by_case else set()
        return inside | self.own_reports(oin)

    def latest(self, oin: Oin) -> ReportId | None:
        return next((id_ for id_, one in reversed(self.own().items()) if one.reporter == oin), None)

    def under(self, table: ModelTable, oin: Oin) -> ReportId | None:
        """The report by which it is at this table; none, if by the case."""
        tie = table.by if oin == table.chair else table.guests.get(oin)
        return tie if tie is None or tie in self.own_reports(oin) else self.latest(oin)

    def seated(self, oin: Oin, name: UUID | None) -> bool:
        """Whether it takes part in a table under this name; who sees the whole case, under any."""
        return self.open and any(oin in one.hear() for one in self._tables_under(oin, name))

    def sat_last(self, oin: Oin, name: UUID | None) -> bool:
        """Whether it took part in one when the case was closed: then it knows that it is."""
        return not self.open and any(oin in one.sit() for one in self._tables_under(oin, name))

    def _tables_under(self, oin: Oin, name: UUID | None) -> list[ModelTable]:
        own = name if name in self.own_reports(oin) else None
        tables = [one for one in self.beside.tables.values() if oin in one.everybody()]
        return [one for one in tables if oin in self.overseers() or self.under(one, oin) == own]

    def addressed(self, oin: Oin, about: UUID | None = None) -> set[UUID | None]:
        """By what the hub may call it to this party."""
        tables = self.beside.tables.items()
        at = next((one for id_, one in tables if about == id_ or about in one.actions), None)
        if at is not None and oin in at.everybody() and oin not in self.overseers():
            return {self.under(at, oin) or self.id}
        if about in self.beside.told and oin not in self.overseers():
            return {*self.own_reports(oin)} or self.addressed(oin)
        if oin in self.insiders():
            return {self.id}
        own = self.own_reports(oin)
        return {*own} if own else {self.id} if oin in self.beside.seated() else {None}

    def overseers(self) -> set[Oin]:
        """Who sees the whole case: the triage, and a holder that knows it, also the last one of a closed case."""
        last = {oin for oin, answer in self.offers[self.by].answers.items() if answer == "yes"} if self.by else set()
        return {self.triage} | ({self.holder} & self.insiders() if self.holder else last)

    def knows_holder(self, oin: Oin) -> bool:
        """The triage, the holder unless by a report only, and who gave it what it holds by."""
        taken = self.offers[self.by] if self.by is not None else None
        gave = taken is not None and taken.giver == oin and self.holder is not None
        return oin in self.overseers() or (gave and taken is not None and taken.answers.get(self.holder) == "yes")

    def asked_now(self) -> set[Oin]:
        return {oin for _, oin in self.open_offers()}

    def by_own_report(self, oin: Oin, name: UUID | None) -> bool:
        """Whether it speaks of the case as its reporter, and sees no more than that."""
        return name in self.own_reports(oin) and oin not in self.overseers()

    def knows_state(self, oin: Oin, name: UUID | None) -> bool:
        """Whether the case runs still."""
        asked = oin in self.asked_now() and not self.by_own_report(oin, name)
        return oin in self.overseers() or self.seated(oin, name) or self.sat_last(oin, name) or asked

    def is_over(self, oin: Oin, name: UUID | None) -> bool:
        """Whether it was asked once, or had the case, and that is all."""
        there = oin in self.overseers() | self.asked_now() or self.seated(oin, None)
        return not self.by_own_report(oin, name) and not there

    def open_offers(self) -> set[Asked]:
        return {(id_, oin) for id_, offer in self.offers.items() for oin in offer.open()}

    # Refused

    def refusals(
        self, sender: Oin, command: c.CaseCommand, now: datetime, gone: Iterable[Oin], name: UUID | None = None
    ) -> set[Code]:
        """The codes, one of which the message must be refused with; none if it must be accepted.

        Who may not know that the case is closed is told so by none.
        """
        match command:
            case c.Report() | c.AskStand() | c.Delivered() | c.TermReached():
                return FINE
            case c.WithdrawFromRadar():
                report = self.reports.get(command.report)
                by_another = name in self.own_reports(sender) - {command.report}
                return FINE if report and report.reporter == sender and not by_another else STEP
            case c.ConfirmContact():
                told = self.beside.told.get(command.coincidence, set())
                able = told | self.awaited(command.coincidence) if told else told
                return FINE if sender in able and command.coincidence not in self.beside.past else STEP
        if not self.open and self.knows_state(sender, name):
            return {Code.CASE_CLOSED}
        if isinstance(command, c.Update):
            return STEP if self.is_over(sender, name) else FINE
        puts = sender in self.overseers() or self.by_own_report(sender, name)
        if isinstance(command, c.OpenTable) and not puts:
            return STEP
        refused = self._refusals_of_step(sender, command, now, gone)
        return refused or (FINE if self.open or isinstance(command, c.OpenTable) else STEP)

    def _refusals_of_step(self, sender: Oin, command: c.CaseCommand, now: datetime, gone: Iterable[Oin]) -> set[Code]:
        match command:
            case c.Record() | c.Assess() | c.Detach():
                return self._refusals_of_triage(sender, command)
            case c.ConcludeResearch():
                return FINE if sender == self.triage and self.researching else STEP
            case c.Arrange():
                return FINE if sender == self.triage == self.holder else STEP
            case c.Close():
                return FINE if sender == self.triage and self._may_close() else STEP
            case c.Offer():
                return self._refusals_of_offer(sender, command, now, gone)
            case c.Accept() | c.Refuse() | c.AskMore():
                return self._refusals_of_answer(sender, command)
            case c.GiveMore() | c.Withdraw():
                return self._refusals_of_giver(sender, command)
            case c.Start() | c.Complete():
                return self._refusals_of_carrier(sender, command)
            case c.AskMonitoring() if sender != self.triage or self.holder not in self.insiders() - {self.triage}:
                return STEP
        return self.beside.refusals(sender, command, now, gone)

    # Accepted

    def moves(self, command: c.CaseCommand) -> bool:
        """P4: by a yes, or by the recording of the report that opened the case, also as it leaves; nothing else."""
        if isinstance(command, c.Record | c.Assess | c.Detach):
            report = self.reports[command.report]
            return report.opener and not report.recorded and report.reporter != self.triage
        return isinstance(command, c.Accept)

    def holder_after(self, sender: Oin, command: c.CaseCommand) -> Oin | None:
        """Closing ends it (P3)."""
        if isinstance(command, c.Close):
            return None
        if not self.moves(command):
            return self.holder
        return sender if isinstance(command, c.Accept) else self.triage

    def losers(self, sender: Oin, command: c.CaseCommand) -> set[Asked]:
        """Whose open offers end by this message, and who must therefore hear it once."""
        match command:
            case c.Accept():
                return self.open_offers() - {(command.handover, sender)}
            case c.Close():
                return self.open_offers()
            case c.Withdraw():
                return {(command.handover, oin) for oin in self.offers[command.handover].open()}
        return set()

    def apply(
        self, sender: Oin, command: c.CaseCommand, *, acute: bool, has_full: bool, named: UUID | None = None
    ) -> None:
        """The accepted message's effect."""
        for handover, oin in self.losers(sender, command):
            self._over(handover, oin, "over")
        back = isinstance(command, c.Assess) and self._gives_back(command)
        self.holder = self.holder_after(sender, command)
        self.held |= {self.holder} if self.holder else set()
        match command:
            case c.Record():
                self.reports[command.report].recorded = True
            case c.Assess() if self.splits(command) is None:
                self._assessed(command, back=back, acute=acute)
            case c.ConcludeResearch():
                self.researching = False
                for id_ in self.led():
                    self.reports[id_].researched = True
            case c.Offer():
                self._offered(command.handover, sender, command.candidates, back=False, acute=acute)
            case c.AskMore():
                self.offers[command.handover].more.add(sender)
            case c.GiveMore():
                offer = self.offers[command.handover]
                offer.more, offer.wanted = set(), offer.wanted and not command.full
            case c.Accept():
                self._accepted(sender, command.handover, has_full=has_full)
            case c.Refuse():
                self._over(command.handover, sender, "no")
            case c.Start():
                self.offers[command.handover].done = self.offers[command.handover].done or "started"
            case c.Complete():
                self.offers[command.handover].done = "completed"
            case c.Close():
                self.open = False
        self.beside.apply(sender, command, self.holder)
        if isinstance(command, c.OpenTable):
            table = self.beside.tables[command.table]
            table.by = next((id_ for id_ in self.own() if id_ == named), None)
            table.guests = {oin: self.latest(oin) for oin in table.seats if oin not in self.insiders()}
            table.guests = {oin: report for oin, report in table.guests.items() if report is not None}

    def succeed(self, former: Oin, successor: Oin) -> None:
        """The same party by law, everywhere on the case."""

        def now(oins: Iterable[Oin]) -> set[Oin]:
            return {successor if oin == former else oin for oin in oins}

        self.triage = successor if self.triage == former else self.triage
        self.holder = successor if self.holder == former else self.holder
        self.desks, self.held, self.asked = now(self.desks), now(self.held), now(self.asked)
        for report in self.reports.values():
            report.reporter = successor if report.reporter == former else report.reporter
            report.desk = successor if report.desk == former else report.desk
        for offer in self.offers.values():
            _merge(offer, former, successor)
        if former in self.told:
            self.told[successor] = max(self.told.pop(former), self.told[successor])
        self.watched = self.watched and self.holder != self.triage
        reporters = {id_: report.reporter for id_, report in self.reports.items()}
        self.beside.succeed(former, successor, self.triage, reporters)

    def led(self) -> set[ReportId]:
        """The reports that the research is about."""
        return {id_ for id_, report in self.own().items() if report.led and not report.researched}

    def _may_close(self) -> bool:
        done = self.holder == self.triage or (self.by is not None and self.offers[self.by].done == "completed")
        return done and not self.researching and all(report.assessed for report in self.own().values())

    def _gives_back(self, command: c.Assess) -> bool:
        """Turned into advice: an offer back to the reporter that opened the case, while VT holds."""
        report = self.own().get(command.report)
        if report is None or command.outcome is not Outcome.TURNED_INTO_ADVICE or command.handover is None:
            return False
        if report.reporter == self.triage:
            return False
        return len(self.own()) > 1 or report.reporter != self.holder_after(self.triage, command)

    def splits(self, command: c.CaseCommand) -> ReportId | None:
        """The report that leaves the case by this accepted message."""
        match command:
            case c.Detach():
                return command.report
            case c.Assess() if self._gives_back(command):
                goes = len(self.own()) > 1 or self.holder_after(self.triage, command) != self.triage
                return command.report if goes else None
        return None

    def takes_reports(self) -> bool:
        """Nobody joins what is given back to its reporter, or was."""
        back = any(offer.back and (offer.open() or id_ == self.by) for id_, offer in self.offers.items())
        return self.open and not back

    def awaited(self, id_: CoincidenceId) -> set[Oin]:
        """Whose word of contact is awaited; the triage's where only a desk was told that the case has left."""
        told = self.beside.told[id_]
        now = {self.triage if oin in self.desks and self.triage not in told else oin for oin in told}
        return {oin for oin in now if self.names(oin)}

    def _assessed(self, command: c.Assess, *, back: bool, acute: bool) -> None:
        report = self.reports[command.report]
        report.recorded = report.assessed = True
        report.led = command.outcome is Outcome.RESEARCH
        self.researching = self.researching or report.led
        if back and command.handover:
            self._offered(command.handover, self.triage, (report.reporter,), back=True, acute=acute)

    def _offered(self, id_: HandoverId, giver: Oin, candidates: tuple[Oin, ...], *, back: bool, acute: bool) -> None:
        offer = self.offers[id_] = ModelOffer(giver, dict.fromkeys(candidates, "open"), back, acute)
        if not back:
            offer.guests = {oin for oin in candidates if oin not in self.insiders() and self.own_reports(oin)}
        self.asked |= set(candidates)

    def _accepted(self, sender: Oin, id_: HandoverId, *, has_full: bool) -> None:
        for one in self.offers.values():
            one.wanted = False
        offer = self.offers[id_]
        self._over(id_, sender, "yes")
        offer.wanted = not has_full and not offer.acute and not offer.back
        if sender != self.triage and sender in DESKS:
            self.desks.add(self.triage)
            self.triage = sender
        self.by, self.watched = id_, sender != self.triage and not offer.back

    def end_candidacy(self, id_: HandoverId, oin: Oin) -> None:
        self._over(id_, oin, "over")

    def _over(self, id_: HandoverId, oin: Oin, how: str) -> None:
        self.offers[id_].answers[oin] = how
        self.offers[id_].more.discard(oin)

    # Why it is refused

    def _refusals_of_triage(self, sender: Oin, command: c.Record | c.Assess | c.Detach) -> set[Code]:
        report = self.own().get(command.report)
        if sender != self.triage or report is None:
            return STEP
        match command:
            case c.Record():
                return STEP if report.recorded and not report.assessed else FINE
            case c.Assess():
                used = self._gives_back(command) and command.handover in self.offers
                return STEP if report.assessed or used else FINE
        return STEP if len(self.own()) == 1 else FINE

    def _refusals_of_offer(self, sender: Oin, command: c.Offer, now: datetime, gone: Iterable[Oin]) -> set[Code]:
        if sender != self.holder or sender not in self.insiders():
            return STEP
        late = command.answer_by is not None and command.answer_by <= now
        bad = {sender, *gone} & set(command.candidates) or len(set(command.candidates)) < len(command.candidates)
        used = STEP if command.handover in self.offers else FINE
        return used | (SCHEMA if bad or late else FINE)

    def _refusals_of_answer(self, sender: Oin, command: c.Accept | c.Refuse | c.AskMore) -> set[Code]:
        offer = self.offers.get(command.handover)
        if offer is None or sender not in offer.answers:
            return UNKNOWN
        if offer.answers[sender] != "open":
            return STEP
        if isinstance(command, c.Accept) and command.offer_hash != offer.hashes[sender][-1]:
            return {Code.OFFER_CHANGED}
        return FINE

    def _refusals_of_giver(self, sender: Oin, command: c.GiveMore | c.Withdraw) -> set[Code]:
        offer = self.offers.get(command.handover)
        if offer is None or offer.giver != sender:
            return UNKNOWN
        if isinstance(command, c.Withdraw):
            return FINE if offer.open() else STEP
        if offer.back and command.full:
            return SCHEMA
        return FINE if offer.open() or (offer.wanted and command.full) else STEP

    def _refusals_of_carrier(self, sender: Oin, command: c.Start | c.Complete) -> set[Code]:
        offer = self.offers.get(command.handover)
        if offer is None or sender not in offer.answers:
            return UNKNOWN
        again = offer.done == "completed" if isinstance(command, c.Complete) else offer.done == "started"
        holds = self.holder == sender and self.by == command.handover
        return FINE if offer.answers[sender] == "yes" and holds and not again else STEP


def _merge(offer: ModelOffer, former: Oin, successor: Oin) -> None:
    by_case = {oin for oin in offer.answers if oin not in offer.guests}
    merged = by_case & {former, successor}
    offer.guests = {successor if oin == former else oin for oin in offer.guests} - ({successor} if merged else set())
    offer.giver = successor if offer.giver == former else offer.giver
    if former not in offer.answers:
        _keep_from_itself(offer)
        return
    answer, hashes, more = offer.answers.pop(former), offer.hashes.pop(former, []), former in offer.more
    offer.more.discard(former)
    if successor not in offer.answers or answer == "yes":
        offer.answers[successor], offer.hashes[successor] = answer, hashes
        offer.more = offer.more | {successor} if more else offer.more - {successor}
    _keep_from_itself(offer)


def _keep_from_itself(offer: ModelOffer) -> None:
    """Nobody is asked for what it has."""
    if offer.answers.get(offer.giver) == "open":
        offer.answers[offer.giver] = "over"
        offer.more.discard(offer.giver)
    if offer.answers.get(offer.giver) == "yes":
        offer.wanted = False
