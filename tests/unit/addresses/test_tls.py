"""What is wrong with certificates is said in constants, whatever lies around it; what is not about them is not."""

import ssl
from pathlib import Path

import pytest

from hub.addresses.tls import _OF_OURS, _OF_THEIRS, CertificateProblem, Tls, context, problem
from hub.ops.fields import allowed
from hub.telemetry import LogEvent


def refusal(code: int) -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError("verify failed")
    error.verify_code = code
    return error


def alert(reason: str) -> ssl.SSLError:
    error = ssl.SSLError(1, "alert")
    error.reason = reason
    return error


def test_it_is_found_below_what_a_client_makes_of_it() -> None:
    lost, closed = ConnectionError("lost"), RuntimeError("closed")
    lost.__cause__, closed.__context__ = refusal(10), lost
    assert problem(closed) == "the server's certificate has expired"


@pytest.mark.parametrize("error", [None, OSError(), TimeoutError(), alert("APPLICATION_DATA_AFTER_CLOSE_NOTIFY")])
def test_a_loss_is_no_matter_of_certificates(error: Exception | None) -> None:
    assert problem(error) is None


def test_an_error_that_causes_itself_ends_too() -> None:
    one, other = OSError(), OSError()
    one.__cause__, other.__cause__ = other, one
    assert problem(one) is None


def test_all_that_is_said_may_stand_in_the_log() -> None:
    said = {*_OF_THEIRS.values(), *_OF_OURS.values()}
    for one in said:
        fields, dropped = allowed(LogEvent.CERTIFICATE_REFUSED, {"code": "broker-certificate", "detail": one})
        assert (fields["detail"], dropped) == (one, 0)
    assert {problem(refusal(code)) for code in (2, 9, 10, 62, 9999)} >= {
        "the server's certificate is not as it should be"
    }
    assert problem(alert("TLSV13_ALERT_CERTIFICATE_REQUIRED")) in said


@pytest.mark.parametrize("field", ["root", "certificate", "key", "revoked"])
@pytest.mark.parametrize("kind", ["absent", "folder", "empty", "garbage", "nul"])
def test_a_file_that_is_not_there_or_holds_something_else_is_said_and_not_shown(
    tmp_path: Path, field: str, kind: str
) -> None:
    path = tmp_path / "s3cr3t-canary"
    if kind == "folder":
        path.mkdir()
    elif kind == "nul":
        path = Path(f"{path}\0")
    elif kind != "absent":
        path.write_text("" if kind == "empty" else "-----BEGIN CERTIFICATE-----\nx\n")
    given = {field: str(path)} | ({"certificate": str(path)} if field == "key" else {})
    if (field, kind) == ("root", "folder"):
        context(Tls(**given))  # a folder of CAs, in which there is none
        return
    if field == "revoked":
        given["root"] = ssl.get_default_verify_paths().openssl_cafile
        if not Path(given["root"]).exists():
            pytest.skip("no CAs on this machine")
    with pytest.raises(CertificateProblem) as caught:
        context(Tls(**given))
    fields, dropped = allowed(LogEvent.CERTIFICATE_REFUSED, {"code": "x", "detail": str(caught.value)})
    assert (fields["detail"], dropped) == (str(caught.value), 0)
    assert "s3cr3t" not in str(caught.value)
    assert caught.value.__suppress_context__
