"""The same reporter's dialogue twice: once nothing else happens, and once others report, hand over, move, close.

Both go by the same clock, and the triage does the same with this reporter's reports. What the reporter receives is
written down as it would read it, word for word: ids stand for what it can know by them, its reports, its own messages
and those that it got.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cache
from typing import Any
from uuid import UUID

from hub.canonical import commands as c
from hub.canonical.codes import Lane, Outcome
from hub.canonical.environment import Environment
from hub.canonical.partners import Contact, Role
from hub.canonical.terms import ACUTE_RECORDING, OFFER_ANSWER_ACUTE, SAFETY_ASSESSMENT, Terms
from hub.cases.case import Case
from hub.cases.states import UNANSWERED, ReportState
from hub.ids import PartnerId, RegionId, ReportId
from hub.lanes.alarms import decide_moment
from hub.ports import Fate, InboxRow
from hub.routing.changes import add_partner, retire_partner
from hub.routing.directory import connection, known_by_oin, successor_of
from hub.routing.radar import RolePairs
from hub.routing.rules import RULES, Kind
from hub.schemas.cloudevent import canonical_json
from hub.schemas.message import wire_type
from hub.schemas.samples import sample, sample_names
from tests.kit import REGION, Kit, kit_without_database
from tests.unit.lanes.long_batch import LongBatch

ME, OTHER, VT, VT_ELSEWHERE, TEAM, TEAM_B = "zelf", "ander", "vt-test", "vt-utrecht", "wijkteam-test", "buurtteam-test"
ELSEWHERE, THERE, NOWHERE = RegionId("utrecht"), "GM0344", "GM9999"
REPORTS: Mapping[Role, str] = {
    Role.POLICE: "meldingen.zorgmelding",
    Role.PROSECUTION: "meldingen.strafrechtelijk-bericht",
    Role.CHILD_PROTECTION: "meldingen.raadsbericht",
    Role.PROBATION: "meldingen.reclasseringssignaal",
    Role.LOCAL_TEAM: "meldingen.professionele-melding",
    Role.CERTIFIED_INSTITUTION: "meldingen.jeugdbeschermingsbericht",
    Role.REPORTER: "meldingen.professionele-melding",
}
"""What each role reports by."""
NEWS = {"nieuwGevaar": False, "nieuweZorgen": False}
"""What makes of such a report, on a case that it names, news and no more."""
RECEIPT, OFFER = wire_type("verwerking.ontvangstbevestiging"), wire_type("overdrachten.aanbod")
BY_CHANCE = frozenset({"sha256", "journaal"})


@cache
def a_kit(reporter: Role, other: Role) -> Kit:
    """Two regions, the reporter, another, and whoever may be asked to help."""
    base = kit_without_database()
    kit = replace(base, speakers=dict(base.speakers))
    directory = kit.directory
    for name, role, region, number in (
        (ME, reporter, REGION, 60),
        (OTHER, other, REGION, 61),
        (VT_ELSEWHERE, Role.VEILIG_THUIS, ELSEWHERE, 62),
        ("vt-fusie", Role.VEILIG_THUIS, RegionId("flevoland"), 63),
        ("vt-fusie-gi", Role.CERTIFIED_INSTITUTION, RegionId("flevoland"), 63),
        ("andere-erfgenaam", other, RegionId("flevoland"), 64),
        ("vt-test-gi", Role.CERTIFIED_INSTITUTION, REGION, 5),
    ):
        new = kit.newcomer(name, role, region, number)
        called = replace(new, contacts=(Contact(f"dienst {name}", "070 0000000"), Contact(f"wacht {name}", "070 1")))
        directory = add_partner(directory, called, Environment.TEST)
    desk = replace(directory.partners[PartnerId(VT)], contacts=(Contact("dienst vt", "070 2"),))
    return replace(kit, directory=replace(directory, partners={**directory.partners, desk.id: desk}))


def with_rare_alarms(terms: Terms) -> Terms:
    """As configured, but for how often an alarm comes again: every quarter of an hour for weeks says nothing more."""
    rare = {ACUTE_RECORDING: 3_000, SAFETY_ASSESSMENT: 4, OFFER_ANSWER_ACUTE: 3_000}
    return Terms(tuple(replace(one, again=rare.get(one.name, one.again)) for one in terms.rules), terms.equated_days)


@dataclass
class World:
    """One hub, and what the reporter did and got there.

    Attributes:
        step: which line of the script is played: ids and references go by it, so that they are the same in both worlds.
        reports: the reporter's, in order; `others`: those of everybody else.
        mine: its messages; `got`: the ids of what it got.
    """

    batch: LongBatch
    reporter: Role
    other: Role
    step: int = 0
    drawn: int = 0
    reports: list[ReportId] = field(default_factory=list)
    others: list[ReportId] = field(default_factory=list)
    mine: dict[UUID, bytes] = field(default_factory=dict)
    offers: dict[str, tuple[str, str]] = field(default_factory=dict)
    heard: list[Any] = field(default_factory=list)
    got: dict[str, str] = field(default_factory=dict)
    _read: int = 0

    @classmethod
    def new(cls, reporter: Role, other: Role, pairs: RolePairs) -> "World":
        kit = a_kit(reporter, other)
        setting = replace(kit.setting, pairs=pairs, terms=with_rare_alarms(kit.setting.terms))
        return cls(LongBatch.of(kit, setting), reporter, other)

    def next_step(self, step: int) -> None:
        self.step, self.drawn = step, 0

    def fresh(self) -> UUID:
        self.drawn += 1
        return UUID(int=(self.step + 1) * 1000 + self.drawn)

    # Saying

    def say(self, name: str, type_: str, data: Mapping[str, Any], on: UUID | None, **changes: Any) -> InboxRow:
        id_ = self.fresh()
        named = {} if on is None else {"correlationid": on}
        fields = {"id": id_, "time": self.batch.now, "expirytime": self.batch.now + timedelta(days=1)}
        payload = self.batch.kit.event(name, type_, dict(data), **fields | named | changes)
        if name == ME:
            self.mine[id_] = payload
        row = self.batch.brought(name, payload)
        self.listen()
        return row

    def report(self, name: str, role: Role, child: int, lane: Lane, on: UUID | None = None, **fields: Any) -> None:
        row = self.say(name, REPORTS[role], a_report(role, child, **fields), on, urgentie=lane)
        if row.fate is Fate.ACCEPTED and row.reference is not None and self._is_report(row):
            (self.reports if name == ME else self.others).append(ReportId(row.reference))

    def _is_report(self, row: InboxRow) -> bool:
        case = self.batch.case(row.reference)
        known = case is not None and ReportId(row.reference or UUID(int=0)) in case.reports
        return known and row.reference not in (*self.reports, *self.others)

    def until(self, moment: timedelta) -> None:
        """Alarms of one moment come in any order."""
        before = len(self.heard)
        self.batch.until(self.batch.now + moment)
        self.listen()
        self.heard[before:] = sorted(self.heard[before:], key=lambda one: (one[0], canonical_json(one[1])))

    # Hearing

    def listen(self) -> None:
        for at, row in self.batch.said[self._read :]:
            if row.partner == ME:
                event = self.batch.kit.opened(row)
                data = event["data"]
                if event["type"] == RECEIPT and self._new_report(data):
                    self.reports.append(ReportId(UUID(data["referentie"])))
                if event["type"] == OFFER:
                    self.offers[data["overdracht"]] = (event["correlationid"], row.sha256)
                if not by_route(event):
                    self.got.setdefault(event["id"], f"what it got as {len(self.got)}")
                self.heard.append((at, self.read(event)))
        self._read = len(self.batch.said)

    def _new_report(self, data: Mapping[str, Any]) -> bool:
        case = self.batch.case(UUID(data["referentie"])) if "referentie" in data else None
        report = case.reports.get(ReportId(UUID(data["referentie"]))) if case is not None else None
        return report is not None and report.reporter == self.batch.oin(ME) and report.id not in self.reports

    def read(self, event: Mapping[str, Any]) -> dict[str, Any]:
        kept = {name: value for name, value in event.items() if name not in ("id", "expirytime")}
        found = self._read_value(kept)
        assert isinstance(found, dict)
        return found

    def _read_value(self, value: Any, name: str = "") -> Any:
        if isinstance(value, dict):
            return {key: self._read_value(one, key) for key, one in value.items()}
        if isinstance(value, list):
            return [self._read_value(one) for one in value]
        if name in BY_CHANCE:
            return name
        return self._id(value) if isinstance(value, str) and is_id(value) else value

    def _id(self, text: str) -> str:
        if UUID(text) in self.reports:
            return f"its report {self.reports.index(ReportId(UUID(text)))}"
        known = UUID(text).int < 10**9
        return text if known else self.got.get(text, "an id")

    # Looking, as no partner can

    def case_of(self, report: ReportId) -> Case:
        case = self.batch.case(report)
        assert case is not None
        return case


def is_id(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False


@cache
def _samples() -> Mapping[str, dict[str, Any]]:
    return {name: sample(name) for name in sample_names()}


def a_report(role: Role, child: int, **fields: Any) -> dict[str, Any]:
    """On this child, and nobody else."""
    data = sample(REPORTS[role])
    person = sample("meldingen.professionele-melding")["betrokkenen"][0]
    numbers = ("999911004", "999933000")
    person |= {"bsn": numbers[child], "naam": {"voorletters": "K.", "achternaam": ("Verzonnen", "Bedacht")[child]}}
    person["adres"] = {"postcode": "2511AB", "huisnummer": 1 + child}
    return data | {"betrokkenen": [person]} | {k: v for k, v in fields.items() if v is not None}


# What the reporter says, and what the triage does with its reports: the same in both worlds

Move = tuple[str, int, int]


def own(world: World, move: Move) -> None:
    what, one, other = move
    OWN[what](world, one, other)


def _reports(world: World, one: int, other: int) -> None:
    """Of a child that others may have reported, or not; naming its region, another, none, or what is no region."""
    child, lane = one % 5 // 4, Lane.ACUTE if other % 3 == 0 else Lane.ROUTINE
    where = ("GM0518", "GM0518", THERE, None, NOWHERE)[other % 5]
    data = a_report(world.reporter, child) | {"gemeente": where}
    news = {name: value for name, value in NEWS.items() if name in data and one % 4 == 3}
    cut = {name: value for name, value in (data | news).items() if value is not None}
    named = (None, None, *world.reports, _anothers(world), world.fresh())
    world.say(ME, REPORTS[world.reporter], cut, named[one % len(named)], urgentie=lane)


def _says(world: World, one: int, other: int) -> None:
    """Whatever may be said to the hub, and what this role may not say, well formed or not, under any name."""
    name = TYPES[other % len(TYPES)]
    if name == "zaken.standvraag" and _has_table_and_more(world):
        return
    data = sample(name) if RULES[wire_type(name)].kind is not Kind.OF_THE_HUB else {}
    report = world.reports[one % len(world.reports)] if world.reports else world.fresh()
    about = world.reports[other % len(world.reports)] if world.reports else report
    said = data | {"melding": str(about)} if "melding" in data else data
    names = (report, report, report, report, _anothers(world), world.fresh(), None)
    causes = (None, None, next(iter(world.mine), None), world.fresh(), _got(world, one))
    named = names[one % len(names)] if name != "actieoverleg.aanmelding" else world.fresh()
    cause = causes[(one + other) % len(causes)]
    linked = {} if cause is None else {"causationid": cause}
    world.say(ME, name, said, named, **linked)


def _asks(world: World, one: int, _other: int) -> None:
    """Not of several reports with a table under one: it shows under each that is on the same case (decision 44)."""
    if _has_table_and_more(world):
        return
    for report in world.reports[one % 2 :]:
        world.say(ME, "zaken.standvraag", {}, report)


def _has_table_and_more(world: World) -> bool:
    me, there = world.batch.oin(ME), [world.case_of(one) for one in world.reports]
    return len(there) > 1 and any(me in table.everybody() for case in there for table in case.tables.values())


def _withdraws(world: World, one: int, other: int) -> None:
    """By the name of this report or another of its own."""
    if world.reports:
        report, name = (world.reports[number % len(world.reports)] for number in (one, other))
        world.say(ME, "radar.intrekking", {"melding": str(report), "reden": "onterecht"}, name)


def _says_again(world: World, one: int, _other: int) -> None:
    if world.mine:
        payload = list(world.mine.values())[one % len(world.mine)]
        world.batch.brought(ME, payload)
        world.listen()


def _answers_offer(world: World, one: int, other: int) -> None:
    """An offer back, of a report that was turned into advice."""
    if not world.offers:
        return
    number, (case, hash_) = list(world.offers.items())[one % len(world.offers)]
    if other % 3 == 0:
        said = {"overdracht": number, "code": "capaciteit"}
        world.say(ME, "overdrachten.geweigerd", said, UUID(case))
    else:
        said = {"overdracht": number, "functie": "leraar", "aanbodHash": hash_}
        world.say(ME, "overdrachten.aanvaard", said, UUID(case))
    world.say(ME, "zaken.standvraag", {}, UUID(case))


def _triages(world: World, one: int, other: int) -> None:
    if not world.reports:
        return
    report, which = world.reports[one % len(world.reports)], other % 7
    if which == 4 and any(world.batch.oin(ME) in table.everybody() for table in world.case_of(report).tables.values()):
        return  # who is at a table hears that it goes along
    acts: tuple[tuple[str, dict[str, Any]], ...] = (
        ("triage.melding-vastgelegd", {}),
        ("triage.veiligheidsbeoordeling", outcome(Outcome.NO_FOLLOW_UP)),
        ("triage.veiligheidsbeoordeling", outcome(Outcome.RESEARCH)),
        ("triage.veiligheidsbeoordeling", outcome(Outcome.HANDOVER)),
        ("triage.veiligheidsbeoordeling", outcome(Outcome.TURNED_INTO_ADVICE) | {"overdracht": str(world.fresh())}),
        ("triage.onderzoeksuitkomst", {}),
    )
    if which == len(acts):
        _delivered(world, report)
        return
    type_, said = acts[which]
    by_triage(world, type_, said, report)


def _time(world: World, _one: int, other: int) -> None:
    world.until((timedelta(minutes=16), timedelta(hours=3), timedelta(days=9))[other % 3])


def _organisations(world: World, one: int, _other: int) -> None:
    """Merge, or end with nobody in their place."""
    former, heir = (
        (VT_ELSEWHERE, "vt-fusie"), (TEAM, TEAM_B), (OTHER, "andere-erfgenaam"), (TEAM_B, None), (VT, "vt-fusie"),
    )[one % 5]  # fmt: skip
    directory, now = world.batch.work.directory, world.batch.now
    gone, next_ = directory.partners[PartnerId(former)], directory.partners[PartnerId(heir or former)]
    if gone.active(now) and next_.active(now):
        to = PartnerId(heir) if heir else None
        world.batch.work.directory = retire_partner(directory, gone.id, now, to)


def _is_dealt_with(world: World, one: int, other: int) -> None:
    said = (Outcome.NO_FOLLOW_UP, Outcome.NO_FOLLOW_UP, Outcome.HANDOVER)[other % 3]
    for report in world.reports[one % 2 :]:
        by_triage(world, "triage.veiligheidsbeoordeling", outcome(said), report)


def _is_taken_apart(world: World, one: int, _other: int) -> None:
    """To its reporter it is recorded: so it is where no other report is on its case."""
    if not world.reports:
        return
    report = world.reports[one % len(world.reports)]
    if any(world.batch.oin(ME) in table.everybody() for table in world.case_of(report).tables.values()):
        return  # who is at a table hears that it goes along
    case = world.case_of(report)
    if len(list(case.own_reports())) == 1:
        world.say(desk_of(world, report), "triage.melding-vastgelegd", {"melding": str(report)}, case.name)
    else:
        by_triage(world, "triage.melding-losgemaakt", {}, report)


def _puts_table(world: World, one: int, _other: int) -> None:
    """Not where the route tells it of the other's reports: who is at a table may hear that one is about its family."""
    route = RULES[wire_type(REPORTS[world.other])]
    if not world.reports or world.reporter in (*route.told, *route.told_if_minors):
        return
    guests = [world.batch.oin(name) for name in ("rvdk-test", "reclassering-test")]
    data = sample("actieoverleg.aanmelding") | {"overleg": str(world.fresh()), "deelnemers": guests}
    said = {name: value for name, value in data.items() if name not in ("besluitVoor", "antwoordVoor")}
    world.say(ME, "actieoverleg.aanmelding", said, world.reports[one % len(world.reports)])


