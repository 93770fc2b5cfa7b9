import json
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from importlib import resources
from textwrap import dedent

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.canonical.codes import Lane, ReceivingParty, TermUnit
from hub.canonical.environment import Environment
from hub.canonical.hub_keys import HubKey, KeyKind, KeyState
from hub.canonical.partners import Contact, KeyUse, Role, Suite
from hub.canonical.terms import TERMS, TermRule, TermStart
from hub.envelope import keys
from hub.errors import OperatorError
from hub.ids import Oin, PartnerId, RegionId
from hub.routing.config import Config, parse_config
from hub.routing.first import first_directory
from hub.routing.radar import RolePairs
from hub.routing.rules import RULES, Kind
from hub.schemas.texts import eleven_test
from tests.unit.routing.sample import NOW

DEFAULT_TEXT = resources.files("hub.routing").joinpath("default.toml").read_text(encoding="utf-8")
DEFAULT = parse_config(DEFAULT_TEXT, "default.toml")
RADAR = HubKey(KeyKind.RADAR, "r" * 43, KeyState.WRITE)
POLICE = dedent("""\
    [partners.politie-haaglanden]
    oin = "00000099000000000001"
    role = "politie"
    regions = ["haaglanden"]
    organisation = "Politie"
    """)
TWO_REGIONS = dedent("""\
    [regions.a1]
    name = "A"
    municipalities = ["GM0001"]
    [regions.b1]
    name = "B"
    municipalities = [
    "GM0002",
    "GM0001",
    ]
    """)
TERM = "[terms.onderzoek]\nunit = 'weken'\nstart = 'eerste-melding'\n"
VT = POLICE.replace("politie-haaglanden", "vt").replace("000001", "000002").replace('"politie"', '"veilig-thuis"')


def parsed(text: str) -> Config:
    return parse_config(text, "ketenhub.toml", DEFAULT)


def refusal(text: str) -> str:
    with pytest.raises(OperatorError) as caught:
        parsed(text)
    return caught.value.sentence


def test_the_default_holds_the_terms_of_the_design() -> None:
    w, c, yes = TermStart.TRIAGE_HAS_IT, TermStart.COMMIT, TermStart.ACCEPTANCE
    days, weeks, months, minutes = TermUnit.WORKING_DAYS, TermUnit.WEEKS, TermUnit.MONTHS, TermUnit.MINUTES

    assert DEFAULT.terms.rules == (
        TermRule("veiligheidsbeoordeling", 5, days, w, remind=4, again=1),
        TermRule("registratie-acuut", 15, minutes, c, remind=10, again=15),
        TermRule("onderzoek", 10, weeks, TermStart.FIRST_REPORT, remind=9, again=1),
        TermRule("aanmelding-mda", 5, days, c),
        TermRule("overdracht-regio", 1, days, c),
        TermRule("antwoord-aanbod", 3, days, c, remind=2, again=1),
        TermRule("antwoord-aanbod-acuut", 60, minutes, c, remind=45, again=15),
        TermRule("aanvulling", 3, days, c),
        TermRule("contact-gelegd", 5, days, c, remind=3, again=1),
        TermRule("inbreng-actieoverleg", 3, days, c, remind=2, again=1, most=5),
        TermRule("aanvaarding-afspraak", 3, days, c, remind=2, again=1),
        TermRule("stilte-actieoverleg", 6, months, c),
        TermRule("monitoring-eerste", 3, months, yes),
        TermRule("monitoring-tweede", 18, months, yes),
        TermRule("monitoring-vraag", 5, days, c),
        TermRule("antwoord-monitoring", 10, days, c, remind=8, again=1),
    )


def test_every_term_of_the_hub_has_a_rule() -> None:
    assert tuple(rule.name for rule in DEFAULT.terms.rules) == TERMS


def test_the_default_holds_the_limits_of_the_design() -> None:
    limits = DEFAULT.limits

    assert limits.batch_max_age == timedelta(milliseconds=5)
    assert limits.body_bytes_to_hub == 192 * 1024
    assert limits.early_step_wait.of(Lane.ROUTINE) == timedelta(minutes=10)
    assert limits.early_step_wait.of(Lane.ACUTE) == timedelta(minutes=1)
    assert limits.delayed_notice_after.of(Lane.ROUTINE) == timedelta(hours=1)
    assert limits.delayed_notice_after.of(Lane.ACUTE) == timedelta(minutes=1)
    assert limits.grace == timedelta(seconds=10)


