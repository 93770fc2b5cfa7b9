"""A partner written with other libraries (pika, jwcrypto) starts from what `partner add` prints, and nothing else."""

import base64
import contextlib
import hashlib
import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pika
import pytest
from jwcrypto import jwe, jwk, jws

from hub.simulator.people import strangers
from tests.acceptance.hub import RunningHub
from tests.patience import CEILING

PLACES = {"S1": ("haaglanden", "GM0518", 10), "S1X": ("utrecht", "GM0344", 20)}
"""A region and a municipality for each suite: one triage desk a region."""
SUITES = {
    "S1": ({"kty": "EC", "crv": "P-256"}, {"kty": "EC", "crv": "P-256"}, "ES256"),
    "S1X": ({"kty": "OKP", "crv": "Ed25519"}, {"kty": "OKP", "crv": "X25519"}, "Ed25519"),
}


class Foreigner:
    """What another team would write from docs/contract.md."""

    def __init__(self, oin: str, suite: str, folder: Path) -> None:
        signing, encryption, self.alg = SUITES[suite]
        self.oin = oin
        self.signing, self.encryption = (self._key(signing), self._key(encryption))
        self.sig_file, self.enc_file = folder / "sig.json", folder / "enc.json"
        for key, file in ((self.signing, self.sig_file), (self.encryption, self.enc_file)):
            file.write_text(json.dumps({**key.export_public(as_dict=True), "kid": key.thumbprint()}))

    def connect(self, printed: dict[str, Any]) -> None:
        self.hub_oin = printed["hubOin"]
        signs = printed["hubSig"]
        self.hub_sig = {one["kid"]: jwk.JWK(**one) for one in (signs if isinstance(signs, list) else [signs])}
        self.hub_enc = jwk.JWK(**printed["hubEnc"])
        parameters = pika.URLParameters(printed["amqp"])
        self.user = parameters.credentials.username
        self.connection = pika.BlockingConnection(parameters)
        self.channel = self.connection.channel()
        self.channel.confirm_delivery()

    def close(self) -> None:
        self.connection.close()

    def event(self, name: str, data: dict[str, Any], **more: Any) -> dict[str, Any]:
        now = datetime.now(UTC)
        return {
            "specversion": "1.0", "id": str(uuid4()), "type": f"nl.ketenhub.{name}.v1",
            "source": f"urn:nld:oin:{self.oin}:systeem:eigen-bouw", "recipient": f"urn:nld:oin:{self.hub_oin}",
            "time": now.isoformat(), "expirytime": (now + timedelta(days=1)).isoformat(),
            "datacontenttype": "application/json", "dataschema": f"urn:ketenhub:schema:{name}:v1",
            "urgentie": "regulier", "data": data,
        } | more  # fmt: skip

    def send(self, event: dict[str, Any]) -> bytes:
        payload = json.dumps(event).encode()
        signed = jws.JWS(payload)
        header = {"alg": self.alg, "kid": self.signing.thumbprint(), "typ": "ketenhub+jws"}
        signed.add_signature(self.signing, self.alg, json.dumps(header))
        sealed = jwe.JWE(
            signed.serialize(compact=True).encode(),
            json.dumps({"alg": "ECDH-ES+A256KW", "enc": "A256GCM", "kid": self.hub_enc.thumbprint(), "cty": "JWS"}),
        )
        sealed.add_recipient(self.hub_enc)
        properties = pika.BasicProperties(
            content_type="application/jose", delivery_mode=2, message_id=event["id"], user_id=self.user,
            timestamp=int(time.time()),
        )  # fmt: skip
        self.channel.basic_publish(
            "to-hub", event["urgentie"], sealed.serialize(compact=True), properties, mandatory=True
        )
        return payload

    def receive(self) -> tuple[dict[str, Any], bytes]:
        ends = time.monotonic() + CEILING
        while time.monotonic() < ends:
            method, _, body = self.channel.basic_get("from-hub.regulier")
            if method is not None:
                payload = self._open(body)
                self.channel.basic_ack(method.delivery_tag)
                return json.loads(payload), payload
            self.connection.sleep(0.1)
        raise AssertionError("nothing came from the hub")

    def _open(self, body: bytes) -> bytes:
        opened = jwe.JWE()
        opened.deserialize(body.decode(), self.encryption)
        assert set(json.loads(opened.objects["protected"])) == {"alg", "enc", "kid", "cty", "epk"}
        signed = jws.JWS()
        signed.allowed_algs = [self.alg]
        token = opened.payload.decode()
        header = token.split(".")[0]
        kid = json.loads(base64.urlsafe_b64decode(header + "=" * (-len(header) % 4)))["kid"]
        signed.deserialize(token, self.hub_sig[kid])
        return bytes(signed.payload)

    def take_key(self, told: dict[str, Any]) -> None:
        """What `verwerking.hubsleutel` asks."""
        said = told["data"]
        if said["toestand"] == "vervallen":
            self.hub_sig.pop(said["kid"], None)
        elif said["gebruik"] == "sig":
            self.hub_sig[said["kid"]] = jwk.JWK(**said["sleutel"])
        else:
            self.hub_enc = jwk.JWK(**said["sleutel"])
        self.send(self.event("verwerking.verwerkt", {"bericht": told["id"], "resultaat": "opgeslagen"}))

    @staticmethod
    def _key(shape: dict[str, str]) -> jwk.JWK:
        return jwk.JWK.generate(**shape)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("suite", sorted(SUITES))
