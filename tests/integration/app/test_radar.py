"""The radar's keys from the first to the next, and what is found by whom."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from hub.app import radar, rotation
from hub.app.hub import Hub
from hub.app.keyfiles import KeyFiles
from hub.canonical.codes import Lane
from hub.canonical.hub_keys import KeyKind, KeyState
from hub.cases import events as e
from hub.cases.evolve import fold
from hub.errors import OperatorError
from hub.ids import CaseId, Oin, RegionId, ReportId
from hub.lanes.keys import RadarKeys
from hub.ports import CaseChange, Changes
from hub.routing.radar import entries_of, own_identities
from hub.schemas.identities import identities_of_persons
from hub.schemas.persons import Person
from tests.databases import rows

CHILD, MOTHER = "999911004", "999933000"
NAME, BORN = {"voorletters": "J.", "voorvoegsel": "van der", "achternaam": "Vogelzang"}, "2017-05-30"
HOME = {"postcode": "2512AB", "huisnummer": 12}
REPORTER = Oin("00000099000000000001")
NOW, YEARS = datetime.now(UTC), timedelta(days=730)


def person(role: str = "gezaghebbende", **said: Any) -> Person:
    return Person.model_validate({"rol": role, "geslacht": "onbekend", **said})


async def reported(hub: Hub, *persons: Person) -> UUID:
    """A report on these people as the lanes enter it; what it is called."""
    report = ReportId(uuid4())
    async with hub.database.store.unit() as unit:
        keys = RadarKeys.of(unit.directory, KeyFiles(hub.settings.home).keys())
        own = own_identities(identities_of_persons(persons, hub.config.dummies), keys.sought, unit.now, YEARS)
        entries = entries_of(own, report, REPORTER, NOW, keys.writes)
        await unit.write(Changes(cases=[a_case(report)], radar=entries), "test", Lane.ROUTINE)
    return report


def a_case(report: ReportId) -> CaseChange:
    id_, region = CaseId(uuid4()), RegionId("haaglanden")
    events = (
        e.CaseOpened(NOW, id_, region, REPORTER, REPORTER),
        e.ReportReceived(NOW, report, REPORTER, Lane.ROUTINE, True),
    )
    case = fold(None, events)
    assert case is not None
    return CaseChange(case, tuple((event, None) for event in events), new=True)


async def found(hub: Hub, **said: Any) -> dict[UUID, set[str]]:
    """The reports that speak of somebody, and by what."""
    grounds: dict[UUID, set[str]] = {}
    for entry, _ in await radar.find(hub, person(**said)):
        grounds.setdefault(entry.report, set()).add(entry.ground.value)
    return grounds


async def test_a_person_is_found_by_whatever_of_its_data_a_report_gave(hub: Hub) -> None:
    child = await reported(hub, person("kind", bsn=CHILD, naam=NAME, geboortedatum=BORN, adres=HOME))
    other = await reported(hub, person("gezaghebbende", bsn=MOTHER, adres=HOME))
    unborn = await reported(hub, person("kind", bsn="999999999", ongeboren={"bsnMoeder": MOTHER}))

    assert await found(hub, bsn=CHILD) == {child: {"bsn"}}
    assert await found(hub, naam={"voornamen": "Jan", "achternaam": "VOGELZANG"}, geboortedatum=BORN) == {
        child: {"naam-en-geboortedatum"}
    }
    assert await found(hub, adres=HOME) == {child: {"adres"}, other: {"adres"}}
    assert await found(hub, bsn=MOTHER) == {other: {"bsn", "ouder"}, unborn: {"ouder"}}
    assert await found(hub, bsn="999955007") == {}


async def test_a_number_that_is_filled_in_where_none_is_known_finds_nobody(hub: Hub) -> None:
    with pytest.raises(OperatorError, match="geboortedatum"):
        await radar.find(hub, person(bsn="123456782"))


async def test_a_person_is_found_by_a_name_that_is_written_in_another_way(hub: Hub) -> None:
    child = await reported(hub, person("kind", naam=NAME | {"achternaam": "Dijk-Müller"}, geboortedatum=BORN))

    person_named = {"voornamen": "Jan", "achternaam": "Müller-van Dijk"}
    assert len(await radar.find(hub, person(naam=person_named, geboortedatum=BORN))) == 1
    for surname in ("Dyk", "Mueller", "Müller-van Dijk", "Vandijk"):
        assert await found(hub, naam={"voornamen": "Jan", "achternaam": surname}, geboortedatum=BORN) == {
            child: {"naam-en-geboortedatum"}
        }


async def test_who_cannot_be_found_by_what_is_given_is_told_what_to_give(hub: Hub) -> None:
    with pytest.raises(OperatorError, match="geboortedatum"):
        await radar.find(hub, person(bsn="000000000", naam=NAME, geboortedatum="2017"))


async def states(hub: Hub) -> list[tuple[str, str, int]]:
    """Of each key of the radar: its id, its state, how many entries need it."""
    return [(one.key.id, one.key.state.value, one.needed) for one in await rotation.listed(hub, KeyKind.RADAR)]


async def step(hub: Hub, key: str, to: KeyState) -> None:
    await rotation.move(hub, KeyKind.RADAR, key, to)


async def test_what_the_old_key_made_is_found_after_a_new_one_writes_and_until_it_lapses(
    hub: Hub, database: AsyncEngine
) -> None:
    early = await reported(hub, person("kind", bsn=CHILD))
    ((old, *_),) = await states(hub)
    added, _ = await rotation.add(hub, KeyKind.RADAR)
    new = added.id
    announced = await reported(hub, person("kind", bsn=CHILD))
    await step(hub, new, KeyState.READ)
    between = await reported(hub, person("kind", bsn=CHILD))
    await step(hub, new, KeyState.WRITE)
    late = await reported(hub, person("kind", bsn=CHILD))

    assert set(await found(hub, bsn=CHILD)) == {early, announced, between, late}
    assert await states(hub) == [(old, "read", 3), (new, "write", 1)]
    with pytest.raises(OperatorError, match="3 entries need this key"):
        await step(hub, old, KeyState.RETIRED)

    await rows(database, "update radar_entry set expires = now() where key_id = :old", old=old)
    assert set(await found(hub, bsn=CHILD)) == {late}
    await step(hub, old, KeyState.RETIRED)
    assert await states(hub) == [(old, "retired", 0), (new, "write", 1)]


async def test_without_the_file_of_a_key_that_is_read_nothing_is_searched(hub: Hub) -> None:
    new, path = await rotation.add(hub, KeyKind.RADAR)
    await step(hub, new.id, KeyState.READ)
    path.unlink()

    with pytest.raises(OperatorError, match=new.id):
        await radar.find(hub, person(bsn=CHILD))