def test_the_default_names_a_test_hub_and_the_nine_municipalities_of_haaglanden() -> None:
    assert DEFAULT.hub_oin.startswith("00000099")
    assert len(DEFAULT.regions[RegionId("haaglanden")].municipalities) == 9
    assert DEFAULT.partners == ()


def test_an_empty_file_changes_nothing() -> None:
    assert parsed("") == replace(DEFAULT, source="ketenhub.toml")


def test_a_term_or_limit_replaces_only_itself() -> None:
    config = parsed(
        '[terms.onderzoek]\nlength = 9\nunit = "weken"\nstart = "eerste-melding"\nagain = 2\n[limits]\ngrace = "20 s"\n'
    )

    assert config.terms.named("onderzoek") == TermRule(
        "onderzoek", 9, TermUnit.WEEKS, TermStart.FIRST_REPORT, remind=None, again=2
    )
    assert config.terms.named("antwoord-aanbod") == DEFAULT.terms.named("antwoord-aanbod")
    assert config.limits.grace == timedelta(seconds=20)
    assert config.limits.lease == DEFAULT.limits.lease


def test_a_regions_table_replaces_the_defaults() -> None:
    config = parsed('[regions.zuid]\nname = "Zuid"\nmunicipalities = ["GM0001"]\n')

    assert list(config.regions) == ["zuid"]


def test_equated_days_are_days() -> None:
    assert parsed("[calendar]\nequated_days = [2027-05-07]").terms.equated_days == {"2027-05-07"}


def test_a_partner_is_read_with_its_keys() -> None:
    config = parsed(POLICE + 'sig = [{ kty = "EC", crv = "P-256" }]\n')
    (partner,) = config.partners

    assert (partner.id, partner.oin, partner.role) == ("politie-haaglanden", "00000099000000000001", Role.POLICE)
    assert partner.signing == ('{"crv":"P-256","kty":"EC"}',)
    assert partner.encryption == ()


