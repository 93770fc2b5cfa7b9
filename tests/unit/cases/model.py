"""A little model of who holds and who is asked: what the promises P3 and P4 say, without the code under test.

It knows nothing of events, terms or wording; it says for each message whether it must be refused, with which code,
who holds afterwards and who must hear that an offer to it is over.
"""

from collections import Counter
from dataclasses import dataclass, field
from uuid import UUID

from hub.canonical import commands as c
from hub.canonical.codes import Outcome
from hub.errors import Code
from hub.ids import CaseId, HandoverId, Oin, ReportId

Asked = tuple[HandoverId, Oin]


@dataclass
class ModelReport:
    reporter: Oin
    opener: bool
    recorded: bool = False
    assessed: bool = False


@dataclass
class ModelOffer:
    giver: Oin
    answers: dict[Oin, str]  # open, yes, no or over
    back: bool = False
    acute: bool = False
    hashes: dict[Oin, list[str]] = field(default_factory=dict)  # oldest first

    def open(self) -> set[Oin]:
        return {oin for oin, answer in self.answers.items() if answer == "open"}


@dataclass
class Model:
    id: CaseId
    triage: Oin
    holder: Oin | None
    gone: Oin
    open: bool = True
    reports: dict[ReportId, ModelReport] = field(default_factory=dict)
    offers: dict[HandoverId, ModelOffer] = field(default_factory=dict)
    held: set[Oin] = field(default_factory=set)
    asked: set[Oin] = field(default_factory=set)
    told: Counter[Oin] = field(default_factory=Counter)

    def own_reports(self, oin: Oin) -> set[UUID]:
        return {id_ for id_, report in self.reports.items() if report.reporter == oin}

    def names(self, oin: Oin) -> set[UUID]:
        """Every correlation by which this party may name the case."""
        insider = {self.id} if oin == self.triage or oin in self.asked else set()
        return insider | self.own_reports(oin)

    def open_offers(self) -> set[Asked]:
        return {(id_, oin) for id_, offer in self.offers.items() for oin in offer.open()}

    def refusals(self, sender: Oin, command: c.CaseCommand) -> set[Code]:
        """The codes, one of which the message must be refused with; none if it must be accepted."""
        if isinstance(command, c.Report | c.AskStand | c.Delivered):
            return set()
        if not self.open:
            return {Code.CASE_CLOSED}
        match command:
            case c.Record():
                report = self.reports.get(command.report)
                wrong = sender != self.triage or report is None or (report.recorded and not report.assessed)
                return {Code.STEP_NOT_ALLOWED} if wrong else set()
            case c.Assess():
                report = self.reports.get(command.report)
                wrong = sender != self.triage or report is None or report.assessed
                wrong = wrong or (self._gives_back(command) and command.handover in self.offers)
                return {Code.STEP_NOT_ALLOWED} if wrong else set()
            case c.Close():
                ready = sender == self.triage == self.holder and all(one.assessed for one in self.reports.values())
                return set() if ready else {Code.STEP_NOT_ALLOWED}
            case c.Offer():
                return self._refusals_of_offer(sender, command)
            case c.Accept() | c.Refuse():
                return self._refusals_of_answer(sender, command)
            case c.Withdraw():
                offer = self.offers.get(command.handover)
                if offer is None or offer.giver != sender:
                    return {Code.HANDOVER_UNKNOWN}
                return set() if offer.open() else {Code.STEP_NOT_ALLOWED}
        return set()

    def holder_after(self, sender: Oin, command: c.CaseCommand) -> Oin | None:
        """P4: by a yes, or by the recording of the report that opened the case; nothing else. Closing ends it (P3)."""
        match command:
            case c.Accept():
                return sender
            case c.Record() | c.Assess() if self.reports[command.report].opener:
                return self.holder if self.reports[command.report].recorded else self.triage
            case c.Close():
                return None
        return self.holder

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

    def apply(self, sender: Oin, command: c.CaseCommand, *, acute: bool) -> None:
        """The accepted message's effect."""
        for handover, oin in self.losers(sender, command):
            self.offers[handover].answers[oin] = "over"
        back = isinstance(command, c.Assess) and self._gives_back(command)
        self.holder = self.holder_after(sender, command)
        self.held |= {self.holder} if self.holder else set()
        match command:
            case c.Record():
                self.reports[command.report].recorded = True
            case c.Assess():
                report = self.reports[command.report]
                report.recorded = report.assessed = True
                if back and command.handover:
                    self._offered(command.handover, self.triage, (report.reporter,), back=True, acute=acute)
            case c.Offer():
                self._offered(command.handover, sender, command.candidates, back=False, acute=acute)
            case c.Accept():
                self.offers[command.handover].answers[sender] = "yes"
            case c.Refuse():
                self.offers[command.handover].answers[sender] = "no"
            case c.Close():
                self.open = False

    def _gives_back(self, command: c.Assess) -> bool:
        """Turned into advice: an offer back to the reporter that opened the case, while VT holds."""
        report = self.reports.get(command.report)
        if report is None or command.outcome is not Outcome.TURNED_INTO_ADVICE or command.handover is None:
            return False
        return report.opener and self.triage in (self.holder, self.holder_after(self.triage, command))

    def _offered(self, id_: HandoverId, giver: Oin, candidates: tuple[Oin, ...], *, back: bool, acute: bool) -> None:
        self.offers[id_] = ModelOffer(giver, dict.fromkeys(candidates, "open"), back, acute)
        self.asked |= set(candidates)

    def _refusals_of_offer(self, sender: Oin, command: c.Offer) -> set[Code]:
        insider = sender == self.triage or sender in self.asked
        step = {Code.STEP_NOT_ALLOWED} if sender != self.holder or not insider else set()
        used = {Code.STEP_NOT_ALLOWED} if command.handover in self.offers else set()
        bad = {sender, self.gone} & set(command.candidates) or len(set(command.candidates)) < len(command.candidates)
        return step or used | ({Code.SCHEMA_INVALID} if bad else set())

    def _refusals_of_answer(self, sender: Oin, command: c.Accept | c.Refuse) -> set[Code]:
        offer = self.offers.get(command.handover)
        if offer is None or sender not in offer.answers:
            return {Code.HANDOVER_UNKNOWN}
        if offer.answers[sender] != "open":
            return {Code.STEP_NOT_ALLOWED}
        if isinstance(command, c.Accept) and command.offer_hash != offer.hashes[sender][-1]:
            return {Code.OFFER_CHANGED}
        return set()
