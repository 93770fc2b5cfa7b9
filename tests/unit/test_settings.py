from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.app.servers import environment_of
from hub.canonical.environment import Environment
from hub.errors import OperatorError
from hub.ops.crash import POINTS, CrashAt
from hub.settings import NAMES, Settings, read_settings, require_servers, require_verified, unverified

SECRET = "s3cr3t-canary"


def test_nothing_set_means_private_servers_in_the_working_folder_with_test_data() -> None:
    assert read_settings({}) == Settings((), (), None, Path(".ketenhub"), None, Environment.TEST)


def test_an_empty_variable_counts_as_not_set() -> None:
    names = ("AMQP_URL", "AMQP_ADMIN_URL", "AMQP_PARTNER_URL", "DATABASE_URL", "UNVERIFIED_CONNECTIONS")
    names += ("HOME", "CONFIG", "TRACEBACK", "ACCOUNT")

    assert read_settings({f"KETENHUB_{name}": "" for name in names}) == read_settings({})


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("KETENHUB_DATABASE_UR", "KETENHUB_DATABASE_URL"),
        ("KETENHUB_DATABSE_URL", "KETENHUB_DATABASE_URL"),
        ("ketenhub_database_url", "KETENHUB_DATABASE_URL"),
        ("KETENHUBDATABASE_URL", "KETENHUB_DATABASE_URL"),
        ("KETENHUB_AMQP_ADMIN", "KETENHUB_AMQP_ADMIN_URL"),
        ("KETENHUB_OMGEVIN", "KETENHUB_OMGEVING"),
        ("KETENHUB_ADMIN_URL", "KETENHUB_AMQP_ADMIN_URL"),
        ("KETENHUB_CRASH_AT", "TEST_KETENHUB_CRASH_AT"),
        ("KETENHUB", "KETENHUB_HOME"),
    ],
)
@pytest.mark.parametrize("value", ["", SECRET])
@pytest.mark.parametrize("around", [{}, {"KETENHUB_DATABASE_URL": f"postgresql://u:{SECRET}@h/db"}])
def test_a_name_that_is_no_setting_is_refused_with_the_nearest_that_is(
    name: str, nearest: str, value: str, around: dict[str, str]
) -> None:
    with pytest.raises(OperatorError) as caught:
        read_settings({"PATH": "/bin", **around, name: value})

    assert caught.value.sentence == f"{name}: there is no such setting, the nearest is {nearest}."


@settings(deadline=None, derandomize=True, max_examples=200)
@given(st.text("ABDEHKLNORTU_", max_size=12))
def test_every_name_that_begins_as_a_setting_does_is_one_or_is_refused(rest: str) -> None:
    name = f"KETENHUB_{rest}"
    if name in NAMES:
        return

    with pytest.raises(OperatorError, match=f"^setting-unknown: {name}: "):
        read_settings({name: "x"})


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("KETNHUB_OMGEVING", "KETENHUB_OMGEVING"),
        ("KETEHNUB_OMGEVING", "KETENHUB_OMGEVING"),
        ("KETEN_HUB_OMGEVING", "KETENHUB_OMGEVING"),
        ("ketenhb_omgeving", "KETENHUB_OMGEVING"),
        (" KETENHUB_OMGEVING", "KETENHUB_OMGEVING"),
        ("KETENUHB_HOME", "KETENHUB_HOME"),
        ("KETENHUP_DATABASE_URL", "KETENHUB_DATABASE_URL"),
        ("KENTENHUB_AMQP_URL", "KETENHUB_AMQP_URL"),
    ],
)
def test_a_name_that_is_misspelt_where_it_begins_is_refused_too(name: str, meant: str) -> None:
    with pytest.raises(OperatorError, match=f"^setting-unknown: {name}: .* nearest is {meant}"):
        read_settings({"PATH": "/bin", name: "productie"})


@pytest.mark.parametrize(
    "name", ["DATABASE_URL", "HOME", "OMGEVING", "TEST_KETENHUB_HOME", "MY_KETENHUB_DATABASE_URL", "CASES_DATABASE_URL"]
)
def test_other_names_are_none_of_the_hubs(name: str) -> None:
    read_settings({name: ""})


def test_several_names_that_are_none_are_all_said() -> None:
    with pytest.raises(OperatorError, match=r"KETENHUB_HOM: .*; KETENHUB_OMG: "):
        read_settings({"KETENHUB_OMG": "productie", "KETENHUB_HOM": "/srv"})


SERVERS = {
    "KETENHUB_AMQP_URL": "amqp://u:p@h",
    "KETENHUB_AMQP_ADMIN_URL": "http://u:p@h",
    "KETENHUB_DATABASE_URL": "postgresql://u:p@h/db",
}


def test_production_has_every_url() -> None:
    production = SERVERS | {"KETENHUB_OMGEVING": "productie"}

    require_servers(read_settings(production))
    for name in SERVERS:
        for absent in ({}, {name: ""}):
            rest = {one: value for one, value in production.items() if one != name}
            with pytest.raises(OperatorError, match=f"set {name}[.]$"):
                require_servers(read_settings(rest | absent))
    with pytest.raises(OperatorError, match=", ".join(SERVERS)):
        require_servers(read_settings({"KETENHUB_OMGEVING": "productie"}))


