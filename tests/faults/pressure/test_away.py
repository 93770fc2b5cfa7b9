"""A triage whose system does not read: it finds each message once when it comes back, and nothing is lost meanwhile."""

from pathlib import Path

import aio_pika
import pytest

from hub.canonical.codes import Lane
from hub.canonical.partners import Role
from hub.local.servers import Addresses
from tests.faults.links.wires import Wired, wired
from tests.faults.pressure.company import company

IMPATIENT = """
[limits]
resend_unanswered_after = { routine = "1 s", acute = "1 s" }
"""
REPORTS = 5


async def acute_in_queue(servers: Addresses, partner: str) -> int:
    async with await aio_pika.connect(f"{servers.amqp_url}/{partner}") as connection:
        declared = await (await connection.channel()).declare_queue("from-hub.acuut", passive=True)
        return declared.declaration_result.message_count or 0


def says(hub: Wired, event: str, partner: str) -> bool:
    return any(one["event"] == event and one.get("recipient") == partner for one in hub.logged())


@pytest.mark.exhaustive
async def test_what_a_triage_does_not_read_lies_there_once_and_comes_again_if_it_is_lost(
    servers: Addresses, tmp_path: Path
) -> None:
    config = tmp_path / "impatient.toml"
    config.write_text(IMPATIENT)
    async with wired(servers, config=config, crowds=0) as hub, company(hub.rig, Role.VEILIG_THUIS) as everybody:
        triage = everybody[Role.VEILIG_THUIS].profile.id
        reports = everybody.reports(Role.POLICE, REPORTS, Lane.ACUTE)
        await hub.until(lambda: all(one.done() for one in reports), "not answered")
        await hub.until(lambda: says(hub, "reader_away", triage), "nobody notices")
        assert await acute_in_queue(servers, triage) == REPORTS
        assert not says(hub, "outgoing_unanswered", triage)

        # Its queue is emptied by mistake: then all of it is sent once more.
        async with await aio_pika.connect(f"{servers.amqp_url}/{triage}") as connection:
            queue = await (await connection.channel()).get_queue("from-hub.acuut", ensure=False)
            await queue.purge()
        await hub.until(lambda: says(hub, "outgoing_unanswered", triage), "nothing comes again")
        everybody.link(Role.VEILIG_THUIS).deaf = False
        everybody.link(Role.VEILIG_THUIS).reset()
        assert await hub.findings_and_misfits() == []
        assert says(hub, "reader_back", triage)
