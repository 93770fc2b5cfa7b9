"""The rest of the little model: joint tables, questions, what the radar found. None of it moves a holder."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from hub.canonical import commands as c
from hub.canonical.codes import Contribution
from hub.errors import Code
from hub.ids import ActionId, CoincidenceId, Oin, QuestionId, ReportId, TableId

STEP, SCHEMA = {Code.STEP_NOT_ALLOWED}, {Code.SCHEMA_INVALID}
FINE: set[Code] = set()
SILENT = 0
SAID = {Contribution.DECLINED: 1, Contribution.NOTHING_KNOWN: 2, Contribution.KNOWN: 3}
"""How much somebody has said; it never becomes less."""


@dataclass
class ModelTable:
    """`by`: the report of its chair that it was put by; `guests`: who was invited as a reporter, by which.

    `over`: actions of who has left.
    """

    chair: Oin
    seats: dict[Oin, int]
    actions: dict[ActionId, Oin] = field(default_factory=dict)
    accepted: set[ActionId] = field(default_factory=set)
    by: ReportId | None = None
    guests: dict[Oin, ReportId] = field(default_factory=dict)
    over: set[ActionId] = field(default_factory=set)
    ended: bool = False

    def sit(self) -> set[Oin]:
        declined = {oin for oin, said in self.seats.items() if said == SAID[Contribution.DECLINED]}
        return set() if self.ended else {self.chair, *(self.seats.keys() - declined)}

    def hear(self) -> set[Oin]:
        """Who takes part: its chair, who has not said that it does not, and who has an action of its own."""
        acts = {oin for id_, oin in self.actions.items() if id_ not in self.over}
        return set() if self.ended else self.sit() | acts

    def everybody(self) -> set[Oin]:
        return {self.chair, *self.seats}

    def silent(self) -> set[Oin]:
        return {oin for oin, said in self.seats.items() if said == SILENT}


@dataclass
class Beside:
    tables: dict[TableId, ModelTable] = field(default_factory=dict)
    questions: dict[QuestionId, Oin] = field(default_factory=dict)
    answered: set[QuestionId] = field(default_factory=set)
    told: dict[CoincidenceId, set[Oin]] = field(default_factory=dict)
    contacted: set[CoincidenceId] = field(default_factory=set)
    moot: set[QuestionId] = field(default_factory=set)
    between: dict[CoincidenceId, tuple[ReportId, set[Oin]]] = field(default_factory=dict)
    """Beside which report, and who else reported."""
    others: dict[CoincidenceId, set[ReportId]] = field(default_factory=dict)
    past: set[CoincidenceId] = field(default_factory=set)
    """Of which contact is awaited no more: it was about a report that had been joined wrongly."""
    withdrawn: set[QuestionId] = field(default_factory=set)

    def seated(self) -> set[Oin]:
        return {oin for table in self.tables.values() for oin in table.everybody()}

    def refusals(self, sender: Oin, command: c.CaseCommand, now: datetime, gone: Iterable[Oin]) -> set[Code]:
        match command:
            case c.OpenTable():
                used = STEP if command.table in self.tables else FINE
                late = command.answer_by is not None and command.answer_by <= now
                named = command.participants
                bad = {sender, *gone} & set(named) or len(set(named)) < len(named)
                return used | (SCHEMA if bad or late else FINE)
            case c.Contribute() | c.Agree() | c.AcceptAction():
                return self._refusals_at_table(sender, command)
            case c.AskMonitoring():
                late = command.answer_by is not None and command.answer_by <= now
                return STEP if command.question in self.questions else SCHEMA if late else FINE
            case c.AnswerMonitoring():
                mine = self.questions.get(command.question) == sender
                over = self.answered | self.moot
                return FINE if mine and command.question not in over else STEP
        return FINE

    def apply(self, sender: Oin, command: c.CaseCommand, holder: Oin | None) -> None:
        match command:
            case c.OpenTable():
                self.tables[command.table] = ModelTable(sender, dict.fromkeys(command.participants, SILENT))
            case c.Contribute():
                self.tables[command.table].seats[sender] = SAID[command.contribution]
            case c.Agree():
                table = self.tables[command.table]
                table.actions |= {action.id: action.responsible for action in command.actions}
                table.accepted |= {action.id for action in command.actions if action.responsible == table.chair}
            case c.AcceptAction():
                self.tables[command.table].accepted.add(command.action)
            case c.AskMonitoring() if holder:
                self.questions[command.question] = holder
            case c.AnswerMonitoring():
                self.answered.add(command.question)
            case c.ConfirmContact():
                self.contacted.add(command.coincidence)

    def succeed(self, former: Oin, successor: Oin, triage: Oin, reporters: Mapping[ReportId, Oin]) -> None:
        """Nobody sits twice, asks itself, or is to be in contact with itself."""

        def now(oin: Oin) -> Oin:
            return successor if oin == former else oin

        for table in self.tables.values():
            table.chair, seats = now(table.chair), set(table.seats)
            most = max(table.seats.get(former, SILENT), table.seats.get(successor, SILENT))
            if former in table.seats:
                table.seats[successor] = most
                del table.seats[former]
            table.actions = {id_: now(oin) for id_, oin in table.actions.items()}
            table.accepted |= {id_ for id_, oin in table.actions.items() if oin == table.chair}
            table.seats.pop(table.chair, None)
            by_case = {now(oin) for oin in seats if oin not in table.guests}
            tied = {successor: table.guests[former]} if former in table.guests else {}
            guests = tied | {oin: tie for oin, tie in table.guests.items() if oin != former}
            table.guests = {oin: tie for oin, tie in guests.items() if oin not in {table.chair, *by_case}}
            table.accepted -= table.over
        self.questions = {id_: now(oin) for id_, oin in self.questions.items()}
        self.moot |= {id_ for id_, of in self.questions.items() if of == triage} - self.answered - self.withdrawn
        self.told = {id_: set(map(now, told)) for id_, told in self.told.items()}
        self.between = {id_: (mine, set(map(now, others))) for id_, (mine, others) in self.between.items()}
        self.contacted |= {
            id_ for id_, (mine, others) in self.between.items() if id_ in self.told and others == {reporters[mine]}
        } - self.past

    def _refusals_at_table(self, sender: Oin, command: c.Contribute | c.Agree | c.AcceptAction) -> set[Code]:
        table = self.tables.get(command.table)
        if table is None or sender not in table.everybody() or table.ended:
            return STEP
        match command:
            case c.Contribute():
                before, then = table.seats.get(sender), SAID[command.contribution]
                more = before is not None and (then > before or then == before == SAID[Contribution.KNOWN])
                return FINE if more else STEP
            case c.Agree():
                used = [id_ for one in self.tables.values() for id_ in one.actions]
                ids = [*used, *(action.id for action in command.actions)]
                at_table = all(action.responsible in table.everybody() for action in command.actions)
                good = at_table and len(set(ids)) == len(ids)
                return STEP if sender != table.chair else FINE if good else SCHEMA
        done = table.accepted | table.over
        mine = table.actions.get(command.action) == sender and command.action not in done
        return FINE if mine else STEP