def test_on_test_a_url_may_be_left_out() -> None:
    for name in SERVERS:
        require_servers(read_settings({one: value for one, value in SERVERS.items() if one != name}))


@pytest.mark.parametrize(
    ("given_url", "normal"),
    [
        ("postgresql://u:p@h/db", "postgresql+asyncpg://u:p@h/db"),
        ("postgres://u:p@h:5433/db", "postgresql+asyncpg://u:p@h:5433/db"),
        ("postgresql+asyncpg://u:p@h/db", "postgresql+asyncpg://u:p@h/db"),
        ("postgresql:///db?host=/run/pg", "postgresql+asyncpg:///db?host=/run/pg"),
        ("postgresql://u@h/db?sslmode=require", "postgresql+asyncpg://u@h/db?sslmode=require"),
        ("postgresql://u@h1:1,h2:2/db?sslmode=require", "postgresql+asyncpg://u@h1:1,h2:2/db?sslmode=require"),
        ("postgresql://u:p%40%2C@h/db", "postgresql+asyncpg://u:p%40%2C@h/db"),
    ],
)
def test_a_database_url_is_made_ready_for_the_driver(given_url: str, normal: str) -> None:
    assert read_settings({"KETENHUB_DATABASE_URL": given_url}).database_url == normal


def test_the_nodes_of_a_broker_are_separated_by_commas() -> None:
    read = read_settings({"KETENHUB_AMQP_URL": "amqp://u:p@one:5672/vh, amqps://u:p@two?heartbeat=10 ,"})

    assert read.amqp_urls == ("amqp://u:p@one:5672", "amqps://u:p@two?heartbeat=10")


def test_each_node_has_a_management_address_and_workers_get_them_all() -> None:
    environ = {"KETENHUB_AMQP_ADMIN_URL": "http://u:p@one:15672/, https://u:p@two:15671"}

    read = read_settings(environ)

    assert read.amqp_admin_urls == ("http://u:p@one:15672", "https://u:p@two:15671")
    assert read_settings(environment_of(read)).amqp_admin_urls == read.amqp_admin_urls


def test_the_rest_is_taken_as_it_is() -> None:
    read = read_settings(
        {
            "KETENHUB_AMQP_ADMIN_URL": "https://u:p@h:15671/",
            "KETENHUB_HOME": "/srv/hub",
            "KETENHUB_CONFIG": "hub.toml",
            "KETENHUB_OMGEVING": "productie",
        }
    )

    assert read.amqp_admin_urls == ("https://u:p@h:15671",)
    assert (read.home, read.config) == (Path("/srv/hub"), Path("hub.toml"))
    assert read.environment is Environment.PRODUCTION


ELSEWHERE = {
    "KETENHUB_AMQP_URL": "amqp://u:{}@broker.example",
    "KETENHUB_AMQP_ADMIN_URL": "http://u:{}@broker.example:15672",
    "KETENHUB_AMQP_PARTNER_URL": "amqp://broker.example",
    "KETENHUB_DATABASE_URL": "postgresql://u:{}@10.0.0.1,db.example/db?sslmode=require",
}
PROVED = {
    "KETENHUB_AMQP_URL": "amqps://u:p@broker.example?cacertfile=/ca.pem,amqp://u:p@localhost",
    "KETENHUB_AMQP_ADMIN_URL": "https://u:p@broker.example:15671",
    "KETENHUB_AMQP_PARTNER_URL": "amqps://broker.example",
    "KETENHUB_DATABASE_URL": "postgresql://u:p@db.example/db?sslmode=verify-full&sslrootcert=/ca.pem",
}


@pytest.mark.parametrize("name", ELSEWHERE)
def test_an_address_elsewhere_where_nothing_proves_who_answers_is_refused_unless_that_is_accepted(name: str) -> None:
    require_verified(read_settings(PROVED))
    environ = PROVED | {name: ELSEWHERE[name].format(SECRET)}

    with pytest.raises(OperatorError, match=f"^connection-unverified: {name}: nothing proves ") as caught:
        require_verified(read_settings(environ))

    assert "KETENHUB_UNVERIFIED_CONNECTIONS to accepted" in caught.value.sentence
    assert SECRET not in caught.value.sentence
    accepted = read_settings(environ | {"KETENHUB_UNVERIFIED_CONNECTIONS": "accepted"})
    require_verified(accepted)
    assert [*unverified(accepted)] == [name]
    workers = read_settings(environment_of(accepted))
    require_verified(workers)
    assert workers.unverified


@pytest.mark.parametrize("value", ["yes", "1", "true", "ACCEPTED", "accepted "])
def test_nothing_but_the_word_accepts_it(value: str) -> None:
    _refused("KETENHUB_UNVERIFIED_CONNECTIONS", value, "write accepted")


