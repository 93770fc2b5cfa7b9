"""The command line as an operator and a partner type it: what it prints, and how it ends."""

import json
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import jsonschema
import pytest
from typer.testing import CliRunner

from hub.cli.root import application
from tests.acceptance.hub import RunningHub

OIN = "00000099000000009000"
WHY = ("--reason", "storing", "--reference", "INC-12")
GROUPS = [
    (), ("serve",), ("demo",), ("status",), ("account",), ("report",), ("send",), ("receive",), ("sample",),
    ("case", "show"), ("acts",), ("subject-access",),
    ("schemas", "export"), ("partner", "add"), ("partner", "list"), ("partner", "retire"), ("key", "new"),
    ("key", "add"),
    ("key", "revoke"), ("key", "list"), ("key", "hub"), ("key", "radar", "add"), ("key", "radar", "write"),
    ("key", "period", "request"), ("key", "period", "give"), ("key", "period", "take"), ("key", "period", "begin"),
    ("awaiting",), ("key", "radar", "retire"), ("key", "radar", "list"), ("radar", "find"), ("partner", "contact"),
    ("quarantine", "list"), ("quarantine", "show"),
    ("recover",), ("quarantine", "replay"), ("quarantine", "discard"), ("topology", "show"), ("topology", "apply"),
]  # fmt: skip


@pytest.fixture(scope="module")
def keys(hub: RunningHub, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, ...]:
    """A partner's public keys, as `partner add` takes them."""
    folder = tmp_path_factory.mktemp("keys")
    hub.cli("key", "new", "S1", str(folder))
    return ("--sig", str(folder / "sig.pub.json"), "--enc", str(folder / "enc.pub.json"))


def test_every_command_explains_itself() -> None:
    for words in GROUPS:
        shown = CliRunner().invoke(application(), [*words, "--help"])
        assert shown.exit_code == 0, words
        assert "Usage" in shown.stdout
        assert len(shown.stdout.splitlines()) > 4


def test_a_partner_sends_and_receives_from_the_command_line(hub: RunningHub, tmp_path: Path) -> None:
    printed = hub.add("politie", "politie", 1)
    assert sorted(printed) == ["amqp", "hubEnc", "hubOin", "hubSig"]
    hub.add("vt", "veilig-thuis", 2, "S1X")
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    good.write_text(json.dumps(hub.json("sample", "meldingen.zorgmelding")))
    bad.write_text(json.dumps(hub.json("sample", "meldingen.zorgmelding") | {"soort": "onbekend"}))
    police, report = hub.name("politie"), ("--type", "meldingen.zorgmelding")

    accepted = hub.json("send", "--as", police, *report, str(good))
    refused = hub.json("send", "--as", police, *report, str(bad), ok=(3,))

    assert accepted["type"].endswith("ontvangstbevestiging.v1")
    assert refused["data"]["code"] == "schema-ongeldig"
    assert refused["data"]["velden"] == ["/data/soort"]
    received = hub.cli("receive", "--as", hub.name("vt"), "--seconds", "4").stdout.splitlines()
    offered = json.loads(received[0])
    assert offered["data"]["melding"]["nummer"] == accepted["data"]["referentie"]

    case = hub.json("case", "show", offered["correlationid"], *WHY, "--json")
    assert case["houder"] == hub.oin("politie")
    assert hub.json("case", "show", accepted["data"]["referentie"], *WHY, "--json")["zaak"] == case["zaak"]
    assert hub.json("account", "--json")["fits"]
    assert "ready" in hub.cli("status").stdout

    needed = hub.cli("partner", "retire", hub.name("vt"), ok=(1,))
    assert f"--succeeds {hub.name('vt')}" in needed.stderr
    hub.add("vt2", "veilig-thuis", 3, succeeds="vt")
    late = hub.json("send", "--as", police, *report, "--wait", "20", str(good))
    (presented,) = hub.cli("receive", "--as", hub.name("vt2"), "--seconds", "4").stdout.splitlines()
    assert json.loads(presented)["data"]["melding"]["nummer"] == late["data"]["referentie"]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("partner", "add", "X!", "--oin", "1", "--role", "politie", "--region", "haaglanden"), "a-z"),
        (("partner", "add", "goed", "--oin", "123", "--role", "politie", "--region", "haaglanden"), "20 digits"),
        (("partner", "add", "goed", "--oin", OIN, "--role", "arts", "--region", "haaglanden"), "melder"),
        (("partner", "add", "goed", "--oin", OIN, "--role", "om", "--region", "mars"), "haaglanden"),
    ],
)  # fmt: skip
def test_a_mistake_is_one_line_that_says_what_to_write(
    hub: RunningHub, keys: tuple[str, ...], words: tuple[str, ...], says: str
) -> None:
    wrong = hub.cli(*words, *keys, ok=(1,))
    last = wrong.stderr.strip().splitlines()[-1]
    assert last.startswith("ketenhub: ")
    assert says in last
    assert "Traceback" not in wrong.stderr


def test_of_a_hub_that_lost_nothing_nothing_is_awaited(hub: RunningHub) -> None:
    assert hub.json("awaiting", "--json") == []
    assert "0 of 1" in hub.cli("awaiting", "--give-up", str(uuid4())).stdout


def test_no_process_of_the_hub_leaves_its_memory_on_the_disk(hub: RunningHub) -> None:
    pid = hub.process.pid
    workers = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    assert workers
    for one in (pid, *workers):
        limits = Path(f"/proc/{one}/limits").read_text().splitlines()
        assert [line.split()[4:6] for line in limits if line.startswith("Max core file size")] == [["0", "0"]]


def test_without_a_hub_it_says_how_to_start_one(hub: RunningHub, tmp_path: Path) -> None:
    without = {name: value for name, value in hub.environment.items() if not name.endswith("_URL")}
    nowhere = replace(hub, environment=without | {"KETENHUB_HOME": str(tmp_path)})
    assert "ketenhub serve" in nowhere.cli("status", ok=(1,)).stderr


def test_exported_schemas_accept_the_samples_of_the_command_line(hub: RunningHub, tmp_path: Path) -> None:
    hub.cli("schemas", "export", str(tmp_path))
    schemas = [json.loads(file.read_text()) for file in tmp_path.iterdir()]
    report = next(one for one in schemas if one["$id"] == "urn:ketenhub:schema:meldingen.zorgmelding:v1")
    sample = hub.json("sample", "meldingen.zorgmelding")
    jsonschema.Draft202012Validator(report).validate(sample)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(report).validate(sample | {"soort": 1})


def test_keys_are_added_listed_and_revoked_while_the_hub_runs(hub: RunningHub, tmp_path: Path) -> None:
    hub.add("korps", "politie", 7)
    name = hub.name("korps")
    hub.cli("key", "new", "S1X", str(tmp_path / "next"))
    added = hub.json("key", "add", name, str(tmp_path / "next" / "sig.pub.json"), "--use", "sig")
    assert added["hubSig"] == hub.json("key", "hub")["S1X"]["sig"]
    hub.json("key", "revoke", name, "--", added["kid"])
    listed = {one["kid"]: one for one in hub.json("key", "list", name, "--json")}
    assert len(listed) == 3
    assert listed[added["kid"]]["revokedAt"] is not None
    assert set(hub.json("key", "hub")) == {"S1", "S1X"}
    assert name in {one["id"] for one in hub.json("partner", "list", "--json")}
    assert "intake.acuut" in hub.json("topology", "show", "--json")["queues"]
    assert "Topology applied" in hub.cli("topology", "apply").stdout
    assert hub.json("quarantine", "list", "--json") == []
