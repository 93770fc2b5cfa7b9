"""Books of a history in which all is well, for trying the judge: families' cases as the contract would have them go."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from uuid import UUID

from tests.faults.judge.books import CONFIRMATION, RECEIPT, REFUSAL, Book, Got, Sent

ROLES = {
    "vt": "veilig-thuis", "politie": "politie", "om": "om", "rvdk": "rvdk", "reclassering": "reclassering",
    "school": "melder", "team": "lokaal-team", "other-team": "lokaal-team",
    "vt-there": "veilig-thuis", "politie-there": "politie", "om-there": "om", "rvdk-there": "rvdk",
}  # fmt: skip
UNCONFIRMED = {RECEIPT, REFUSAL, "verwerking.vertraagd"}
HOLDER_KNOWN = {"vt", "team", "other-team"}


@dataclass
class History:
    """Everybody's books, and the small part of a hub's memory that a history needs: versions and holders."""

    books: dict[str, Book] = field(default_factory=dict)
    versions: Counter[tuple[str, str]] = field(default_factory=Counter)
    holders: dict[str, str] = field(default_factory=dict)
    held: dict[str, set[str]] = field(default_factory=dict)
    _made: int = 0

    def __post_init__(self) -> None:
        for place, (name, role) in enumerate(ROLES.items()):
            region = "rotterdam-rijnmond" if name.endswith("-there") else "haaglanden"
            self.books[name] = Book(name, f"{place:020}", role, (region,))

    @property
    def all(self) -> Sequence[Book]:
        return list(self.books.values())

    def oin(self, name: str) -> str:
        return self.books[name].oin

    def new(self) -> str:
        self._made += 1
        return str(UUID(int=self._made))

    # --- what is said and heard ---------------------------------------------------------------------------------------

    def says(
        self, who: str, type_: str, about: dict[str, Any] | None = None, *, on: str | None = None,
        cause: str | None = None, lane: str = "regulier", reference: str | None = None, refused: str = "",
    ) -> Sent:  # fmt: skip
        """A message with its answer; `refused`: with this code."""
        id_ = self.new()
        sent = Sent(id_, type_, _hash(id_), self._now(), lane, about or {}, on, cause, bool(refused), 1)
        self.books[who].sent[id_] = sent
        said = {"bericht": id_, "sha256": sent.sha256}
        if refused:
            self.hears(who, REFUSAL, said | {"code": refused}, cause=id_)
        else:
            self.hears(who, RECEIPT, said | ({"referentie": reference} if reference else {}), cause=id_)
        return sent

    def hears(
        self, who: str, type_: str, about: dict[str, Any] | None = None, *, on: str | None = None,
        case: str | None = None, cause: str | None = None, lane: str = "regulier",
    ) -> Got:  # fmt: skip
        """A message of the hub: on a case under this name, numbered, with the holder if it may know; confirmed."""
        id_, said = self.new(), dict(about or {})
        case = case or on
        if case is not None:
            self.versions[who, on or case] += 1
            said["zaakversie"] = self.versions[who, on or case]
            if case in self.holders and on == case and who in {"vt", "vt-there", *self.held.get(case, ())}:
                said["houder"] = self.oin(self.holders[case])
        hash_ = _hash(id_)
        got = Got(id_, type_, hash_, self._now(), self._now(), lane, said, on, cause, [hash_])
        self.books[who].got[id_] = got
        if type_ not in UNCONFIRMED:
            self._confirms(who, id_)
        return got

    def moves(self, case: str, holder: str) -> None:
        self.holders[case] = holder
        self.held.setdefault(case, set()).add(holder)

    def _confirms(self, who: str, id_: str) -> None:
        own = self.new()
        about = {"bericht": id_, "resultaat": "opgeslagen"}
        self.books[who].sent[own] = Sent(
            own, CONFIRMATION, _hash(own), self._now(), "regulier", about, None, id_, False, 1
        )

    def _now(self) -> str:
        return f"2026-03-02T21:{self._made // 60 % 60:02}:{self._made % 60:02}.{self._made:06}Z"

    # --- families -----------------------------------------------------------------------------------------------------

    def reported(self, who: str = "politie", type_: str = "meldingen.zorgmelding") -> tuple[str, str]:
        """A report that opens a case: the report's number, and the case."""
        number, case, word = self.new(), self.new(), self.new()
        self.says(who, type_, {"tekst": word}, reference=number)
        self.holders[case] = who
        self.hears("vt", "triage.melding-aangeboden",
                   {"melding": number, "afzender": self.oin(who), "anderen": []}, on=case)  # fmt: skip
        if type_ == "meldingen.reclasseringssignaal":
            self.hears("politie", type_, {"tekst": word})
            self.hears("om", type_, {"tekst": word})
        self.says("vt", "triage.melding-vastgelegd", {"melding": number}, on=case, reference=case)
        self.moves(case, "vt")
        self.hears(who, "triage.melding-vastgelegd", {"melding": number}, on=number, case=case)
        return number, case

    def joined(self, who: str, case: str, other: str) -> None:
        """A criminal notice that joins a case on which this other has reported."""
        number, tag = self.new(), self.new()
        self.says(who, "meldingen.strafrechtelijk-bericht", {"ingaandOp": tag}, reference=number)
        about = {"melding": number, "afzender": self.oin(who), "anderen": [self.oin(other)]}
        self.hears("vt", "triage.melding-aangeboden", about, on=case)
        self.hears("vt", "radar.samenloop", {"melding": number, "samenloop": self.new()}, on=case)
        for one in ("politie", "rvdk", "reclassering"):
            self.hears(one, "meldingen.strafrechtelijk-bericht", {"ingaandOp": tag})
        self.says("vt", "triage.melding-vastgelegd", {"melding": number}, on=case, reference=case)
        self.hears(who, "triage.melding-vastgelegd", {"melding": number}, on=number, case=case)

    def assessed(self, number: str, case: str, who: str, outcome: str, handover: str | None = None) -> None:
        about = {"melding": number, "uitkomst": outcome} | ({"overdracht": handover} if handover else {})
        self.says("vt", "triage.veiligheidsbeoordeling", about, on=case, reference=case)
        told = {"melding": number, "stap": "beoordeeld", "uitkomst": outcome}
        self.hears(who, "terugkoppelingen.stappen", told, on=number, case=case)
        if handover:
            self.hears(who, "overdrachten.aanbod", {"overdracht": handover}, on=case)

    def offered(self, giver: str, case: str, *candidates: str, lane: str = "regulier") -> str:
        handover = self.new()
        about = {"overdracht": handover, "kandidaten": [self.oin(one) for one in candidates]}
        self.says(giver, "overdrachten.aanbod", about, on=case, lane=lane, reference=case)
        for one in candidates:
            self.hears(one, "overdrachten.aanbod", {"overdracht": handover}, on=case, lane=lane)
            if lane == "acuut":
                self.hears(one, "overdrachten.dossier", {"overdracht": handover}, on=case, lane=lane)
        return handover

    def supplemented(self, giver: str, case: str, handover: str, asker: str, *candidates: str) -> None:
        self.says(asker, "overdrachten.aanvulling-gevraagd", {"overdracht": handover}, on=case, reference=case)
        self.hears(giver, "overdrachten.aanvulling-gevraagd", {"overdracht": handover, "van": self.oin(asker)}, on=case)
        self.says(giver, "overdrachten.aanvulling-gegeven", {"overdracht": handover}, on=case, reference=case)
        for one in candidates:
            self.hears(one, "overdrachten.aanvulling-gegeven", {"overdracht": handover}, on=case)

    def accepted(self, who: str, giver: str, case: str, handover: str, *others: str, full: bool = True) -> Sent:
        """`full`: the full part follows the yes."""
        offers = [one for one in self.books[who].got.values() if one.about.get("overdracht") == handover
                  and one.type in ("overdrachten.aanbod", "overdrachten.aanvulling-gegeven")]  # fmt: skip
        yes = {"overdracht": handover, "aanbodHash": offers[-1].sha256}
        sent = self.says(who, "overdrachten.aanvaard", yes, on=case, reference=case)
        self.moves(case, who)
        if full:
            self.hears(who, "overdrachten.dossier", {"overdracht": handover}, on=case)
        self._told(who, giver, case, "overdrachten.aanvaard", {"overdracht": handover, "van": self.oin(who)})
        for other in others:
            self.hears(other, "overdrachten.ingetrokken", {"overdracht": handover}, on=case)
        return sent

    def refused(self, who: str, giver: str, case: str, handover: str) -> None:
        self.says(who, "overdrachten.geweigerd", {"overdracht": handover}, on=case, reference=case)
        self._told(who, giver, case, "overdrachten.geweigerd", {"overdracht": handover, "van": self.oin(who)})

    def helped(self, who: str, giver: str, case: str, handover: str) -> None:
        for type_ in ("overdrachten.hulp-gestart", "overdrachten.afgerond"):
            self.says(who, type_, {"overdracht": handover}, on=case, reference=case)
            self._told(who, giver, case, type_, {"overdracht": handover, "van": self.oin(who)})

    def closed(self, case: str) -> None:
        holder = self.holders.pop(case)
        self.says("vt", "triage.zaak-gesloten", {}, on=case, reference=case)
        if holder != "vt":
            self.hears(holder, "triage.zaak-gesloten", {}, on=case)

    def at_a_table(self, case: str, number: str) -> None:
        """The police puts the case of its report on the table."""
        table, action = self.new(), self.new()
        seats = {"politie": number, "rvdk": case, "team": case}
        invited = {"overleg": table, "deelnemers": [self.oin("rvdk"), self.oin("team")]}
        self.says("politie", "actieoverleg.aanmelding", invited, on=number, reference=number)
        for one in ("rvdk", "team"):
            self.hears(one, "actieoverleg.aanmelding", invited, on=seats[one], case=case)
        acts: tuple[tuple[str, str, dict[str, Any]], ...] = (
            ("rvdk", "inbreng", {}),
            ("team", "inbreng", {}),
            ("politie", "afspraken", {"afspraken": [action]}),
            ("team", "afspraak-aanvaard", {"afspraak": action}),
        )
        for who, act, more in acts:
            self.says(who, f"actieoverleg.{act}", {"overleg": table} | more, on=seats[who], reference=seats[who])
            told = {"overleg": table, "van": self.oin(who)} | more
            for other in seats:
                if other != who:
                    self.hears(other, f"actieoverleg.{act}", told, on=seats[other], case=case)
            self.hears("politie", "actieoverleg.stand", {"overleg": table}, on=number, case=case)

    def monitored(self, holder: str, case: str) -> None:
        question = self.new()
        self.says("vt", "monitoring.vraag", {"vraag": question}, on=case, reference=case)
        self.hears(holder, "monitoring.vraag", {"vraag": question}, on=case)
        self.says(holder, "monitoring.antwoord", {"vraag": question}, on=case, reference=case)
        self.hears("vt", "monitoring.antwoord", {"vraag": question, "van": self.oin(holder)}, on=case)

    def advised(self, who: str) -> None:
        asked, said = self.new(), self.new()
        question = self.says(who, "adviezen.adviesvraag", {"tekst": asked})
        got = self.hears("vt", "adviezen.adviesvraag", {"tekst": asked})
        self.says("vt", "adviezen.advies", {"tekst": said}, cause=got.id)
        self.hears(who, "adviezen.advies", {"tekst": said}, cause=question.id)

    def stood(self, who: str, on: str, case: str) -> None:
        asked = self.says(who, "zaken.standvraag", {}, on=on, reference=on)
        self.hears(who, "zaken.stand", {"status": "open"}, on=on, case=case, cause=asked.id)

    def _told(self, who: str, giver: str, case: str, type_: str, about: dict[str, Any]) -> None:
        for one in dict.fromkeys((giver, "vt")):
            if one != who:
                self.hears(one, type_, about, on=case)


