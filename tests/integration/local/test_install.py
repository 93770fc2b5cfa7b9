"""RabbitMQ is installed where it may be, and otherwise one line says what to do."""

import os
import subprocess
from pathlib import Path

import pytest

from hub.errors import OperatorError
from hub.local import install

ALLOWED, FORBIDDEN = 0, 101


@pytest.fixture
def policy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(install, "POLICY", tmp_path / "policy-rc.d")
    monkeypatch.setattr(install, "EARLIER_POLICY", tmp_path / "policy-rc.d.before-ketenhub")
    return tmp_path / "policy-rc.d"


def test_an_ordinary_user_without_rabbitmq_is_told_in_one_line_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(install, "DEBIAN_BIN", tmp_path)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(OperatorError) as refusal:
        install.debian_rabbitmq(print)
    assert "apt-get install rabbitmq-server" in refusal.value.sentence
    assert "\n" not in refusal.value.sentence


def test_during_the_installation_only_the_broker_is_kept_from_starting(policy: Path) -> None:
    with install._no_service_starts():
        assert verdict(policy, "rabbitmq-server") == FORBIDDEN
        assert verdict(policy, "epmd.socket") == FORBIDDEN
        assert verdict(policy, "cron") == ALLOWED
    assert not policy.exists()


def test_a_policy_that_was_there_keeps_its_say_and_comes_back(policy: Path) -> None:
    policy.write_text("#!/bin/sh\nexit 104\n")
    policy.chmod(0o755)
    with install._no_service_starts():
        assert verdict(policy, "cron") == 104
    assert policy.read_text() == "#!/bin/sh\nexit 104\n"
    assert list(policy.parent.iterdir()) == [policy]


def test_what_a_killed_installation_left_forbids_nothing_and_is_removed(policy: Path) -> None:
    with install._no_service_starts():
        text = policy.read_text()
    gone = subprocess.Popen(["true"])
    gone.wait()
    policy.write_text(text.replace(str(os.getpid()), str(gone.pid)))
    policy.chmod(0o755)
    assert verdict(policy, "rabbitmq-server") == ALLOWED
    install._remove_leftover_policy()
    assert not policy.exists()


def verdict(policy: Path, service: str) -> int:
    return subprocess.run([policy, service, "start"], check=False).returncode
