"""All books together, and what can be looked up in them: answers, accepted messages, cases, handovers, who is who."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from tests.faults.judge.books import CONFIRMATION, RECEIPT, REFUSAL, Book, Got, Sent

TRIAGE = "veilig-thuis"
PRESENTED, NOTED = "triage.melding-aangeboden", "triage.melding-ter-kennis"
RECORDED, ASSESSED = "triage.melding-vastgelegd", "triage.veiligheidsbeoordeling"
DETACHED, CLOSED = "triage.melding-losgemaakt", "triage.zaak-gesloten"
OFFER, YES, NO = "overdrachten.aanbod", "overdrachten.aanvaard", "overdrachten.geweigerd"
MORE_ASKED, MORE_GIVEN = "overdrachten.aanvulling-gevraagd", "overdrachten.aanvulling-gegeven"
WITHDRAWN, DOSSIER = "overdrachten.ingetrokken", "overdrachten.dossier"
PUT, CONTRIBUTION, AGREED = "actieoverleg.aanmelding", "actieoverleg.inbreng", "actieoverleg.afspraken"
ACTION_ACCEPTED, TABLE_STAND = "actieoverleg.afspraak-aanvaard", "actieoverleg.stand"
CHANGED, ENDED = "zaken.wijziging", "vervallen"
ADVICE = "omgezet-in-advies"


@dataclass(frozen=True, slots=True)
class Step:
    """A message that a partner sent, with the receipt that it got; `receipt` is `None` while it has no answer."""

    book: Book
    sent: Sent
    receipt: Got | None

    @property
    def sure(self) -> bool:
        """Accepted; without an answer its effect may be there or not."""
        return self.receipt is not None

    @property
    def reference(self) -> str | None:
        return self.receipt.about.get("referentie") if self.receipt else None


@dataclass(slots=True)
class Handover:
    """One offer: by `aanbod`, or by an assessment that turned a report into advice (`back`)."""

    id: str
    step: Step
    giver: Book
    candidates: list[Book]
    acute: bool
    back: bool
    case: str | None


@dataclass
class Records:
    books: Sequence[Book]
    answers: dict[tuple[str, str], list[Got]] = field(default_factory=lambda: defaultdict(list))
    steps: dict[str, list[Step]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        for book in self.books:
            for got in book.got.values():
                if got.type in (RECEIPT, REFUSAL):
                    for about in (got.about, *(got.about | other for other in got.about.get("ookGeweigerd", ()))):
                        named = self.answers[book.partner, str(about.get("bericht"))]
                        named.append(replace(got, about=about))
            for sent in book.sent.values():
                step = self._step(book, sent)
                if step is not None:
                    self.steps[sent.type].append(step)

    def _step(self, book: Book, sent: Sent) -> Step | None:
        """What may have had an effect; `None` for what was refused, and for `verwerkt`."""
        answers = self.answers.get((book.partner, sent.id), [])
        if sent.type == CONFIRMATION or any(one.type == REFUSAL for one in answers):
            return None
        return Step(book, sent, answers[0] if answers else None)

    def accepted(self, type_: str) -> list[Step]:
        return [step for step in self.steps[type_] if step.sure]

    @cached_property
    def index(self) -> dict[tuple[str, str, str], list[Got]]:
        """What each partner got, by type and by the handover, table or report that it is about."""
        found: dict[tuple[str, str, str], list[Got]] = defaultdict(list)
        for book in self.books:
            for got in book.got.values():
                for name in ("overdracht", "melding"):
                    if name in got.about:
                        found[book.partner, got.type, got.about[name]].append(got)
        return found

    def got(self, book: Book, type_: str, subject: str) -> list[Got]:
        """What this partner got under this type about this handover or report."""
        return self.index.get((book.partner, type_, subject), [])

    @cached_property
    def by_oin(self) -> dict[str, Book]:
        return {book.oin: book for book in self.books}

    def named(self, oins: Iterable[str]) -> list[Book]:
        return [self.by_oin[oin] for oin in oins if oin in self.by_oin]

    @cached_property
    def recordings(self) -> dict[str, Step]:
        """For each report, the accepted step by which the triage recorded it: saying so, or by what implies it."""
        found: dict[str, Step] = {}
        for type_ in (RECORDED, ASSESSED):
            for step in self.accepted(type_):
                found.setdefault(step.sent.about["melding"], step)
        return found

    # --- reports and cases --------------------------------------------------------------------------------------------

    @cached_property
    def reports(self) -> dict[str, Step]:
        """Every report that was accepted, by the number in its receipt; news on a case is no report."""
        found: dict[str, Step] = {}
        for type_, steps in self.steps.items():
            if type_.startswith("meldingen."):
                found |= {step.reference: step for step in steps if step.reference and not is_news(step.sent)}
        return found

    @cached_property
    def presented(self) -> dict[str, list[tuple[Book, Got]]]:
        """Where each report number was presented."""
        found: dict[str, list[tuple[Book, Got]]] = defaultdict(list)
        for book in self.books:
            for got in book.got.values():
                if got.type == PRESENTED:
                    found[got.about["melding"]].append((book, got))
        return found

    @cached_property
    def joined(self) -> dict[str, str]:
        """The case that each report was first on."""
        return {number: str(seen[0][1].correlation) for number, seen in self.presented.items()}

    @cached_property
    def openings(self) -> dict[str, tuple[str, Step]]:
        """For each case the number of the report that opened it, and that report: the first that its triage got.

        None opened the case of a report that was taken apart, whatever its triage got first on it.
        """
        return {
            self.joined[number]: (number, self.reports[number])
            for number, seen in self.presented.items()
            if number in self.reports
            and self.joined[number] not in self.took_apart
            and any(got.about.get("zaakversie") == 1 for _, got in seen)
        }

    @cached_property
    def detached(self) -> dict[str, str]:
        """Reports that were taken apart, each with the case of its own: joined wrongly, or advice beside others."""
        return {step.sent.about["melding"]: reference for reference, step in self.took_apart.items()}

    def reported_apart(self, book: Book) -> bool:
        """Whether a report of this partner was taken apart."""
        return any(number in self.reports and self.reports[number].book is book for number in self.detached)

    @cached_property
    def took_apart(self) -> dict[str, Step]:
        """By which step each case of a report that was taken apart began."""
        apart = (step for step in self.accepted(ASSESSED) if step.reference != step.sent.correlation)
        return {step.reference: step for step in (*self.accepted(DETACHED), *apart) if step.reference}

    @cached_property
    def maybe_yeses(self) -> dict[str, list[Step]]:
        """Every yes that was not refused, by case."""
        found: dict[str, list[Step]] = defaultdict(list)
        for step in self.steps[YES]:
            found[self.case_of(step.sent.correlation) or ""].append(step)
        return found

    @cached_property
    def yeses(self) -> dict[str, list[Step]]:
        """Every accepted yes, by case."""
        return {case: [step for step in steps if step.sure] for case, steps in self.maybe_yeses.items()}

    @cached_property
    def cases(self) -> set[str]:
        return {*self.joined.values(), *self.detached.values()}

    def case_of(self, name: str | None) -> str | None:
        """The case that somebody calls so: by its own name, or by that of a report on it."""
        if name is None or name in self.cases:
            return name
        return self.detached.get(name) or self.joined.get(name)

    def cases_of(self, name: str | None) -> set[str]:
        """Every case that it may have stood for: a report that was taken apart stood for another before."""
        return {case for case in (self.case_of(name), self.joined.get(name or "")) if case is not None}

    @cached_property
    def desks(self) -> dict[str, set[str]]:
        """The triages that a case has had: where its reports were presented, and who took it to another region."""
        found: dict[str, set[str]] = defaultdict(set)
        for seen in self.presented.values():
            for book, got in seen:
                found[str(got.correlation)].add(book.partner)
        for number, case in self.detached.items():
            found[case] |= found[self.joined[number]] if number in self.joined else set()
        for step in self.steps[YES]:
            if step.book.role == TRIAGE:
                found[self.case_of(step.sent.correlation) or ""].add(step.book.partner)
        return found

    @cached_property
    def named_books(self) -> dict[str, Book]:
        return {book.partner: book for book in self.books}

    def desk(self, case: str | None) -> Book | None:
        """The triage of a case that has had one only."""
        desks = self.desks.get(case or "", set())
        return self.named_books[next(iter(desks))] if len(desks) == 1 else None

    @cached_property
    def closings(self) -> dict[str, list[Step]]:
        """Steps that close a case, by case."""
        found: dict[str, list[Step]] = defaultdict(list)
        for step in self.steps[CLOSED]:
            found[self.case_of(step.sent.correlation) or ""].append(step)
        return found

    def holders(self, name: str | None) -> set[str]:
        """Whoever may have come to hold, by a yes, a case that somebody called so."""
        cases = self.cases_of(name)
        return {step.book.partner for step in self.steps[YES] if cases & self.cases_of(step.sent.correlation)}

    # --- handovers ----------------------------------------------------------------------------------------------------

    @cached_property
    def handovers(self) -> dict[str, Handover]:
        found = {}
        for step in self.steps[OFFER]:
            about = step.sent.about
            candidates, acute = self.named(about["kandidaten"]), step.sent.lane == "acuut"
            case = self.case_of(step.sent.correlation)
            found[about["overdracht"]] = Handover(about["overdracht"], step, step.book, candidates, acute, False, case)
        for step in self.steps[ASSESSED]:
            about = step.sent.about
            report = self.reports.get(about.get("melding", ""))
            if about.get("uitkomst") == ADVICE and "overdracht" in about and report:
                case = step.reference or self.case_of(step.sent.correlation)
                found[about["overdracht"]] = Handover(
                    about["overdracht"], step, step.book, [report.book], step.sent.lane == "acuut", True, case
                )
        return found

    @cached_property
    def of_handover(self) -> dict[tuple[str, str], list[Step]]:
        """Steps by type and handover."""
        found: dict[tuple[str, str], list[Step]] = defaultdict(list)
        for type_, steps in self.steps.items():
            if type_.startswith("overdrachten."):
                for step in steps:
                    found[type_, step.sent.about.get("overdracht", "")].append(step)
        return found

    def said(self, type_: str, handover: str, by: Book | None = None, *, sure: bool = True) -> list[Step]:
        steps = self.of_handover.get((type_, handover), [])
        return [step for step in steps if (by is None or step.book is by) and (step.sure or not sure)]

    def left(self, book: Book, table: str) -> bool:
        """Whether this partner's seat may have ended while the table went on."""
        changes = (one for one in book.got.values() if one.type == CHANGED and one.about.get("over") == table)
        open_ = [one for one in changes if not self.closings.get(self.case_of(one.correlation) or "")]
        return any(one.about["wijziging"] == ENDED for one in open_)

    # --- tables -------------------------------------------------------------------------------------------------------

    @cached_property
    def seats(self) -> dict[str, list[Book]]:
        """Who sits at each joint table, its chair first."""
        return {
            step.sent.about["overleg"]: [step.book, *self.named(step.sent.about["deelnemers"])]
            for step in self.steps[PUT]
        }


def is_news(sent: Sent) -> bool:
    """News on a running case brings no new danger, and names the case."""
    new = sent.about.get("nieuwGevaar", sent.about.get("nieuweZorgen"))
    return new is False and sent.correlation is not None