def _guests_say(world: World, one: int, _other: int) -> None:
    """At the reporter's own table."""
    me = world.batch.oin(ME)
    for report in world.reports:
        case = world.case_of(report)
        for table in case.tables.values():
            if table.chair == me and table.ties.get(me) == report:
                guest = ("rvdk-test", "reclassering-test")[one % 2]
                said = sample("actieoverleg.inbreng") | {"overleg": str(table.id)}
                world.say(guest, "actieoverleg.inbreng", said, case.known_as(world.batch.oin(guest)))


OWN: Mapping[str, Callable[[World, int, int], None]] = {
    "is dealt with": _is_dealt_with,
    "is taken apart": _is_taken_apart,
    "puts a table": _puts_table,
    "guests say": _guests_say,
    "reports": _reports,
    "says": _says,
    "asks": _asks,
    "withdraws": _withdraws,
    "says again": _says_again,
    "answers": _answers_offer,
    "is triaged": _triages,
    "time": _time,
    "organisations": _organisations,
}
_ALL_TYPES = tuple(name for name in sample_names() if not name.startswith("meldingen."))
_STEPS = tuple(name for name in _ALL_TYPES if RULES[wire_type(name)].kind is Kind.STEP)
_OF_ANYBODY = tuple(name for name in _STEPS if Role.REPORTER in RULES[wire_type(name)].senders)
TYPES = (*_ALL_TYPES, *_OF_ANYBODY, *_OF_ANYBODY)


