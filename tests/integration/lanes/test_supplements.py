"""More is asked of the giver: what it adds takes the place of what the hub holds, and goes to who said yes only."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from hub.canonical.codes import Lane
from hub.ports import OutboxRow
from hub.schemas.samples import sample
from tests.clock import Clock
from tests.databases import one, rows
from tests.kit import Kit, Told
from tests.talk import DOSSIER, OFFER, RECEIPT, REFUSAL, YES, a_case, a_yes, an_offer, upkeep

ASKED, GIVEN = "overdrachten.aanvulling-gevraagd", "overdrachten.aanvulling-gegeven"
NEWER = "Sinds gisteren woont het kind bij een tante."


class Offered:
    """An offer of VT to the local team and the board, on the wire."""

    def __init__(self, kit: Kit, case: UUID, data: dict[str, Any], made: Told) -> None:
        self.kit, self.case, self.data, self.made = kit, case, data, made

    async def tell(self, name: str, type_: str, data: dict[str, Any], **changes: Any) -> Told:
        return await self.kit.tell(name, type_, data, correlationid=self.case, **changes)

    async def ask(self, name: str = "wijkteam-test") -> Told:
        return await self.tell(name, ASKED, sample(ASKED) | {"overdracht": self.data["overdracht"]})

    def more(self, full: bool = True) -> dict[str, Any]:
        data = sample(GIVEN) | {"overdracht": self.data["overdracht"]}
        newer = data.pop("volledig") | {"situatie": NEWER}
        return data | ({"volledig": newer} if full else {})

    async def give(self, full: bool = True, **changes: Any) -> Told:
        return await self.tell("vt-test", GIVEN, self.more(full), **changes)

    async def accept(self, made: OutboxRow, name: str = "wijkteam-test") -> Told:
        return await self.tell(name, YES, a_yes(self.data, made))


async def offered(kit: Kit, **changes: Any) -> Offered:
    opened = await a_case(kit)
    data = an_offer(kit, "wijkteam-test", "buurtteam-test")
    return Offered(kit, opened.case, data, await kit.tell("vt-test", OFFER, data, correlationid=opened.case, **changes))


async def held(kit: Kit) -> list[bytes]:
    return [row["ciphertext"] for row in await rows(kit.engine, "select ciphertext from held")]


def situation(told: Told, name: str = "wijkteam-test") -> str:
    found: str = told.one(name, DOSSIER)["data"]["volledig"]["situatie"]
    return found


async def test_the_giver_hears_what_is_asked_and_by_whom_and_nobody_else_does(kit: Kit) -> None:
    offer = await offered(kit)
    told = await offer.ask()

    said = told.one("vt-test", ASKED)["data"]
    assert (said["reden"], said["vraag"], said["van"]) == ("vraag", sample(ASKED)["vraag"], kit.oin("wijkteam-test"))
    assert told.to("buurtteam-test") == []


async def test_what_is_added_reaches_every_candidate_in_the_minimum_and_is_held_for_the_yes(kit: Kit) -> None:
    offer = await offered(kit)
    await offer.ask()
    (before,) = await held(kit)
    given = await offer.give()
    (after,) = await held(kit)

    assert before != after
    for name in ("wijkteam-test", "buurtteam-test"):
        assert NEWER not in str(given.to(name))
        assert given.one(name, GIVEN)["data"]["antwoord"] == sample(GIVEN)["antwoord"]
    assert situation(await offer.accept(given.row("wijkteam-test", GIVEN))) == NEWER
    assert await held(kit) == []


async def test_a_yes_to_the_offer_as_it_was_before_is_refused(kit: Kit) -> None:
    offer = await offered(kit)
    given = await offer.give()
    early = await offer.accept(offer.made.row("wijkteam-test", OFFER))

    assert early.one("wijkteam-test", REFUSAL)["data"]["code"] == "aanbod-gewijzigd"
    assert (await offer.accept(given.row("buurtteam-test", GIVEN), "buurtteam-test")).to("buurtteam-test", DOSSIER)


async def test_an_answer_without_a_full_part_leaves_the_one_that_is_held(kit: Kit) -> None:
    offer = await offered(kit)
    before = await held(kit)
    given = await offer.give(full=False)

    assert await held(kit) == before
    assert situation(await offer.accept(given.row("wijkteam-test", GIVEN))) == offer.data["volledig"]["situatie"]


async def test_in_an_acute_case_the_newer_part_goes_at_once_to_all_that_may_say_yes(kit: Kit) -> None:
    offer = await offered(kit, urgentie=Lane.ACUTE)
    given = await offer.give(urgentie=Lane.ACUTE)

    assert [situation(given, name) for name in ("wijkteam-test", "buurtteam-test")] == [NEWER, NEWER]
    assert (await offer.accept(given.row("wijkteam-test", GIVEN))).to("wijkteam-test", DOSSIER) == []
    assert await held(kit) == []


async def test_what_is_added_and_refused_by_all_in_one_batch_leaves_nothing_held(kit: Kit) -> None:
    """The part from before it, which the database had, goes too."""
    offer = await offered(kit)
    assert len(await held(kit)) == 1
    given = kit.delivery("vt-test", kit.event("vt-test", GIVEN, offer.more(), correlationid=offer.case))
    no = {"overdracht": offer.data["overdracht"], "code": "capaciteit"}
    answers = [
        kit.delivery(name, kit.event(name, "overdrachten.geweigerd", no, correlationid=offer.case))
        for name in ("wijkteam-test", "buurtteam-test")
    ]
    changes = await kit.decide([given, *answers])

    assert [row.code for row in changes.inbox] == [None] * 3
    assert await held(kit) == []


# --- the full part has lapsed -------------------------------------------------------------------------------------


async def lapsed(kit: Kit, clock: Clock) -> Offered:
    offer = await offered(kit)
    await clock.put_ahead(kit.setting.limits.held_parts_kept + timedelta(minutes=1))
    await upkeep(kit).keep_house()
    assert await held(kit) == []
    return offer


async def test_a_yes_after_the_full_part_has_lapsed_stands_and_the_giver_is_asked_for_it(
    kit: Kit, clock: Clock
) -> None:
    offer = await lapsed(kit, clock)
    told = await offer.accept(offer.made.row("wijkteam-test", OFFER))

    assert await one(kit.engine, "select holder from cases") == kit.oin("wijkteam-test")
    assert told.to("wijkteam-test", DOSSIER) == []
    said = told.one("vt-test", ASKED)["data"]
    assert (said["reden"], said["overdracht"]) == ("volledig-deel-vervallen", offer.data["overdracht"])
    assert {"vraag", "van"}.isdisjoint(said)


async def test_what_the_giver_gives_then_goes_to_the_receiver_at_once_and_is_not_held(kit: Kit, clock: Clock) -> None:
    offer = await lapsed(kit, clock)
    await offer.accept(offer.made.row("wijkteam-test", OFFER))
    assert await one(kit.engine, "select count(*) from timer where name = 'aanvulling'") == 1
    empty = await offer.give(full=False)
    given = await offer.give()

    assert empty.one("vt-test", REFUSAL)["data"]["code"] == "stap-niet-toegestaan"
    assert situation(given) == NEWER
    assert {row.partner for row in given.changes.outbox} == {"vt-test", "wijkteam-test"}
    assert await held(kit) == []
    assert await one(kit.engine, "select count(*) from timer where name = 'aanvulling'") == 0


async def test_it_is_given_once(kit: Kit, clock: Clock) -> None:
    offer = await lapsed(kit, clock)
    await offer.accept(offer.made.row("wijkteam-test", OFFER))
    first, second = await offer.give(), await offer.give()

    assert first.to("vt-test", RECEIPT)
    assert second.one("vt-test", REFUSAL)["data"]["code"] == "stap-niet-toegestaan"
    assert second.to("wijkteam-test") == []