def test_a_report_goes_from_one_foreign_system_to_another(hub: RunningHub, tmp_path: Path, suite: str) -> None:
    (tmp_path / "police").mkdir()
    (tmp_path / "triage").mkdir()
    police = Foreigner(f"0000009900000{PLACES[suite][2]:04d}000", suite, tmp_path / "police")
    triage = Foreigner(f"0000009900000{PLACES[suite][2] + 1:04d}000", suite, tmp_path / "triage")
    with contextlib.closing(police), contextlib.closing(triage):
        _main_job(hub, police, triage, suite)


def _main_job(hub: RunningHub, police: Foreigner, triage: Foreigner, suite: str) -> None:
    region, municipality, number = PLACES[suite]
    name = suite.lower()
    police.connect(hub.connect(f"politie-{name}", "politie", number, police.sig_file, police.enc_file, region))
    triage.connect(hub.connect(f"vt-{name}", "veilig-thuis", number + 1, triage.sig_file, triage.enc_file, region))
    # Another family in each suite: the radar would bring the second report to the first one's case.
    data = strangers(hub.json("sample", "meldingen.zorgmelding"), number) | {"gemeente": municipality}
    report = police.event("meldingen.zorgmelding", data)

    payload = police.send(report)
    receipt, _ = police.receive()
    offered, _ = triage.receive()

    assert receipt["type"] == "nl.ketenhub.verwerking.ontvangstbevestiging.v1"
    assert receipt["data"]["bericht"] == report["id"]
    assert receipt["data"]["sha256"] == hashlib.sha256(payload).hexdigest()
    assert offered["data"]["melding"]["afzender"] == police.oin
    assert offered["data"]["melding"]["inhoud"]["betrokkenen"][0]["bsn"] == report["data"]["betrokkenen"][0]["bsn"]

    triage.send(triage.event("verwerking.verwerkt", {"bericht": offered["id"], "resultaat": "opgeslagen"}))
    recorded = {"melding": offered["data"]["melding"]["nummer"]}
    links = {"correlationid": offered["correlationid"], "causationid": offered["id"]}
    triage.send(triage.event("triage.melding-vastgelegd", recorded, **links))
    told, _ = police.receive()
    assert told["type"] == "nl.ketenhub.triage.melding-vastgelegd.v1"
    assert "houder" not in told["data"]
