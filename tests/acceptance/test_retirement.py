"""A partner is retired under a running hub: what it had sent counts, its successor gets what waits, and it ends; also
where the process that sees to it dies between two steps."""

import json
import time
from pathlib import Path
from typing import Any

import httpx

from hub.local.servers import Addresses
from tests.acceptance.hub import RunningHub
from tests.patience import CEILING

PATIENCE = CEILING


def partner(hub: RunningHub, short: str) -> dict[str, Any]:
    listed = hub.json("partner", "list", "--json")
    found: dict[str, Any] = next(one for one in listed if one["id"] == hub.name(short))
    return found


def test_a_partner_ends_when_its_queues_are_read_and_its_successor_has_what_waited_whoever_dies_meanwhile(
    hub: RunningHub, servers: Addresses, tmp_path: Path
) -> None:
    report = tmp_path / "report.json"
    report.write_text(json.dumps(hub.json("sample", "meldingen.zorgmelding")))
    hub.add("ends", "politie", 21)
    hub.add("goes-on", "politie", 22)
    hub.add("desk", "veilig-thuis", 23)
    send = ("send", "--as", hub.name("ends"), "--type", "meldingen.zorgmelding")
    hub.cli(*send, "--wait", "0", str(report), ok=(0, 3, 4))

    said = hub.cli("partner", "retire", hub.name("ends"), "--successor", hub.name("goes-on"))
    assert "is closing" in said.stdout
    shown = hub.cli("status").stdout
    assert "is closing since" in shown or partner(hub, "ends")["endedAt"], "it may have come to its end already"
    assert hub.kill_workers()
    assert hub.cli(*send, "--wait", "1", str(report), ok=(1, 3, 4)).returncode != 0, "it can send no more"

    (receipt,) = received(hub, "goes-on", 1)
    assert receipt["type"].endswith("ontvangstbevestiging.v1")
    assert hub.kill_workers()
    ends = time.monotonic() + PATIENCE
    while partner(hub, "ends")["endedAt"] is None:
        assert time.monotonic() < ends, hub.cli("status").stdout
    assert hub.kill_workers()  # it has ended, and its virtual host is there yet
    vhost = f"{servers.admin_url}/api/vhosts/{hub.name('ends')}"
    while httpx.get(vhost).status_code != httpx.codes.NOT_FOUND:
        assert time.monotonic() < ends, hub.cli("status").stdout
        time.sleep(0.5)
    assert hub.json("account", "--json")["fits"]
    state = hub.json("status", "--json")
    assert (state["ready"], state["attention"]) == (True, [])
    assert hub.name("ends") not in state["queues"]
    assert '"partner_ended"' in hub.log.read_text()


def received(hub: RunningHub, short: str, number: int) -> list[dict[str, Any]]:
    ends, found = time.monotonic() + PATIENCE, list[dict[str, Any]]()
    while len(found) < number:
        assert time.monotonic() < ends
        lines = hub.cli("receive", "--as", hub.name(short), "--seconds", "2").stdout.splitlines()
        found += [json.loads(line) for line in lines]
    return found
