"""Who types a command: as far as the operating system knows, and what an account name may look like."""

import os
import pwd
import socket
from pathlib import Path

import pytest

from hub.cli.who import NOBODY, operator
from hub.errors import OperatorError
from hub.settings import Settings, read_settings

USER = pwd.getpwuid(os.getuid()).pw_name


def logged_in(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "loginuid"
    path.write_text(text)
    return path


def test_without_an_account_or_a_login_it_is_the_user_on_this_machine(tmp_path: Path) -> None:
    found = operator(Settings(), {}, logged_in(tmp_path, str(NOBODY)))

    assert (found.os_user, found.account, found.host, found.origin) == (USER, USER, socket.gethostname(), None)


def test_who_logged_in_stands_behind_the_user_that_a_command_runs_as(tmp_path: Path) -> None:
    assert operator(Settings(), {}, logged_in(tmp_path, "0")).account == "root"
    assert operator(Settings(), {}, logged_in(tmp_path, "4000000000")).account == "uid 4000000000"


def test_an_account_that_is_said_goes_before_the_login(tmp_path: Path) -> None:
    said = read_settings({"KETENHUB_ACCOUNT": "a.beheerder@hub.nl"})

    assert operator(said, {}, logged_in(tmp_path, "0")).account == "a.beheerder@hub.nl"
    assert operator(said, {}, tmp_path / "nothing").os_user == USER


@pytest.mark.parametrize("text", ["Jan de Vries", "999911004", "x999911004", "a" * 65, "-a", "a\n", "é", "a;b"])
def test_an_account_is_a_name_of_a_system_and_no_text(text: str) -> None:
    with pytest.raises(OperatorError, match="KETENHUB_ACCOUNT: write your account"):
        read_settings({"KETENHUB_ACCOUNT": text})


@pytest.mark.parametrize(
    ("environ", "origin"),
    [
        ({"SSH_CONNECTION": "192.0.2.7 51234 198.51.100.1 22"}, "192.0.2.7"),
        ({"SSH_CLIENT": "2001:db8::7 51234 22"}, "2001:db8::7"),
        ({"SSH_CONNECTION": "somebody's words 1 2"}, None),
        ({"SSH_CONNECTION": ""}, None),
        ({}, None),
    ],
)
def test_where_from_is_the_other_end_of_a_session_and_nothing_else(environ: dict[str, str], origin: str | None) -> None:
    assert operator(Settings(), environ).origin == origin
