"""Where a message goes, in a sentence: by the routing table for reports, by what `hub/cases/` decides for steps."""

from hub.routing.rules import RULES, Kind
from hub.schemas.registry import MessageType
from scripts.pages.tables import coded

STEPS = {
    "triage.melding-vastgelegd": "Told to the reporter.",
    "triage.veiligheidsbeoordeling": "Not passed on. The reporter hears `uitkomst`, `besluitOp` and "
    "`ontvangendePartijen`, as `terugkoppelingen.stappen`.",
    "triage.melding-losgemaakt": "Not passed on. Whoever takes part in what goes along, or ends, hears "
    "`zaken.wijziging`.",
    "triage.onderzoeksuitkomst": "Not passed on. Reporters hear `afgerondOp` and `vervolg`, as "
    "`terugkoppelingen.stappen`.",
    "triage.zaak-gesloten": "Told to the holder, if that is not the triage. Candidates of offers that were open hear "
    "`overdrachten.ingetrokken`; who is at a table, `zaken.wijziging`.",
    "overdrachten.aanbod": "To each candidate, without `volledig`; that part goes as `overdrachten.dossier` to who "
    "accepts, or at once if the offer is acute, to whom it may.",
    "overdrachten.aanvulling-gevraagd": "To the giver.",
    "overdrachten.aanvulling-gegeven": "To each candidate that has not answered, without `volledig`; that part goes as "
    "`overdrachten.dossier`, as that of an offer does.",
    "overdrachten.aanvaard": "Told to the giver and the triage.",
    "overdrachten.geweigerd": "Told to the giver and the triage.",
    "overdrachten.ingetrokken": "To the candidates that have not answered.",
    "overdrachten.hulp-gestart": "Told to the giver and the triage.",
    "overdrachten.afgerond": "Told to the giver and the triage.",
    "overdrachten.belegd": "Not passed on.",
    "actieoverleg.aanmelding": "To each of `deelnemers`.",
    "actieoverleg.inbreng": "Told to the others at the table; its chair hears `actieoverleg.stand` as well.",
    "actieoverleg.afspraken": "Told to the others at the table; its chair hears `actieoverleg.stand` as well.",
    "actieoverleg.afspraak-aanvaard": "Told to the others at the table; its chair hears `actieoverleg.stand` as well.",
    "monitoring.vraag": "To the holder.",
    "monitoring.antwoord": "Told to the triage.",
    "radar.contact-gelegd": "Not passed on.",
    "radar.intrekking": "Not passed on.",
    "zaken.standvraag": "Answered with `zaken.stand`, to who asked.",
}
"""What `hub/cases/` decides, in a sentence."""

ADVICE = {
    "adviezen.adviesvraag": "To the triage of the region.",
    "adviezen.advies": "To who asked.",
}

MAY_BE_NEWS = {
    "meldingen.strafrechtelijk-bericht",
    "meldingen.raadsbericht",
    "meldingen.jeugdbeschermingsbericht",
}
"""Reports that, on a running case and without new danger, are news: the holder of the case gets them too."""


def way(known: MessageType) -> str:
    """Where it goes."""
    rule = RULES[known.wire]
    if rule.kind is Kind.REPORT:
        told = f"; under its own type to {coded(role.value for role in rule.told)} of the region" if rule.told else ""
        minors = f", and to {coded(role.value for role in rule.told_if_minors)} if minors are concerned"
        told += minors if rule.told_if_minors else ""
        news = (
            "; as news on a running case under its own type, also to its holder if that may see any of it"
            if known.name in MAY_BE_NEWS
            else ""
        )
        return f"To the triage, as `triage.melding-aangeboden`{told}{news}."
    if rule.kind is Kind.ADVICE:
        return ADVICE[known.name]
    if rule.kind is Kind.STEP:
        return STEPS[known.name]
    return "For the hub only." if rule.kind is Kind.ANSWER else "From the hub."