def _anothers(world: World) -> UUID:
    """A name of a case that is not its own to use; where there is none, one that is nobody's."""
    return next((world.case_of(one).name for one in world.others), world.fresh())


def _got(world: World, one: int) -> UUID | None:
    return UUID(list(world.got)[one % len(world.got)]) if world.got else None


def outcome(said: Outcome) -> dict[str, Any]:
    data = sample("triage.veiligheidsbeoordeling") | {"uitkomst": said.value}
    return {name: value for name, value in data.items() if said is Outcome.HANDOVER or name != "ontvangendePartijen"}


def by_triage(world: World, type_: str, said: Mapping[str, Any], report: ReportId) -> InboxRow:
    data = dict(said) or sample(type_)
    named = data | {"melding": str(report)} if "melding" in data else data
    return world.say(desk_of(world, report), type_, named, world.case_of(report).name)


def desk_of(world: World, report: ReportId) -> str:
    found = connection(world.batch.work.directory, world.case_of(report).triage, Role.VEILIG_THUIS, world.batch.now)
    assert found is not None
    return found.id


def _delivered(world: World, report: ReportId) -> None:
    """Its desk has stored it, as it heard of it last: one that took the case over hears by a note."""
    shown = wire_type("triage.melding-aangeboden"), wire_type("triage.melding-ter-kennis")
    desk = desk_of(world, report)
    rows = [row for _, row in world.batch.said if (row.about, row.partner) == (report, desk) and row.type in shown]
    for row in rows[-1:]:
        world.say(desk, "verwerking.verwerkt", {"bericht": str(row.id), "resultaat": "opgeslagen"}, None)


