"""What a command says where there is no hub, no database or no broker: which of them, and what to do."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine

from hub.app.health import status
from hub.app.hub import Hub
from hub.app.servers import reached
from hub.cli.running import working
from hub.errors import OperatorError, Surroundings
from hub.local.servers import Addresses, running
from hub.settings import Settings
from hub.store.account import Account
from hub.store.engine import connect
from hub.store.migrate import migrate
from tests.databases import rows

NOBODY = "127.0.0.1:1"
GONE = Addresses(f"amqp://a:b@{NOBODY}", f"http://a:b@{NOBODY}", f"postgresql+asyncpg://a:b@{NOBODY}/x")


@pytest.fixture
def settings(database: AsyncEngine, servers: Addresses, tmp_path: Path) -> Settings:
    url = database.url.render_as_string(hide_password=False)
    return Settings((servers.amqp_url,), (servers.admin_url,), url, home=tmp_path)


async def account(hub: Hub) -> Account:
    return await hub.database.account()


async def nodes(hub: Hub) -> object:
    async with hub.admin() as admin:
        return await admin.nodes()


@pytest.mark.parametrize(
    ("gone", "work", "code", "name"),
    [
        ({"database_url": GONE.database_url}, account, "database-away", "KETENHUB_DATABASE_URL"),
        ({"amqp_admin_urls": (GONE.admin_url,)}, nodes, "broker-away", "KETENHUB_AMQP_ADMIN_URL"),
    ],
)
async def test_which_server_does_not_answer_and_where(
    settings: Settings, gone: dict[str, object], work: Callable[[Hub], object], code: str, name: str
) -> None:
    with pytest.raises(OperatorError) as raised:
        await working(replace(settings, **gone), work, None)  # type: ignore[arg-type]
    assert raised.value.code == code
    assert NOBODY in raised.value.sentence
    assert name in raised.value.sentence
    assert "a:b" not in raised.value.sentence, "no password"


@pytest.mark.parametrize(
    ("user", "name", "why"),
    [("nobody", None, "28P01, as it refuses the user or the password"), (None, "none", "3D000, as it has no database")],
)
async def test_a_database_that_answers_and_is_of_no_use_says_why(
    settings: Settings, user: str | None, name: str | None, why: str
) -> None:
    url = make_url(settings.database_url or "")
    other = url.set(username=user or url.username, database=name or url.database)
    with pytest.raises(OperatorError, match=f"database-away: .*{why}"):
        await working(replace(settings, database_url=other.render_as_string(hide_password=False)), account, None)


async def test_what_needs_no_broker_goes_on_without_one(settings: Settings) -> None:
    without = replace(settings, amqp_urls=(GONE.amqp_url,), amqp_admin_urls=(GONE.admin_url,))
    assert (await working(without, account, None)).fits


async def test_of_the_tables_of_another_version_it_says_that_and_not_what_fails_on_them(
    settings: Settings, fresh_database: str
) -> None:
    engine = connect(fresh_database, "test")
    await migrate(engine)
    await rows(engine, "alter table outbox drop column replaced_by")
    older = replace(settings, database_url=fresh_database)
    with pytest.raises(Surroundings, match="database-error"):
        await working(older, account, None)

    await rows(engine, "update alembic_version set version_num = '0028'")
    with pytest.raises(OperatorError, match=r"database-older: .*0028 .* `ketenhub serve`"):
        await working(older, account, None)
    await rows(engine, "drop table lapsed")
    with pytest.raises(OperatorError, match="database-older"):
        await working(older, account, None)
    await engine.dispose()


@pytest.mark.parametrize("closed", [".", "run"])
def test_a_home_of_another_user_is_said_to_be_that(tmp_path: Path, closed: str) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / closed).chmod(0)
    with somebody_else(), pytest.raises(OperatorError, match=r"home-of-another: .*as the hub's user"):
        reached(Settings(home=tmp_path))
    (tmp_path / closed).chmod(0o700)


@contextmanager
def somebody_else() -> Iterator[None]:
    """Root reads everything."""
    own = os.geteuid()
    if own == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(own)


def left(home: Path) -> None:
    """What a `serve` leaves that is killed, and whose servers are gone too."""
    (home / "run").mkdir()
    fields = {"amqp_url": GONE.amqp_url, "admin_url": GONE.admin_url, "database_url": GONE.database_url}
    (home / "run" / "addresses.json").write_text(json.dumps(fields))


def test_without_a_hub_in_this_home_it_says_so_whatever_one_left(tmp_path: Path) -> None:
    for leave in (lambda _: None, left):
        leave(tmp_path)
        with pytest.raises(OperatorError, match=r"hub-not-running: .*ketenhub serve"):
            reached(Settings(home=tmp_path))


async def test_where_serve_was_killed_and_left_one_of_its_servers_it_is_serve_that_is_missing(
    servers: Addresses, tmp_path: Path
) -> None:
    left(tmp_path)
    file = tmp_path / "run" / "addresses.json"
    fields = json.loads(file.read_text()) | {"amqp_url": servers.amqp_url, "admin_url": servers.admin_url}
    file.write_text(json.dumps(fields))
    with pytest.raises(OperatorError, match=r"database-away: .*No hub runs in .*: start `ketenhub serve`"):
        await working(Settings(home=tmp_path), account, None)


async def test_while_a_private_server_of_a_hub_that_runs_is_away_it_is_that_server(tmp_path: Path) -> None:
    with running(tmp_path, broker=False, database=False, say=lambda _: None):
        file = tmp_path / "run" / "addresses.json"
        fields = json.loads(file.read_text())
        file.unlink()
        with pytest.raises(OperatorError, match="hub-starting"):
            reached(Settings(home=tmp_path))
        file.write_text(json.dumps(fields | {"database_url": GONE.database_url, "amqp_url": GONE.amqp_url}))
        with pytest.raises(OperatorError, match=r"database-away: .*`serve` starts its private PostgreSQL .* again"):
            await working(Settings(home=tmp_path), account, None)
        said = await working(Settings(home=tmp_path, amqp_admin_urls=(GONE.admin_url,)), status, None)
        assert [line.split(":")[0] for line in said.unready] == [
            "The database does not answer",
            "The broker does not answer",
            "The broker does not answer",
        ]