def test_where_partners_reach_the_broker_is_handed_to_workers() -> None:
    read = read_settings({"KETENHUB_AMQP_PARTNER_URL": "amqps://one.example/, amqps://[2001:db8::1]:5671"})

    assert read.amqp_partner_urls == ("amqps://one.example:5671", "amqps://[2001:db8::1]:5671")
    assert read_settings(environment_of(read)).amqp_partner_urls == read.amqp_partner_urls


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("AMQP_URL", f"http://u:{SECRET}@h", "amqp://user:password@host:5672"),
        ("AMQP_URL", f"amqp:u:{SECRET}@h", "amqp://"),
        ("AMQP_URL", f"amqp://u:{SECRET}@h:port", "amqp://"),
        ("AMQP_URL", f"amqp://u:{SECRET}@h:0", "amqp://"),
        ("AMQP_URL", f"amqp://h,{SECRET}", "amqp://"),
        ("AMQP_URL", f"amqp:///{SECRET}", "amqp://"),
        ("AMQP_URL", f"amqp://[{SECRET}", "amqp://"),
        ("AMQP_URL", f"amqp://a:{SECRET}@h,amqp://b:{SECRET}@h", "the same user for each node"),
        ("AMQP_URL", ",", "amqp://"),
        ("AMQP_URL", " ", "amqp://"),
        ("AMQP_ADMIN_URL", " , ", "http://"),
        ("AMQP_ADMIN_URL", f"amqp://u:{SECRET}@h", "management API"),
        ("DATABASE_URL", f"sqlite:///{SECRET}", "postgresql://"),
        ("DATABASE_URL", f"postgresql://u:{SECRET}@h", "postgresql://"),
        ("DATABASE_URL", f"postgresql+psycopg://u:{SECRET}@h/db", "postgresql://"),
        ("DATABASE_URL", SECRET, "postgresql://"),
        ("DATABASE_URL", f"postgresql://u:{SECRET}@h/db?sslmode=yes", "sslmode as one of"),
        ("DATABASE_URL", f"postgresql://u:p@h/db?{SECRET}=1", "no other parameters than sslmode"),
        ("AMQP_URL", f"amqps://u:{SECRET}@h?verify=no", "verify as one of"),
        ("AMQP_ADMIN_URL", f"https://u:{SECRET}@h?heartbeat=5", "no other parameters than cacertfile"),
        ("AMQP_PARTNER_URL", f"amqps://u:{SECRET}@h", "amqps://host:5671"),
        ("HOME", f"~{SECRET}/x", "a path"),
        ("OMGEVING", "", "write test or productie"),
        ("OMGEVING", SECRET, "write test or productie"),
        ("OMGEVING", "Productie", "write test or productie"),
    ],
)
def test_a_wrong_setting_is_named_with_what_is_expected_and_never_shown(name: str, value: str, expected: str) -> None:
    _refused(f"KETENHUB_{name}", value, expected)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (SECRET, ", ".join(POINTS)),
        (f"{SECRET}:1", "a name of take.before"),
        (f"commit.before:{SECRET}", "a number from 1"),
        ("commit.before:0", "a number from 1"),
        ("commit.before", "a number from 1"),
    ],
)
def test_a_wrong_crash_point_is_answered_with_what_there_is(value: str, expected: str) -> None:
    _refused("TEST_KETENHUB_CRASH_AT", value, expected)


def _refused(name: str, value: str, expected: str) -> None:
    with pytest.raises(OperatorError) as caught:
        read_settings({name: value})

    assert caught.value.sentence.startswith(f"{name}: write ")
    assert expected in caught.value.sentence
    assert SECRET not in str(caught.value) + repr(caught.value)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_a_crash_point_is_handed_to_workers_and_refused_where_data_are_real() -> None:
    environ = {"TEST_KETENHUB_CRASH_AT": "mark-sent.after:12"}

    read = read_settings(environ)

    assert read.crash_at == CrashAt("mark-sent.after", 12)
    assert environment_of(read)["TEST_KETENHUB_CRASH_AT"] == "mark-sent.after:12"
    with pytest.raises(OperatorError, match="productie"):
        read_settings(environ | {"KETENHUB_OMGEVING": "productie"})


def test_the_repr_shows_no_url() -> None:
    urls = {
        "KETENHUB_AMQP_URL": f"amqp://u:{SECRET}@h",
        "KETENHUB_AMQP_ADMIN_URL": f"http://u:{SECRET}@h",
        "KETENHUB_DATABASE_URL": f"postgresql://u:{SECRET}@h/db",
    }

    assert SECRET not in repr(read_settings(urls))


@settings(deadline=None, derandomize=True, max_examples=300)
@given(st.sampled_from(["AMQP_URL", "AMQP_ADMIN_URL", "DATABASE_URL"]), st.text("a:/@[]?#%.,5 é", max_size=20))
def test_any_text_is_settings_or_our_error(name: str, text: str) -> None:
    for prefix in ("", "amqp://", "http://", "postgresql://"):
        try:
            read_settings({f"KETENHUB_{name}": prefix + text})
        except OperatorError:
            continue
