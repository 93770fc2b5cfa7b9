"""The generated tables of docs/contract.md: roles, queues, suites, messages, results, codes; see `terms.py` too."""

from collections.abc import Iterator, Mapping

from hub.broker.topology import EXCHANGE, FROM_HUB, INTAKE, Limits, policies, queues
from hub.canonical.codes import Result
from hub.canonical.partners import KeyUse, Role
from hub.envelope.policy import POLICIES, KeyShape
from hub.errors import EXPLANATIONS, Code
from hub.routing.rules import RULES, Kind, Rule
from hub.schemas.registry import MessageType, message_types
from scripts.pages.tables import coded, filled, first_line, table
from scripts.pages.terms import holding, pairs, terms
from scripts.pages.ways import way

ROLES: Mapping[Role, str] = {
    Role.POLICE: "police",
    Role.PROSECUTION: "Public Prosecution Service (Openbaar Ministerie)",
    Role.CHILD_PROTECTION: "Child Protection Board (Raad voor de Kinderbescherming)",
    Role.PROBATION: "probation",
    Role.VEILIG_THUIS: "Veilig Thuis, the triage",
    Role.LOCAL_TEAM: "local team of a municipality",
    Role.CERTIFIED_INSTITUTION: "certified institution, which carries out child protection measures",
    Role.REPORTER: "others under the reporting code: school, general practitioner, child care",
}
RESULTS: Mapping[Result, str] = {
    Result.STORED: "your system has stored it: confirmed delivery; the hub destroys its copy",
    Result.CANNOT_OPEN: "you could not open the envelope",
    Result.CANNOT_READ: "you could not read or validate what was in it",
    Result.CANNOT_STORE: "you could not store it",
}


def contract_page() -> str:
    blocks = {
        "roles": _roles,
        "queues": _queues,
        "suites": _suites,
        "messages": _messages,
        "pairs": pairs,
        "holding": holding,
        "terms": terms,
        "results": _results,
        "codes": _codes,
    }
    return filled("docs/contract.md", blocks)


def _roles() -> Iterator[str]:
    return table(("role", "who"), ((f"`{role.value}`", ROLES[role]) for role in Role))


def _queues() -> Iterator[str]:
    bound = {queue: f"`{EXCHANGE}`, routing key `{lane.value}`" for lane, queue in INTAKE.items()}
    rows = (
        (f"`{one.name}`", bound.get(one.name, ""), "partner" if one.name in FROM_HUB.values() else "hub")
        for one in queues()
    )
    yield from table(("queue", "bound to", "read by"), rows)
    yield "Arguments:"
    yield ""
    names = list(dict.fromkeys(name for one in queues() for name in one.arguments))
    yield from table(("argument", "value", "on"), ((f"`{name}`", *_argument(name)) for name in names))
    yield "Limits, as a policy sets them, by default:"
    yield ""
    intake, others = (policy.definition for policy in policies(Limits()))
    said = ((f"`{name}`", f"`{value}`", f"`{others[name]}`") for name, value in intake.items())
    yield from table(("limit", "of the intake queues", "of the others"), said)


def _argument(name: str) -> tuple[str, str]:
    having = [one for one in queues() if name in one.arguments]
    value = str(having[0].arguments[name])
    return f"`{value}`" if value else "(empty)", "every queue" if len(having) == len(queues()) else "not `dead`"


def _suites() -> Iterator[str]:
    rows = (
        (
            f"`{suite.value}`",
            f"`{policy.jwe_alg}`, `{policy.jwe_enc}`",
            _key(policy.key(KeyUse.ENCRYPTION)),
            f"`{policy.jws_alg}`",
            _key(policy.key(KeyUse.SIGNING)),
        )
        for suite, policy in POLICIES.items()
    )
    return table(("suite", "JWE `alg`, `enc`", "encryption key", "JWS `alg`", "signing key"), rows)


def _key(shape: KeyShape) -> str:
    return f"`{shape.kty}` `{shape.crv}`"


def _messages() -> Iterator[str]:
    rows = (
        (f"`{known.name}`", _senders(RULES[known.wire]), _meaning(known), way(known), _directions(known))
        for known in message_types().values()
    )
    return table(("message", "sent by", "meaning", "where it goes", "schemas"), rows)


def _senders(rule: Rule) -> str:
    if rule.kind is Kind.OF_THE_HUB:
        return "hub"
    return "any" if rule.senders == frozenset(Role) else coded(role.value for role in Role if role in rule.senders)


def _directions(known: MessageType) -> str:
    ways = (("to", known.to_hub), ("from", known.from_hub))
    return ", ".join(way_ for way_, model in ways if model is not None)


def _meaning(known: MessageType) -> str:
    model = known.to_hub or known.from_hub
    assert model is not None
    return first_line(model.__doc__)


def _results() -> Iterator[str]:
    return table(("`resultaat`", "meaning"), ((f"`{result.value}`", RESULTS[result]) for result in Result))


def _codes() -> Iterator[str]:
    return table(("code", "`uitleg`"), ((f"`{code.value}`", EXPLANATIONS[code]) for code in Code))