# What others do, in one of the worlds


def elses(world: World, move: Move) -> None:
    what, one, other = move
    ELSE[what](world, one, other)


def _others_report(world: World, one: int, other: int) -> None:
    where = ("GM0518", THERE, None)[one % 3]
    lane = Lane.ACUTE if where is None or other % 3 == 0 else Lane.ROUTINE
    data = a_report(world.other, other % 5 // 4) | {"gemeente": where}
    cut = {name: value for name, value in data.items() if value is not None}
    named = world.others[one % len(world.others)] if world.others and one % 4 == 3 else None
    row = world.say(OTHER, REPORTS[world.other], cut, named, urgentie=lane)
    if row.fate is Fate.ACCEPTED and row.reference is not None:
        world.others.append(ReportId(row.reference))


def _on_theirs(act: Callable[[World, ReportId, int], None]) -> Callable[[World, int, int], None]:
    """On a report of others, or on the case of one of the reporter's own."""

    def acts(world: World, one: int, other: int) -> None:
        there = [*world.others, *world.reports]
        report = there[one % len(there)] if there else None
        # Who is offered the case, or holds it by that, hears what becomes of it.
        if report is not None and not _offered_to_me(world, world.case_of(report)):
            act(world, report, other)

    return acts


def _others_triaged(world: World, report: ReportId, other: int) -> None:
    if report in world.reports:
        return
    match other % 6:
        case 0:
            by_triage(world, "triage.melding-vastgelegd", {}, report)
        case 1:
            by_triage(world, "triage.veiligheidsbeoordeling", outcome(Outcome.RESEARCH), report)
        case 2:
            _delivered(world, report)
        case 3:
            back = {"overdracht": str(world.fresh())}
            by_triage(world, "triage.veiligheidsbeoordeling", outcome(Outcome.TURNED_INTO_ADVICE) | back, report)
        case _:
            by_triage(world, "triage.veiligheidsbeoordeling", outcome(Outcome.NO_FOLLOW_UP), report)


def _apart(world: World, report: ReportId, _other: int) -> None:
    if report not in world.reports:
        by_triage(world, "triage.melding-losgemaakt", {}, report)


def _offered(world: World, report: ReportId, other: int) -> None:
    case = world.case_of(report)
    to = (VT_ELSEWHERE, TEAM, TEAM_B)[other % 3]
    kind = "veilig-thuis" if to == VT_ELSEWHERE else "lokaal-veld"
    giver = _holder(world, case)
    if giver is None or giver == ME:
        return
    offer = {"overdracht": str(world.fresh()), "kandidaten": [world.batch.oin(to)], "soort": kind}
    world.say(giver, "overdrachten.aanbod", sample("overdrachten.aanbod") | offer, case.name)


def _holder(world: World, case: Case) -> str | None:
    if case.holder is None:
        return None
    directory, now = world.batch.work.directory, world.batch.now
    heir = successor_of(directory, case.holder, now) or case.holder
    roles = (Role.VEILIG_THUIS,) if heir == case.triage else ()
    found = known_by_oin(directory, heir, now, *roles)
    return found.id if found is not None and found.active(now) else None


def _answered(world: World, report: ReportId, other: int) -> None:
    case = world.case_of(report)
    for handover in case.handovers.values():
        for oin in handover.in_state(*UNANSWERED):
            found = known_by_oin(world.batch.work.directory, oin, world.batch.now)
            if found is None or not found.active(world.batch.now) or found.id == ME:
                continue
            said = {"overdracht": str(handover.id)}
            yes = {"functie": "teamleider", "aanbodHash": handover.candidates[oin].offer_hash or "0" * 64}
            if other % 4:
                world.say(found.id, "overdrachten.aanvaard", said | yes, case.name)
            else:
                world.say(found.id, "overdrachten.geweigerd", said | {"code": "capaciteit"}, case.name)
            return


def _moved(world: World, report: ReportId, _other: int) -> None:
    _offered(world, report, 0)
    _answered(world, report, 1)


def _handed_over(world: World, report: ReportId, _other: int) -> None:
    _offered(world, report, 1)
    _answered(world, report, 1)


def _closed(world: World, report: ReportId, _other: int) -> None:
    """As soon as everybody else's reports are assessed, and the triage holds."""
    case = world.case_of(report)
    for one in list(case.own_reports()):
        if one.id not in world.reports and one.state is not ReportState.ASSESSED:
            by_triage(world, "triage.veiligheidsbeoordeling", outcome(Outcome.NO_FOLLOW_UP), one.id)
    case = world.case_of(report)
    triage = case.triage
    if case.holder not in (None, triage, world.batch.oin(ME)) and (giver := _holder(world, case)) is not None:
        offer = {"overdracht": str(world.fresh()), "kandidaten": [triage], "soort": "veilig-thuis"}
        world.say(giver, "overdrachten.aanbod", sample("overdrachten.aanbod") | offer, case.name)
        _answered(world, report, 1)
    if not any(world.batch.oin(ME) in table.everybody() for table in case.tables.values()):
        by_triage(world, "triage.zaak-gesloten", {}, report)


def _offered_to_me(world: World, case: Case) -> bool:
    me = world.batch.oin(ME)
    return any(me in one.candidates for one in case.handovers.values())


def _others_table(world: World, report: ReportId, other: int) -> None:
    guests = [world.batch.oin(name) for name in ("rvdk-test", "reclassering-test")]
    data = {"overleg": str(world.fresh()), "deelnemers": guests}
    said = {k: v for k, v in (sample("actieoverleg.aanmelding") | data).items() if k != "besluitVoor"}
    if report in world.reports or other % 2 or world.other is Role.REPORTER:
        world.say(desk_of(world, report), "actieoverleg.aanmelding", said, world.case_of(report).name)
    else:
        world.say(OTHER, "actieoverleg.aanmelding", said, report)


def _others_at_table(world: World, report: ReportId, _other: int) -> None:
    case, me = world.case_of(report), world.batch.oin(ME)
    for table in case.tables.values():
        if table.chair != me and world.batch.oin("rvdk-test") in table.seats:
            said = sample("actieoverleg.inbreng") | {"overleg": str(table.id)}
            world.say("rvdk-test", "actieoverleg.inbreng", said, case.name)


def _others_withdraw(world: World, report: ReportId, _other: int) -> None:
    if report not in world.reports:
        world.say(OTHER, "radar.intrekking", {"melding": str(report), "reden": "onterecht"}, report)


def _others_news(world: World, report: ReportId, _other: int) -> None:
    data = a_report(world.other, 0)
    news = {name: value for name, value in NEWS.items() if name in data}
    if report not in world.reports and news:
        world.say(OTHER, REPORTS[world.other], data | news, report)


def _advised(world: World, _one: int, _other: int) -> None:
    asked = world.say(OTHER, "adviezen.adviesvraag", sample("adviezen.adviesvraag"), None)
    assert asked.message is not None
    world.say(VT, "adviezen.advies", sample("adviezen.advies"), None, causationid=_as_got(world, asked))


def _as_got(world: World, asked: InboxRow) -> UUID:
    return next((row.id for _, row in world.batch.said if row.origin == asked.id and row.owes_confirmation), asked.id)


def _in_touch(world: World, report: ReportId, _other: int) -> None:
    case = world.case_of(report)
    for found in case.coincidences.values():
        said = sample("radar.contact-gelegd") | {"samenloop": str(found.id)}
        world.say(desk_of(world, report), "radar.contact-gelegd", said, case.name)


def _monitored(world: World, report: ReportId, _other: int) -> None:
    case = world.case_of(report)
    question = sample("monitoring.vraag") | {"vraag": str(world.fresh())}
    if case.holder != world.batch.oin(ME):
        world.say(desk_of(world, report), "monitoring.vraag", question, case.name)


def _they_retire(world: World, _one: int, _other: int) -> None:
    """With nobody in its place: what it holds, the triage is to take over."""
    directory = world.batch.work.directory
    for name in (TEAM, OTHER):
        if directory.partners[PartnerId(name)].active(world.batch.now):
            world.batch.work.directory = retire_partner(directory, PartnerId(name), world.batch.now, None)
            break
    for case in list(world.batch.cases()):
        decide_moment(case, c.HolderEnded(), world.batch.work, world.batch.setting)
    world.listen()


ELSE: Mapping[str, Callable[[World, int, int], None]] = {
    "report": _others_report,
    "triage": _on_theirs(_others_triaged),
    "apart": _on_theirs(_apart),
    "offer": _on_theirs(_offered),
    "answer": _on_theirs(_answered),
    "moves": _on_theirs(_moved),
    "is handed over": _on_theirs(_handed_over),
    "closes": _on_theirs(_closed),
    "table": _on_theirs(_others_table),
    "joins in": _on_theirs(_others_at_table),
    "withdraws": _on_theirs(_others_withdraw),
    "news": _on_theirs(_others_news),
    "advice": _advised,
    "is in touch": _on_theirs(_in_touch),
    "monitors": _on_theirs(_monitored),
}
"""By a name of what happens."""


def by_route(event: Mapping[str, Any]) -> bool:
    """Whether it is another's report or news, told to whoever has the role that the route names."""
    return bool(event["type"].startswith("nl.ketenhub.meldingen."))


def as_heard(world: World) -> Iterator[Any]:
    """All that the reporter received, but what it is told by the route of another's report, which names no case."""
    for at, event in world.heard:
        if by_route(event):
            assert not {"correlationid", "causationid"} & set(event), "which of its cases it is about is not told"
            assert not {"zaakversie", "houder"} & set(event["data"])
        else:
            yield at, event