@pytest.mark.parametrize(
    ("text", "where", "what"),
    [
        ("x = 1\n", "line 1: x: ", "no such entry"),
        ("[hub]\noin = '1'\n", "line 2: hub.oin: ", "20 digits"),
        ("[hub]\noin = '00000055000000000000'\n", "line 2: hub.oin: ", "write one of 00000001"),
        ("[hub]\n\nname = 'x'\n", "line 3: hub.name: ", "this table takes oin"),
        ("hub = 3\n", "line 1: hub: ", "write a table"),
        ("[limits]\nbatch_siz = 3\n", "line 2: limits.batch_siz: ", "this table takes batch_size"),
        ("[limits]\nbatch_size = true\n", "line 2: limits.batch_size: ", "a whole number from 1 to 1000"),
        ("[limits]\nbatch_size = 0\n", "line 2: limits.batch_size: ", "a whole number from 1 to 1000"),
        ("[limits]\nqueue_bytes = 0\n", "line 2: limits.queue_bytes: ", "a whole number of 1 or more"),
        ("[limits]\nbody_bytes_to_hub = 200_000\n", "line 2: ", "from 1024 to 196608"),
        ("[limits]\ngrace = 10\n", "line 2: limits.grace: ", '"10 s"'),
        ("[limits]\ngrace = '0 s'\n", "line 2: limits.grace: ", '"10 s"'),
        ("[limits]\ngrace = '1 week'\n", "line 2: limits.grace: ", '"10 s"'),
        ("[limits]\nheld_parts_kept = '31 d'\n", "line 2: ", 'write "30 d" or less'),
        ("[limits]\nquarantine_kept = '31 d'\n", "line 2: ", 'write "30 d" or less'),
        ("[limits]\nradar_kept = '731 d'\n", "line 2: ", 'write "730 d" or less'),
        ("[limits]\nprocessing_log_kept = '7306 d'\n", "line 2: ", 'write "7305 d" or less'),
        ("[limits]\ntraffic_kept = '185 d'\n", "line 2: ", 'write "184 d" or less'),
        ("[limits]\ntraffic_kept = '37 d'\n", "line 2: ", 'write "38 d" or more'),
        ("[limits]\nlease = '99999999 d'\n", "line 2: ", 'write "365 d" or less'),
        ("[radar]\ntell_reporters = ['politie']\n", "line 2: radar.tell_reporters: ", '[["one", "two"]]'),
        ("[radar]\ntell_reporters = [['om'], ['om', 'rvdk']]\n", "line 2: ", '[["politie", "om"]]'),
        ("[radar]\ntell_reporters = [['om', 1]]\n", "line 2: ", '[["politie", "om"]]'),
        (
            "[radar]\ntell_reporters = [\n['om', 'rvdk'],\n['om', 'school'],\n]\n",
            "line 4: radar.tell_reporters: ",
            "one of politie",
        ),
        ("[radar]\ntell = []\n", "line 2: radar.tell: ", "takes tell_reporters, dummy_numbers"),
        ("[radar]\ntell_reporters = []\nx = 1\n", "line 3: radar.x: ", "takes tell_reporters"),
        ("[radar]\ndummy_numbers = [\n'111111110',\n'12 34'\n]\n", "line 4: radar.dummy_numbers: ", "7 to 15 digits"),
        ("[radar]\ndummy_numbers = [1]\n", "line 2: radar.dummy_numbers: ", "a list of texts"),
        ("[limits]\nretry = { base = '1 s' }\n", "line 2: limits.retry: ", "cap is missing"),
        ("[limits]\nearly_step_wait = { routine = '1 s', acute = '1 s', x = 1 }\n", "line 2: ", "takes routine, acute"),
        ("[terms.x]\n", "line 1: terms.x: ", "write one of veiligheidsbeoordeling"),
        ("[terms.onderzoek]\nunit = 'weken'\nstart = 'eerste-melding'\n", "line 1: ", "length is missing"),
        ("[terms.onderzoek]\nunit = 'jaren'\n", "line 2: terms.onderzoek.unit: ", "werkdagen, weken, maanden"),
        (TERM + "length = 0\n", "line 4: terms.onderzoek.length: ", "a whole number from 1 to 1000"),
        (TERM + "length = 5\n", "line 1: terms.onderzoek: ", "again is missing"),
        (TERM + "length = 5\nagain = 0\n", "line 5: terms.onderzoek.again: ", "a whole number from 1 to 1000"),
        (TERM + "length = 5\nagain = 1\nremind = 5\n", "line 6: terms.onderzoek.remind: ", "from 1 to 4"),
        (TERM + "length = 5\nagain = 1\nremind = 0\n", "line 6: terms.onderzoek.remind: ", "from 1 to 4"),
        (TERM + "length = 5\nagain = 1\nremind = 4.5\n", "line 6: terms.onderzoek.remind: ", "from 1 to 4"),
        (TERM + "length = 1\nagain = 1\nremind = 1\n", "line 6: terms.onderzoek.remind: ", "leave it out"),
        (TERM + "length = 5\nagain = 1\nmost = 3\n", "line 6: terms.onderzoek.most: ", "leave it out"),
        (TERM + "length = 5\nagain = 1\nherinner = 4\n", "line 6: terms.onderzoek.herinner: ", "takes unit"),
        ("[terms.onderzoek]\nunit = 'weken'\nstart = 'nu'\n", "line 3: ", "vastlegging-hub"),
        ("[calendar]\nequated_days = ['2027-05-07']\n", "line 2: ", "a list of dates"),
        ("[regions.Zuid]\nname = 'Zuid'\nmunicipalities = []\n", "line 1: regions.Zuid: ", "a-z"),
        ("[regions.zuid]\nname = 'Zuid'\nmunicipalities = ['518']\n", "line 3: ", "such as GM0518"),
        (
            TWO_REGIONS,
            "line 8: regions.b1.municipalities: ",
            "GM0001 is in region a1 already",
        ),
        ("[partners.P]\n", "line 1: partners.P: ", "such as politie-haaglanden"),
        (POLICE.replace('politie"\nregions', 'agent"\nregions'), "line 3: ", "write one of politie, om"),
        (POLICE.replace('["haaglanden"]', '["haaglande"]'), "line 4: ", "haaglanden, rotterdam-rijnmond"),
        (POLICE.replace('["haaglanden"]', "[]"), "line 4: ", "one or more regions"),
        (POLICE.replace('["haaglanden"]', '["utrecht", "utrecht"]'), "line 4: ", "each once"),
        (POLICE + "sig = ['x']\n", "line 6: partners.politie-haaglanden.sig: ", "a list of tables"),
        (POLICE + "contacts = [{ function = 'a' }]\n", "line 6: partners.politie-haaglanden.contacts: ", "phone = "),
        (POLICE + "contacts = [{ function = 'a', phone = 7 }]\n", "line 6: ", "phone = "),
        (POLICE + "contacts = [{ function = 'a', phone = '7' }]\n", "line 6: ", "5 to 20 digits"),
        (POLICE + "contacts = [{ function = ' ', phone = '070 1234567' }]\n", "line 6: ", "never a name"),
        (POLICE + POLICE, "line 6: ", "Cannot declare"),
        (
            POLICE + POLICE.replace("politie-haaglanden", "politie-2"),
            "line 7: ",
            "politie-haaglanden has this OIN and role",
        ),
        (POLICE.replace('0001"', '0000"'), "line 2: ", "the hub has this OIN"),
        (
            VT + VT.replace(".vt", ".vt-2").replace("000002", "000003").replace('["h', '["utrecht",\n"h'),
            "line 10: partners.vt-2.regions: ",
            "the triage desk of haaglanden is vt already",
        ),
        ("[holding.by_offer]\nschool = ['melder']\n", "line 2: holding.by_offer.school: ", "write one of lokaal-veld"),
        ("[holding.by_offer]\nrvdk = ['raad']\n", "line 2: holding.by_offer.rvdk: ", "write one of politie"),
        ("[holding.by_offer]\nrvdk = ['rvdk', 'rvdk']\n", "line 2: ", "each role once"),
        ("[holding.by_offer]\nrvdk = 'rvdk'\n", "line 2: ", "a list of texts"),
        ("[holding.by_offer]\nveilig-thuis = []\n", "line 2: ", "nobody could give back"),
        ("[holding]\nat_once = ['school']\n", "line 2: holding.at_once: ", "write one of politie"),
        ("[holding]\noffered_back = ['raad']\n", "line 2: holding.offered_back: ", "write one of politie"),
        ("[holding]\nby_yes = []\n", "line 2: ", "no such entry"),
        ("[hub\n", "line 1: ", "not TOML"),
        ("a = 'x\n", "line 1: ", "not TOML"),
        ("\n\na = [1,", "line 3: ", "not TOML"),
    ],
)
def test_what_is_wrong_is_said_with_its_line_and_what_to_write(text: str, where: str, what: str) -> None:
    sentence = refusal(text)

    assert sentence.startswith(f"ketenhub.toml, {where}")
    assert what in sentence


