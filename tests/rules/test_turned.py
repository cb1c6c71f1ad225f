"""What is kept of a refused request: enough to verify it again, and no credential."""

import base64
from pathlib import Path
from typing import Any

import pytest

from relay import turned
from relay.config.load import load
from relay.errors import Forged, Refused
from relay.masking import Mask
from relay.signature import Received
from relay.source import Source
from relay.turned import MOST_KEPT, Away

SECRET = "a-credential-of-many-characters"
SALT = b"sixteen bytes..."
SCHEMES = {
    "path": ("{algorithm: token, path: true}", SECRET, {"secret_path": SECRET}),
    "query": ("{algorithm: token, query: token}", SECRET, {"query": {"token": SECRET, "at": "1"}}),
    "header": ("{algorithm: token, header: X-Token}", SECRET, {"headers": {"x-token": SECRET}}),
    "bearer": ("token", SECRET, {"headers": {"authorization": f"Bearer {SECRET}"}}),
    "basic": (
        "basic",
        f"relay:{SECRET}",
        {"headers": {"authorization": "Basic " + base64.b64encode(f"relay:{SECRET}".encode()).decode()}},
    ),
}


def source(folder: Path, verify: str, secret: str) -> Source:
    file = folder / "routes.yaml"
    file.write_text(f'version: 1\nsources: {{s: {{verify: {verify}, secret: "{secret}"}}}}\n')
    return load(file, {}).sources["s"]


def away(of: Source | None, received: Received | None, code: str = "unauthorised", **fields: Any) -> Away:
    given = {
        "name": "s",
        "source": of,
        "received": received,
        "headers": received.headers if received else {},
        "method": "POST",
        "sender": "192.0.2.7",
        "error": Refused(401, code, "no"),
        "at_ms": 1,
    }
    return Away(**(given | fields))


def came(**fields: Any) -> Received:
    return Received(**({"method": "POST", "url": "", "headers": {}, "query": {}, "body": b"{}"} | fields))


@pytest.mark.parametrize(("verify", "secret", "sent"), SCHEMES.values(), ids=list(SCHEMES))
def test_a_credential_is_nowhere_in_what_is_kept_and_takes_its_place_once_it_is_right(
    verify: str, secret: str, sent: dict[str, Any], tmp_path: Path
) -> None:
    before = source(tmp_path, verify, "relay:another-one-of-many-characters")
    received = came(**sent)
    with pytest.raises(Forged):
        before.scheme.verify(received, before.secrets, 0)
    one = away(before, received)
    kept, told = turned.kept(one, SALT), turned.told(one, Mask([]))
    hidden = (SECRET.encode(), base64.b64encode(f"relay:{SECRET}".encode()))
    assert kept
    assert not any(each in kept + told for each in hidden)
    mended = source(tmp_path, verify, secret)
    again = turned.again(kept, mended)
    assert mended.scheme.verify(again, mended.secrets, 0) == secret
    with pytest.raises(Forged):
        before.scheme.verify(turned.again(kept, before), before.secrets, 0)


def test_a_signed_request_is_the_same_again(tmp_path: Path) -> None:
    signing = source(tmp_path, "standard-webhooks", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    headers = {"webhook-id": "m", "webhook-timestamp": "1", "webhook-signature": "v1,AAAA", "content-type": "text/json"}
    received = came(headers=headers, query={"a": "b"}, body=b'{"amount": 12.30}', url="https://relay.example.com/in/s")
    kept = turned.kept(away(signing, received), SALT)
    assert kept
    assert turned.again(kept, signing) == received


def test_cookies_and_authorisations_are_never_kept_whatever_the_scheme(tmp_path: Path) -> None:
    signing = source(tmp_path, "standard-webhooks", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    one = away(signing, came(headers={"cookie": f"session={SECRET}", "proxy-authorization": f"Basic {SECRET}"}))
    kept, told = turned.kept(one, SALT), turned.told(one, Mask([]))
    assert kept
    assert SECRET.encode() not in kept + told
    assert turned.read_told(told).headers == {"cookie": "***", "proxy-authorization": "***"}


def test_a_known_secret_in_a_header_of_another_name_is_masked(tmp_path: Path) -> None:
    signing = source(tmp_path, "standard-webhooks", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    told = turned.told(away(signing, came(headers={"x-key": SECRET})), Mask([SECRET]))
    assert turned.read_told(told).headers == {"x-key": "***"}


@pytest.mark.parametrize(
    ("received", "code", "reason"),
    [
        (came(), "unauthorised", "signature"),
        (None, "unauthorised", "network"),
        (came(), "bad_json", "bad_json"),
        (None, "too_large", "too_large"),
    ],
)
def test_the_reason_says_what_a_sender_is_never_told(
    received: Received | None, code: str, reason: str, tmp_path: Path
) -> None:
    of = source(tmp_path, "token", SECRET)
    assert turned.reason_of(away(of, received, code)) == reason


def test_what_has_no_source_no_body_or_a_very_long_one_cant_be_let_in(tmp_path: Path) -> None:
    of = source(tmp_path, "token", SECRET)
    for one in (away(None, came()), away(of, None), away(of, came(body=b"x" * (MOST_KEPT + 1)))):
        assert turned.kept(one, SALT) is None


def test_a_name_that_nobody_knows_is_cut_and_masked() -> None:
    one = away(None, None, "unknown_source", name=SECRET + "x" * 500)
    assert turned.read_told(turned.told(one, Mask([SECRET]))).source == ("***" + "x" * 500)[: turned.LONGEST]
