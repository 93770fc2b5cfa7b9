"""The database's address: libpq's parameters count, or are refused with what to write."""

import ssl

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.addresses.database import OURS, Mode, database_address
from hub.addresses.url import Place, Unusable
from hub.store.dialing import address_of, url_of
from hub.store.engine import DURABLE, SESSION

FILES = "&sslrootcert=/ca.pem&sslcert=/hub.pem&sslkey=/hub.key&sslcrl=/crl.pem"


def test_every_parameter_that_is_known_counts() -> None:
    read = database_address(
        "postgresql://u:p%40@db.example:5433,[2001:db8::1]/k%20h?sslmode=verify-full" + FILES
        + "&ssl_min_protocol_version=TLSv1.3&connect_timeout=7&target_session_attrs=primary"
        + "&options=-c%20search_path%3Dketenhub%20--work_mem=8MB"
    )  # fmt: skip

    assert read.places == (Place("db.example", 5433), Place("2001:db8::1", 5432))
    assert (read.user, read.password, read.database) == ("u", "p@", "k h")
    assert (read.mode, read.target, read.connect_timeout) == (Mode.VERIFY_FULL, "primary", 7)
    assert read.options == "-c search_path=ketenhub --work_mem=8MB"
    assert (read.tls.root, read.tls.certificate, read.tls.key) == ("/ca.pem", "/hub.pem", "/hub.key")
    assert (read.tls.revoked, read.tls.oldest) == ("/crl.pem", ssl.TLSVersion.TLSv1_3)
    assert read.tls.is_verified
    assert "p@" not in repr(read)


@pytest.mark.parametrize(
    ("url", "places"),
    [
        ("postgresql:///db?host=/run/pg", [Place("/run/pg", 5432)]),
        ("postgresql://%2Frun%2Fpg/db", [Place("/run/pg", 5432)]),
        ("postgresql:///db?host=a,b&port=1,2", [Place("a", 1), Place("b", 2)]),
        ("postgresql:///db?host=a,b&port=1", [Place("a", 1), Place("b", 1)]),
        ("postgresql:///db?host=::1", [Place("::1", 5432)]),
        ("postgresql:///db", [Place("/var/run/postgresql", 5432), Place("localhost", 5432)]),
        ("postgresql:///?host=a&dbname=db&user=u&password=p", [Place("a", 5432)]),
    ],
)
def test_host_port_user_and_database_may_be_parameters(url: str, places: list[Place]) -> None:
    read = database_address(url)
    assert (list(read.places), read.database) == (places, "db")


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("sslmode=VERIFY-FULL", "sslmode as one of"),
        ("sslmode=verify_full", "sslmode as one of"),
        ("SSLMODE=verify-full", "the nearest is sslmode"),
        ("sslmod=require", "the nearest is sslmode"),
        ("sslmode=", "a value after each"),
        ("sslmode", "a value after each"),
        ("sslmode=require&sslmode=disable", "each parameter once"),
        ("ssl=require&sslmode=disable", "sslmode, and no ssl"),
        ("sslrootcert=/ca.pem", "sslmode=verify-full beside sslrootcert"),
        ("sslmode=prefer&sslcert=/c&sslkey=/k", "sslmode=verify-full beside sslcert, sslkey"),
        ("sslmode=require&sslrootcert=system", "sslmode=verify-full beside sslrootcert=system"),
        ("sslmode=verify-full&sslrootcert=/ca&sslkey=/k", "sslcert beside sslkey"),
        ("sslmode=verify-full&sslrootcert=system&sslcrl=/crl", "the file of your CA as sslrootcert"),
        ("sslmode=verify-full&ssl_min_protocol_version=TLSv1.1", "TLSv1.2, TLSv1.3"),
        ("connect_timeout=0", "from 1 to 60"),
        ("connect_timeout=-1", "from 1 to 60"),
        ("connect_timeout=ten", "from 1 to 60"),
        ("connect_timeout=1.5", "from 1 to 60"),
        ("target_session_attrs=standby", "read-write"),
        ("target_session_attrs=prefer-standby", "read-write"),
        ("application_name=x", "no application_name: the hub names"),
        ("service=x", "no service: an address stands in the setting"),
        ("passfile=/x", "no passfile: the password stands before the @"),
        ("hostaddr=10.0.0.1", "no hostaddr: "),
        ("channel_binding=require", "no channel_binding: "),
        ("gssencmode=disable", "no gssencmode: "),
        ("keepalives=0", "no keepalives: "),
        ("options=-c%20statement_timeout%3D5s", "options without statement_timeout"),
        ("options=--lock-timeout%3D5s", "options without lock_timeout"),
        ("options=-c%20a%3Db%20-cApplication_Name%3D5s", "options without application_name"),
        ("options=--help", "options as -c name=value"),
        ("options=-c", "options as -c name=value"),
        ("host=b", "host and port once"),
        ("port=1", "host and port once"),
        ("user=v", "user once"),
        ("password=v", "password once"),
        ("dbname=e", "dbname once"),
        ("command_timeout=1", "no other parameters"),
        ("prepared_statement_cache_size=0", "no other parameters"),
        ("a=1", "no other parameters"),
    ],
)
def test_what_is_not_taken_is_refused_with_what_to_write(query: str, says: str) -> None:
    with pytest.raises(Unusable) as caught:
        database_address(f"postgresql://u:p@h/db?{query}")
    assert says in caught.value.wanted