def test_who_may_take_over_is_for_every_kind_and_each_kind_stands_by_itself() -> None:
    default = DEFAULT.holding
    changed = parsed("[holding.by_offer]\nanders = ['reclassering', 'melder']\nrvdk = []\n").holding

    assert set(default.by_offer) == set(ReceivingParty)
    others = set(ReceivingParty) - {ReceivingParty.OTHER, ReceivingParty.CHILD_PROTECTION}
    assert {kind: changed.as_kind(kind) for kind in others} == {kind: default.as_kind(kind) for kind in others}
    assert changed.as_kind(ReceivingParty.OTHER) == (Role.PROBATION, Role.REPORTER)
    assert changed.as_kind(ReceivingParty.CHILD_PROTECTION) == ()
    assert changed.at_once == default.at_once
    assert parsed("[holding]\nat_once = []\n").holding == replace(default, at_once=frozenset())
    none_back = parsed("[holding]\noffered_back = []\n").holding
    assert none_back == replace(default, offered_back=frozenset())


def test_whoever_may_report_may_have_its_report_offered_back() -> None:
    reporters = frozenset[Role]().union(*(rule.senders for rule in RULES.values() if rule.kind is Kind.REPORT))

    assert DEFAULT.holding.offered_back == reporters


@pytest.mark.parametrize("missing", ["hub", "regions", "terms.onderzoek", "limits", "radar", "holding]", "holding.by"])
def test_a_file_without_a_base_must_be_complete(missing: str) -> None:
    text = DEFAULT_TEXT.replace(f"[{missing}", "[[unasked.x")
    with pytest.raises(OperatorError, match=r"missing|not TOML"):
        parse_config(text, "default.toml")