def _hash(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def family_goes_on(history: History) -> None:
    """A report, two candidates, a question and a yes; help; the case is closed."""
    number, case = history.reported()
    history.assessed(number, case, "politie", "overdracht")
    handover = history.offered("vt", case, "team", "other-team")
    history.supplemented("vt", case, handover, "team", "team", "other-team")
    history.accepted("team", "vt", case, handover, "other-team")
    history.helped("team", "vt", case, handover)
    history.monitored("team", case)
    history.closed(case)


def turned_into_advice(history: History) -> None:
    """The school's own report is offered back to it."""
    number, case = history.reported("school", "meldingen.professionele-melding")
    handover = history.new()
    history.assessed(number, case, "school", "omgezet-in-advies", handover)
    history.accepted("school", "vt", case, handover, full=False)


def refused_then_acute(history: History) -> None:
    """The Board has no room; the team gets all of it at once, and gives it back."""
    number, case = history.reported("reclassering", "meldingen.reclasseringssignaal")
    history.assessed(number, case, "reclassering", "overdracht")
    history.refused("rvdk", "vt", case, history.offered("vt", case, "rvdk"))
    acute = history.offered("vt", case, "team", lane="acuut")
    history.accepted("team", "vt", case, acute, full=False)
    back = history.offered("team", case, "vt")
    history.accepted("vt", "team", case, back)
    history.closed(case)


def at_the_table(history: History) -> None:
    """A joint table, the stand, and advice beside it."""
    number, case = history.reported()
    history.at_a_table(case, number)
    history.stood("politie", number, case)
    history.advised("school")


def taken_apart(history: History) -> None:
    """The school's report is joined to another family's case, wrongly; in its own case the team takes over."""
    number, case = history.reported()
    own, apart = history.new(), history.new()
    history.says("school", "meldingen.professionele-melding", {"tekst": history.new()}, reference=own)
    presented = {"melding": own, "afzender": history.oin("school"), "anderen": [history.oin("politie")]}
    history.hears("vt", "triage.melding-aangeboden", presented, on=case)
    history.hears("vt", "radar.samenloop", {"melding": own, "samenloop": history.new()}, on=case)
    history.says("vt", "triage.melding-vastgelegd", {"melding": own}, on=case, reference=case)
    history.hears("school", "triage.melding-vastgelegd", {"melding": own}, on=own, case=case)
    history.says("vt", "triage.melding-losgemaakt", {"melding": own}, on=case, reference=apart)
    history.versions["school", apart] = history.versions["school", case]
    history.moves(apart, "vt")
    history.assessed(own, apart, "school", "overdracht")
    history.accepted("team", "vt", apart, history.offered("vt", apart, "team"))
    history.joined("om", apart, "school")
    history.assessed(number, case, "politie", "geen-vervolg")
    history.closed(case)


def advice_beside_others(history: History) -> None:
    """The school's report is on the case of another's, and turned into advice: it is given back on one of its own."""
    number, case = history.reported()
    own, apart, handover = history.new(), history.new(), history.new()
    history.says("school", "meldingen.professionele-melding", {"tekst": history.new()}, reference=own)
    presented = {"melding": own, "afzender": history.oin("school"), "anderen": [history.oin("politie")]}
    history.hears("vt", "triage.melding-aangeboden", presented, on=case)
    history.hears("vt", "radar.samenloop", {"melding": own, "samenloop": history.new()}, on=case)
    about = {"melding": own, "uitkomst": "omgezet-in-advies", "overdracht": handover}
    history.says("vt", "triage.veiligheidsbeoordeling", about, on=case, reference=apart)
    history.moves(apart, "vt")
    history.hears("school", "triage.melding-vastgelegd", {"melding": own}, on=own, case=apart)
    told = {"melding": own, "stap": "beoordeeld", "uitkomst": "omgezet-in-advies"}
    history.hears("school", "terugkoppelingen.stappen", told, on=own, case=apart)
    history.hears("school", "overdrachten.aanbod", {"overdracht": handover}, on=apart)
    history.accepted("school", "vt", apart, handover, full=False)
    history.assessed(number, case, "politie", "geen-vervolg")
    history.closed(case)


def news_before_it_was_taken_apart(history: History) -> None:
    """The Board's news reaches who holds the case that its report is on; only then is that report taken apart."""
    number, case = history.reported()
    history.assessed(number, case, "politie", "overdracht")
    history.accepted("team", "vt", case, history.offered("vt", case, "team"))
    own, apart, tag, news = history.new(), history.new(), history.new(), history.new()
    history.says("rvdk", "meldingen.raadsbericht", {"statusOp": tag, "nieuweZorgen": True}, reference=own)
    presented = {"melding": own, "afzender": history.oin("rvdk"), "anderen": [history.oin("politie")]}
    history.hears("vt", "triage.melding-aangeboden", presented, on=case)
    history.hears("vt", "radar.samenloop", {"melding": own, "samenloop": history.new()}, on=case)
    history.says("vt", "triage.melding-vastgelegd", {"melding": own}, on=case, reference=case)
    history.hears("rvdk", "triage.melding-vastgelegd", {"melding": own}, on=own, case=case)
    said = {"statusOp": news, "nieuweZorgen": False}
    history.says("rvdk", "meldingen.raadsbericht", said, on=own, reference=own)
    for one in ("vt", "team"):
        history.hears(one, "meldingen.raadsbericht", said, on=case)
    history.says("vt", "triage.melding-losgemaakt", {"melding": own}, on=case, reference=apart)
    history.moves(apart, "vt")
    history.closed(case)


def taken_apart_elsewhere(history: History) -> None:
    """A report of this region's police joined a case of the other, wrongly: taken out, it is owed to the desk here."""
    case, apart = history.new(), history.new()
    first, second = history.new(), history.new()
    history.says("politie-there", "meldingen.zorgmelding", {"tekst": history.new()}, reference=first)
    history.holders[case] = "politie-there"
    opening = {"melding": first, "afzender": history.oin("politie-there"), "anderen": []}
    history.hears("vt-there", "triage.melding-aangeboden", opening, on=case)
    history.says("politie", "meldingen.zorgmelding", {"tekst": history.new()}, reference=second)
    joined = {"melding": second, "afzender": history.oin("politie"), "anderen": [history.oin("politie-there")]}
    history.hears("vt-there", "triage.melding-aangeboden", joined, on=case)
    noted = {"melding": second, "afzender": history.oin("politie")}
    history.hears("vt", "triage.melding-ter-kennis", noted)
    for one, on in (("vt-there", case), ("vt", None)):
        history.hears(one, "radar.samenloop", {"melding": second, "samenloop": history.new()}, on=on)
    history.says("vt-there", "triage.melding-losgemaakt", {"melding": second}, on=case, reference=apart)
    history.moves(apart, "vt-there")
    history.hears("vt", "triage.melding-ter-kennis", noted)
    history.hears("politie", "triage.melding-vastgelegd", {"melding": second}, on=second, case=apart)


def in_another_region(history: History) -> None:
    """A report of this region's police on a child whose case runs in the other: told to whom it concerns here."""
    case = history.new()
    first, second, word = history.new(), history.new(), history.new()
    history.says("politie-there", "meldingen.zorgmelding", {"tekst": history.new()}, reference=first)
    history.holders[case] = "politie-there"
    opening = {"melding": first, "afzender": history.oin("politie-there"), "anderen": []}
    history.hears("vt-there", "triage.melding-aangeboden", opening, on=case)
    order = {"ingaandOp": word, "minderjarigenBetrokken": True}
    history.says("politie", "meldingen.huisverbod", order, reference=second)
    joined = {"melding": second, "afzender": history.oin("politie"), "anderen": [history.oin("politie-there")]}
    history.hears("vt-there", "triage.melding-aangeboden", joined, on=case)
    history.hears("vt", "triage.melding-ter-kennis", {"melding": second, "afzender": history.oin("politie")})
    for one in ("vt-there", "vt"):
        found = {"melding": second, "samenloop": history.new()}
        history.hears(one, "radar.samenloop", found, on=case if one == "vt-there" else None)
    for one in ("om", "rvdk"):
        history.hears(one, "meldingen.huisverbod", order)


CHAPTERS = (
    family_goes_on,
    turned_into_advice,
    taken_apart,
    advice_beside_others,
    news_before_it_was_taken_apart,
    taken_apart_elsewhere,
    in_another_region,
    refused_then_acute,
    at_the_table,
)
