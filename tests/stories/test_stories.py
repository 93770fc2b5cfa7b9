"""Family stories, told on one running hub at the same time: a real broker and database, a partner for every role.

Each story stands in a file of its subject, a line for everything that somebody says. At the end of it all the partners'
books, the register of who held what, and the hub's account have to agree.
"""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from uuid import UUID

import pytest

from hub.local.servers import Addresses
from hub.partner.messages import HUB_KEY
from hub.schemas.registry import message_types
from tests.acceptance.hub import RunningHub, new_database_now, serving
from tests.patience import CEILING
from tests.servers import new_home
from tests.stories import advice, chain, checks, handovers, long_breath, moves, night, signals
from tests.stories.cast import CAST, Data, Family, Player
from tests.stories.stage import Stage, on_stage
from tests.stories.telling import Story

STORIES = (
    night.acute_report_at_night,
    signals.three_light_signals_are_structural_together,
    signals.a_report_that_was_joined_wrongly,
    handovers.yes_and_withdrawal_cross,
    handovers.refused_twice_then_accepted,
    handovers.a_partner_that_says_nothing,
    handovers.a_step_that_arrives_before_its_yes,
    moves.a_family_that_moves_to_another_region,
    moves.a_team_that_merges_into_another,
    chain.a_restraining_order_with_children,
    chain.a_suspect_is_released,
    chain.a_measure_and_who_carries_it_out,
    advice.advice_that_becomes_a_report,
    advice.a_report_that_becomes_advice,
    long_breath.research_that_finds_nothing,
    long_breath.a_case_for_many_disciplines,
    long_breath.the_long_breath,
)
CONFIG = """
[limits]
delayed_notice_after = { routine = "1 s", acute = "1 s" }  # so that a message that waits for another is told so
"""
QUIET_WITHIN = CEILING
NAMES = [story.__name__ for story in STORIES]


@dataclass(frozen=True)
class Evening:
    """All stories, told.

    Attributes:
        failed: what went otherwise than told.
        shown: `case show --json` of every case.
    """

    hub: RunningHub
    stage: Stage
    stories: dict[str, Story]
    failed: dict[str, BaseException]
    ledgers: dict[Player, checks.Ledger]
    shown: dict[UUID, Data]
    account: Data


@pytest.fixture(scope="module")
def evening(servers: Addresses, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Evening]:
    config = tmp_path_factory.mktemp("config") / "ketenhub.toml"
    config.write_text(CONFIG)
    with (
        new_database_now(servers.database_url) as url,
        new_home() as home,
        serving(home, replace(servers, database_url=url), config=config) as hub,
    ):
        yield asyncio.run(told(hub))


async def told(hub: RunningHub) -> Evening:
    async with on_stage(hub) as stage:
        stories = {tell.__name__: Story(tell.__name__, Family(number), stage) for number, tell in enumerate(STORIES)}
        ends = await asyncio.gather(*(tell(stories[tell.__name__]) for tell in STORIES), return_exceptions=True)
        account = await quiet(stage)
        shown = {case.id: await stage.case_shown(case.id) for story in stories.values() for case in story.cases}
        failed = {name: end for name, end in zip(stories, ends, strict=True) if isinstance(end, BaseException)}
        ledgers = {player: checks.ledger(stage, player) for player in CAST}
        return Evening(hub, stage, stories, failed, ledgers, shown, account)


async def quiet(stage: Stage) -> Data:
    """The hub's account, once nothing is under way any more; or as it is, when that takes too long."""
    with suppress(TimeoutError):
        async with asyncio.timeout(QUIET_WITHIN):
            while any(left(one) for one in (await stage.hub.database.account()).partners.values()):  # noqa: ASYNC110
                await asyncio.sleep(0.1)
    return asdict(await stage.hub.database.account())


def left(partner: Mapping[str, int]) -> int:
    return partner.get("undelivered", 0) + partner.get("retry", 0)


@pytest.mark.parametrize("name", NAMES)
def test_the_story_goes_as_told(evening: Evening, name: str) -> None:
    if name in evening.failed:
        raise evening.failed[name]


@pytest.mark.parametrize("name", NAMES)
def test_every_message_has_the_one_answer_that_the_story_says(evening: Evening, name: str) -> None:
    for id_, said in evening.stories[name].said.items():
        book = evening.ledgers[said.who]
        assert (book.sent[id_], book.answers[id_]) == (said, 1)


