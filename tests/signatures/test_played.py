"""Every scheme that a secret alone can play is played so that its own source takes it; others say what to do."""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import msgspec
import pytest
from capturing import Capture, Taken, captures
from signature_cases import CASES, PROVING, SCHEMES, Case
from signature_requests import BODY
from signature_secrets import secrets

from relay import playing
from relay.config import load
from relay.errors import Forged, RelayError
from relay.playing import Sample
from relay.proving import Moment
from relay.signature import Outgoing, Received
from relay.source import Source

AT, POSTED = 1_750_000_000, "http://127.0.0.1:8080/in/it"
PUBLIC = ("-----BEGIN", "whpk_", "{")
NAMES = sorted({case.of for case in PROVING})
KEYED = [name for name in NAMES if any(case.words.keys for case in PROVING if case.of == name)]
PLAYED = [name for name in NAMES if name not in (*KEYED, "each-item")]  # that one is split by no source
SEVERAL = b"""{"n": 1.10, "notificationItems": [{"NotificationRequestItem": {"pspReference": "1", "eventCode": "PAID"}},
    {"NotificationRequestItem": {"pspReference": "2", "eventCode": "REFUND", "amount": {"value": 1}}}]}"""


def is_public(case: Case) -> bool:
    """Whether its only secrets are public keys."""
    return case.words.algorithm in {"rsa-sha256", "ed25519", "jwt-es256"} and case.name == case.of


def first(name: str) -> Capture | None:
    """A request of documented origin that is an event; those whose event is known come first."""
    fit = [one for one in captures(name) if one.expect == "valid" and one.method == "POST" and not one.greets]
    return min(fit, key=lambda one: one.ids is None, default=None)


def configured(name: str, folder: Path) -> tuple[Source, Capture]:
    """With the secret of its capture, or with one that is made for it."""
    case = next(case for case in CASES.values() if case.of == name)
    pair = secrets(case.words.algorithm, case.words.key)[0]
    sample, kind = case.sample
    made = Capture(source="", secret=pair.verifying, at=AT, expect="valid", body=sample.decode())
    variables = {**dict.fromkeys(SCHEMES[name].vars, "v"), **case.variables(pair)}
    made = msgspec.structs.replace(made, headers={"Content-Type": kind}, vars=variables)
    capture = first(name) or made
    if str(capture.secret).startswith(PUBLIC):
        capture = msgspec.structs.replace(capture, secret=pair.verifying, key=pair.signing)
    return capture.configured(name, folder), capture


def arrived(source: Source, outgoing: Outgoing) -> Received:
    """As the web process hands it on: its address is the public one."""
    parts = urlsplit(outgoing.url)
    return Received(
        method="POST",
        url=f"https://relay.example.com/in/it?{parts.query}" if parts.query else "https://relay.example.com/in/it",
        headers={name.lower(): value.encode().decode("latin-1") for name, value in outgoing.headers.items()},
        query=dict(parse_qsl(parts.query, keep_blank_values=True)),
        body=outgoing.body,
        secret_path=unquote(parts.path.removeprefix("/in/it").removeprefix("/")) or None,
        vars=source.vars,
    )


def sent(source: Source, body: bytes, random: bytes = b"r" * 16, **more: Any) -> Outgoing:
    return playing.played(source, Sample(body=body, **more), POSTED, Moment(AT, random))


def taken(source: Source, outgoing: Outgoing) -> Taken:
    """Raises Forged."""
    return Taken(source, arrived(source, outgoing), AT)


@pytest.mark.parametrize("name", PLAYED)
def test_a_body_that_is_played_is_taken_by_its_source_and_by_no_other_secret(name: str, tmp_path: Path) -> None:
    source, capture = configured(name, tmp_path)
    sealed = source.opening.sealed is not None
    body, headers = (BODY, {}) if sealed else (capture.body.encode(), capture.headers)
    outgoing = sent(source, body, key=capture.key, headers=headers)
    assert outgoing.url.startswith(POSTED)
    found = taken(source, outgoing)
    assert not sealed or found.contents.plain == body
    with pytest.raises(Forged):
        taken(msgspec.structs.replace(source, secrets=("another",), vars={}), outgoing)


@pytest.mark.parametrize("name", [case.of for case in PROVING if case.of in PLAYED and is_public(case)])
def test_a_public_key_is_never_signed_with_and_the_remedy_is_told(name: str, tmp_path: Path) -> None:
    source, capture = configured(name, tmp_path)
    with pytest.raises(RelayError, match="public key") as refused:
        sent(source, capture.body.encode())
    assert "--key FILE" in refused.value.remedy


@pytest.mark.parametrize("name", [name for name in KEYED if captures(name)])
def test_what_a_platform_alone_signs_is_said_to_be_so(name: str, tmp_path: Path) -> None:
    with pytest.raises(RelayError, match="its platform alone has") as refused:
        sent(captures(name)[0].configured(name, tmp_path), b"{}")
    assert "sandbox" in refused.value.remedy


def test_what_is_sealed_already_stays_as_it_came(tmp_path: Path) -> None:
    source, capture = configured("wecom", tmp_path)
    assert sent(source, capture.body.encode()).body == capture.body.encode()
    assert sent(source, b"<xml><MsgId>7</MsgId></xml>").body.startswith(b"<?xml")


def test_each_item_of_a_batch_is_signed_and_amounts_stay_as_they_were(tmp_path: Path) -> None:
    source, _ = configured("adyen", tmp_path)
    outgoing = sent(source, SEVERAL)
    assert taken(source, outgoing).told("type") == ["PAID", "REFUND"]
    assert outgoing.body.count(b"hmacSignature") == 2
    assert b'"n":1.10,' in outgoing.body


def test_each_sending_has_an_id_and_nonces_of_its_own_unless_they_are_given(tmp_path: Path) -> None:
    source, _ = configured("standard-webhooks", tmp_path)
    one, two = (sent(source, b"{}", random=bytes([n]) * 16).headers["webhook-id"] for n in (1, 2))
    assert one != two
    assert sent(source, b"{}", id="msg_7").headers["webhook-id"] == "msg_7"
    feishu, _ = configured("feishu", tmp_path)
    given = {"X-Lark-Request-Nonce": "mine"}
    assert sent(feishu, b"{}", headers=given).headers["X-Lark-Request-Nonce"] == "mine"


@pytest.mark.parametrize(
    ("body", "kind"),
    [(b'{"a": 1}', "application/json"), (b"<a/>", "text/xml"), (b"a=1", "application/x-www-form-urlencoded")],
)
def test_the_content_type_is_told_by_the_body(body: bytes, kind: str, tmp_path: Path) -> None:
    source, _ = configured("standard-webhooks", tmp_path)
    assert sent(source, body).headers["Content-Type"] == kind


def test_an_address_that_only_a_proxy_tells_is_told_as_a_proxy_does(tmp_path: Path) -> None:
    routes = "version: 1\nserver: {trusted_proxies: [127.0.0.1]}\nsources: {it: {verify: square, secret: abcdef}}\n"
    (tmp_path / "routes.yaml").write_text(routes)
    headers = sent(load(tmp_path / "routes.yaml", {}).sources["it"], b"{}").headers
    assert (headers["X-Forwarded-Proto"], headers["X-Forwarded-Host"]) == ("http", "127.0.0.1:8080")