@settings(deadline=None, derandomize=True, max_examples=300)
@given(st.data())
def test_a_damaged_file_gives_our_error_and_no_other(data: st.DataObject) -> None:
    text = DEFAULT_TEXT[:400] + POLICE
    at = data.draw(st.integers(0, len(text)))
    gone = data.draw(st.integers(0, 20))
    put = data.draw(st.text("[]{}=\"'\n#.,a1 \u00e9", max_size=4))
    with suppress(OperatorError):
        parsed(text[:at] + put + text[at + gone :])


def test_who_tells_each_other_already_may_hear_of_each_other_by_the_radar() -> None:
    police, prosecution, probation = Role.POLICE, Role.PROSECUTION, Role.PROBATION
    pairs = {frozenset(pair) for pair in ((police, prosecution), (police, probation), (prosecution, probation))}

    assert DEFAULT.radar == RolePairs(frozenset(pairs))
    assert parsed("[radar]\ntell_reporters = []\n").radar == RolePairs()
    assert parsed("[radar]\ndummy_numbers = []\n").radar == DEFAULT.radar


def test_numbers_that_are_filled_in_where_none_is_known_are_configured_and_pass_as_numbers() -> None:
    assert {"111111110", "123456782", "222222220", "111222333", "012345672"} <= DEFAULT.dummies
    assert {one for one in DEFAULT.dummies if len(one) == 9 and not eleven_test(one)} <= {"123456789"}
    assert not {one for one in DEFAULT.dummies if "999900006" <= one <= "999999990"}
    assert parsed("[radar]\ndummy_numbers = ['111111110']\n").dummies == {"111111110"}
    assert parsed("[radar]\ndummy_numbers = ['12345672', '1234567']\n").dummies == {"12345672", "012345672", "1234567"}
    assert parsed("[radar]\ntell_reporters = []\n").dummies == DEFAULT.dummies


def test_a_partner_can_have_contacts_from_the_start() -> None:
    text = POLICE + 'contacts = [{ function = "meldkamer", phone = "+31 70 1234567" }]\n'
    directory = first_directory(parsed(text), Environment.TEST, NOW, keys.check_public, (RADAR,))

    assert directory.partners[PartnerId("politie-haaglanden")].contacts == (Contact("meldkamer", "+31 70 1234567"),)


def enrolled(suite: Suite) -> str:
    pairs = keys.generate(suite)
    both = [("sig", keys.public(pairs.signing)), ("enc", keys.public(pairs.encryption))]
    lines = [f"{use} = [{{ {', '.join(_toml(jwk))} }}]" for use, jwk in both]
    return POLICE + "\n".join(lines) + "\n"


def _toml(jwk: str) -> list[str]:
    return [f"{name} = {json.dumps(value)}" for name, value in json.loads(jwk).items()]


@pytest.mark.parametrize("suite", list(Suite))
def test_the_first_directory_has_the_partners_with_their_keys_enrolled(suite: Suite) -> None:
    directory = first_directory(parsed(enrolled(suite)), Environment.TEST, NOW, keys.check_public, (RADAR,))
    partner = directory.partners[PartnerId("politie-haaglanden")]

    assert directory.version == 1
    assert directory.hub_oin == DEFAULT.hub_oin
    assert directory.hub_keys == (RADAR,)
    assert [(key.use, key.suite, key.active(NOW)) for key in partner.keys] == [
        (KeyUse.SIGNING, suite, True),
        (KeyUse.ENCRYPTION, suite, True),
    ]


def test_a_key_that_is_none_is_said_with_the_partners_line() -> None:
    config = parsed("\n\n" + POLICE + 'sig = [{ kty = "EC" }]\n')

    with pytest.raises(OperatorError, match=r"ketenhub.toml, line 3: partners.politie-haaglanden: "):
        first_directory(config, Environment.TEST, NOW, keys.check_public, (RADAR,))


def test_a_test_hub_does_not_start_in_production() -> None:
    with pytest.raises(OperatorError, match="production takes only registered ones"):
        first_directory(DEFAULT, Environment.PRODUCTION, NOW, keys.check_public, (RADAR,))


def test_a_test_partner_does_not_start_in_production() -> None:
    config = parsed("[hub]\noin = '00000001000000000000'\n" + POLICE)
    assert config.hub_oin == Oin("00000001000000000000")

    with pytest.raises(OperatorError, match=r"line 3: .*00000099000000000001 is a test number"):
        first_directory(config, Environment.PRODUCTION, NOW, keys.check_public, (RADAR,))