@pytest.mark.parametrize("name", NAMES)
def test_nobody_heard_what_the_story_does_not_say(evening: Evening, name: str) -> None:
    story = evening.stories[name]
    assert checks.heard(story) == story.told


@pytest.mark.parametrize("name", NAMES)
def test_what_each_party_hears_of_a_case_is_numbered_without_a_gap(evening: Evening, name: str) -> None:
    for case in evening.stories[name].cases:
        for party, numbers in checks.numbers(case).items():
            assert numbers == list(range(1, len(numbers) + 1)), party


@pytest.mark.parametrize("name", NAMES)
def test_books_and_register_agree_on_who_held_when(evening: Evening, name: str) -> None:
    for case in evening.stories[name].cases:
        shown = evening.shown[case.id]
        assert checks.holders_told(case) == case.holders
        assert checks.holders_shown(shown) == case.holders
        assert shown["houder"] == (case.holders[-1] and case.holders[-1].oin)


@pytest.mark.parametrize("name", NAMES)
def test_nobody_is_told_more_than_is_theirs_to_know(evening: Evening, name: str) -> None:
    story = evening.stories[name]
    assert checks.told_too_much(story) == []
    assert checks.dossiers_without_a_yes(story, evening.ledgers) == []


@pytest.mark.parametrize("name", NAMES)
def test_a_message_names_as_its_cause_what_its_recipient_knows(evening: Evening, name: str) -> None:
    assert checks.strange_causes(evening.stories[name], evening.ledgers) == []


def test_every_message_is_of_one_story(evening: Evening) -> None:
    stories = evening.stories.values()
    for player, box in evening.stage.mail.items():
        for message in box.messages:
            assert len([story.name for story in stories if story.owns(message)]) == 1, (player, message.type)
    said = {id_ for story in stories for id_ in story.said}
    assert {id_ for book in evening.ledgers.values() for id_ in book.sent} == said


def test_every_type_of_the_contract_is_said_in_each_direction_that_it_has(evening: Evening) -> None:
    known, books = message_types(), evening.ledgers.values()
    assert checks.types_sent(books) == {name for name, one in known.items() if one.to_hub}
    # Of no family: tests/acceptance/test_suite_rotation.py
    assert checks.types_got(evening.stage, books) == {name for name, one in known.items() if one.from_hub} - {HUB_KEY}


@pytest.mark.parametrize("player", CAST, ids=lambda player: player.name)
def test_a_partner_stored_every_message_once(evening: Evening, player: Player) -> None:
    assert checks.stored_wrongly(evening.stage, player, evening.ledgers[player]) == []


@pytest.mark.parametrize("player", CAST, ids=lambda player: player.name)
def test_the_account_agrees_with_the_partners_books(evening: Evening, player: Player) -> None:
    hub = evening.account["partners"][evening.hub.name(player.name)]
    found = checks.pairs(evening.ledgers[player].account, hub)
    assert {name: pair for name, pair in found.items() if pair[0] != pair[1]} == {}


def test_the_account_fits_and_nothing_is_kept_apart(evening: Evening) -> None:
    assert evening.hub.json("account", "--json")["fits"]
    assert evening.hub.json("quarantine", "list", "--json") == []
    status = evening.hub.json("status", "--json")
    assert (status["ready"], status["numbers"]["quarantined"], status["numbers"]["retrying"]) == (True, 0, 0)
    assert {depth["ready"] for queues in status["queues"].values() for depth in queues.values()} == {0}


def test_the_log_has_no_fault_and_no_names(evening: Evening) -> None:
    assert [line for line in evening.hub.logged() if line["level"] in ("error", "critical")] == []
    written = evening.hub.log.read_text()
    assert [story.family.surname for story in evening.stories.values() if story.family.surname in written] == []


def test_an_operator_sees_what_the_register_says(evening: Evening) -> None:
    case = evening.stories["acute_report_at_night"].cases[0]
    why = ("--reason", "storing", "--reference", "INC-12")
    shown = evening.hub.json("case", "show", str(case.id), *why, "--json")
    assert shown["houders"] == evening.shown[case.id]["houders"]
