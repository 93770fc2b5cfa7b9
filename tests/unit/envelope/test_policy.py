from hub.canonical.partners import KeyUse, Suite
from hub.envelope.policy import FROM_HUB_LIMIT, JSON_DEPTH, JWS_HEADER, POLICIES, TO_HUB_LIMIT


def test_every_suite_has_its_row_as_the_contract_says() -> None:
    rows = {
        suite.value: (row.jwe_alg, row.jwe_key.crv, row.jwe_enc, row.jws_alg, row.jws_key.crv)
        for suite, row in POLICIES.items()
    }
    assert rows == {
        "S1": ("ECDH-ES+A256KW", "P-256", "A256GCM", "ES256", "P-256"),
        "S1X": ("ECDH-ES+A256KW", "X25519", "A256GCM", "Ed25519", "Ed25519"),
    }
    assert set(POLICIES) == set(Suite)


def test_no_suite_allows_more_header_names_than_the_contract() -> None:
    assert {"alg", "kid", "typ"} == JWS_HEADER
    for row in POLICIES.values():
        assert row.jwe_header == {"alg", "enc", "kid", "cty", "epk"}


def test_each_use_has_its_own_key_and_algorithm() -> None:
    row = POLICIES[Suite.S1X]
    assert (row.key(KeyUse.SIGNING).crv, row.alg(KeyUse.SIGNING)) == ("Ed25519", "Ed25519")
    assert (row.key(KeyUse.ENCRYPTION).crv, row.alg(KeyUse.ENCRYPTION)) == ("X25519", "ECDH-ES+A256KW")


def test_limits_are_those_of_the_contract() -> None:
    assert (TO_HUB_LIMIT, FROM_HUB_LIMIT, JSON_DEPTH) == (192 * 1024, 256 * 1024, 32)
