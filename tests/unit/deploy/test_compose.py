"""docker-compose.yml against the published schema of the Compose Specification, and against our own rules.

`compose-spec.json` is the schema of the Compose Specification, as the npm package dclint 3.1.0 carries it; its licence,
the Apache License 2.0, is in `compose-spec.LICENSE`.
"""

import copy
import json
import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from hub.broker.sizes import LARGEST
from tests.unit.deploy import plain_yaml

ROOT = Path(__file__).resolve().parents[3]
TEXT = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = plain_yaml.read(TEXT)
SCHEMA = json.loads((Path(__file__).parent / "compose-spec.json").read_text(encoding="utf-8"))
SERVICES = COMPOSE["services"]


def wrong(compose: dict[str, Any]) -> list[str]:
    return ["/".join(map(str, error.path)) for error in Draft7Validator(SCHEMA).iter_errors(compose)]


def test_the_schema_is_a_schema_and_the_file_fits_it() -> None:
    Draft7Validator.check_schema(SCHEMA)
    assert wrong(COMPOSE) == []


@pytest.mark.parametrize(
    ("at", "value"),
    [("healthchek", {}), ("ports", 5672), ("depends_on", {"rabbitmq": {"condition": "service_well"}})],
)
def test_the_schema_refuses_what_is_wrong(at: str, value: Any) -> None:
    broken = copy.deepcopy(COMPOSE)
    broken["services"]["hub"][at] = value
    assert wrong(broken) != []


@pytest.mark.parametrize("text", ["a: 'b'", "a: &x b", "a:\n   b: c", "a: b\na: c", "- a: b", "a: {b: c}", "a: |\n  b"])
def test_what_the_reader_does_not_know_it_refuses(text: str) -> None:
    with pytest.raises((AssertionError, ValueError)):
        plain_yaml.read(text)


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_has_a_health_check(name: str) -> None:
    assert SERVICES[name]["healthcheck"]["test"][0] in ("CMD", "CMD-SHELL")


def test_the_broker_refuses_bodies_that_are_too_large() -> None:
    assert SERVICES["rabbitmq"]["command"] == ["rabbitmq-server", "-rabbit", "max_message_size", str(LARGEST)]


@pytest.mark.parametrize("name", SERVICES)
def test_every_port_is_bound_to_loopback(name: str) -> None:
    assert all(port.startswith("127.0.0.1:") for port in SERVICES[name].get("ports", []))


def test_what_a_service_waits_for_mounts_and_joins_is_declared() -> None:
    for service in SERVICES.values():
        assert set(service.get("depends_on", ())) <= set(SERVICES)
        assert set(service["networks"]) <= set(COMPOSE["networks"])
        assert {volume.partition(":")[0] for volume in service.get("volumes", ())} <= set(COMPOSE["volumes"])


def test_only_the_hub_and_its_database_are_on_the_network_of_the_database() -> None:
    there = {name for name, service in SERVICES.items() if "database" in service["networks"]}
    assert there == {"postgres", "hub", "enrolment"}
    assert COMPOSE["networks"]["database"]["internal"] is True


def test_no_secret_stands_in_the_file() -> None:
    assert not re.search(r"(?i)pass(word)?[^\n]*[:=]|://[^\n/]*@", TEXT.split("services:", 1)[1])
    for service in SERVICES.values():
        assert set(service.get("environment", {})) <= {"KETENHUB_OMGEVING"}
        assert all(file.startswith("deploy/secrets/") for file in service.get("env_file", []))


def test_every_file_of_secrets_is_one_that_make_secrets_makes() -> None:
    script = (ROOT / "deploy/make-secrets").read_text(encoding="utf-8")
    named = {Path(file).name for service in SERVICES.values() for file in service.get("env_file", [])}
    assert named == set(re.findall(r">([a-z]+[.]env)", script))


def test_the_image_takes_the_locked_libraries_and_runs_as_nobody_special() -> None:
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert "--require-hashes" in text
    assert re.search(r"^USER ketenhub$", text, re.MULTILINE)
    copied = re.findall(r"^COPY (?!--from)(?:--\S+ )*(.+) \S+$", text, re.MULTILINE)
    named = [name for names in copied for name in names.split()]
    allowed = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
    assert all((ROOT / name).exists() and f"!{name}" in allowed for name in named)