@pytest.mark.parametrize(
    "url", ["postgresql://h/?host=/s", "postgresql://h:1,h:2,h:3/?port=1,2", "postgresql:///db?port=1,2,3"]
)
def test_hosts_and_ports_that_do_not_fit_are_refused(url: str) -> None:
    with pytest.raises(Unusable):
        database_address(url)


VERIFIED = {"sslmode=verify-full", "sslmode=verify-full&sslrootcert=/ca", "sslrootcert=system", "ssl=verify-full"}
NOT = {"", "sslmode=disable", "sslmode=allow", "sslmode=prefer", "sslmode=require", "ssl=require"} | {
    "sslmode=require&sslrootcert=/ca",
    "sslmode=verify-ca&sslrootcert=/ca",  # any machine with a certificate of that CA
    "sslmode=verify-ca",
}


@pytest.mark.parametrize("query", sorted(VERIFIED | NOT))
def test_only_a_checked_chain_and_name_prove_who_answers(query: str) -> None:
    assert database_address(f"postgresql://db.example/db?{query}").is_verified == (query in VERIFIED)
    for here in ("localhost", "127.0.0.1,[::1]", "%2Frun%2Fpg"):
        assert database_address(f"postgresql://{here}/db?{query}").is_verified
    assert database_address(f"postgresql://localhost,db.example/db?{query}").is_verified == (query in VERIFIED)


def test_of_several_places_one_that_takes_writes_is_wanted() -> None:
    assert database_address("postgresql://a/db").target == "any"
    assert database_address("postgresql://a,b/db").target == "read-write"
    assert database_address("postgresql://a,b/db?target_session_attrs=any").target == "any"


def test_what_the_hub_sets_in_each_session_no_option_sets() -> None:
    assert {*SESSION, DURABLE[0], "statement_timeout", "application_name"} == OURS


HOSTS = st.sampled_from(["h", "h:1", "[::1]:5", "a,b:2", "%2Frun%2Fx", "127.0.0.1", "[2001:db8::1],c", ""])
TEXT = st.text("abc@:/?#%&=+ é", min_size=1, max_size=6)
QUERIES = st.sampled_from(
    ["", "sslmode=disable", "sslmode=verify-full&sslrootcert=/a%26b+c%20d", "options=-c%20a%3Db+c", "connect_timeout=9"]
)


def quoted(text: str) -> str:
    return "".join(f"%{byte:02X}" for byte in text.encode())


@settings(deadline=None, derandomize=True, max_examples=300)
@given(HOSTS, TEXT, TEXT, TEXT, QUERIES)
def test_an_engine_carries_the_whole_address(hosts: str, user: str, password: str, database: str, query: str) -> None:
    login = f"{quoted(user)}:{quoted(password)}@"
    read = database_address(f"postgresql://{login if hosts else ''}{hosts}/{quoted(database)}?{query}")
    assert address_of(url_of(read)) == read


def test_the_modes_are_libpqs() -> None:
    assert list(Mode) == ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"]
