"""What presets sign, against values that were worked out from the makers' pages by other means than Relay's."""

import json
from base64 import b64decode, b64encode
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from relay.config.load import load
from relay.destination import Answer, Destination, Moment, Request, Session

from .case import Case, routes

URL = "http://127.0.0.1:1"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PUBLIC = b64encode(KEY.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()
K3 = {"base": URL, "acctID": "5f0000000000aa", "username": "Administrator", "appId": "100001_APP", "key_field": "F_KEY"}


def destination(folder: Path, name: str, given: dict[str, Any]) -> Destination:
    path = folder / "routes.yaml"
    path.write_text(routes({name: Case(vars=given)}, {name: URL}, {name: {}}), encoding="utf-8")
    return load(path, {"SECRET": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}).destinations[name]


def asked(found: Destination, now_ms: int) -> Request:
    """The first request of its login."""
    assert found.auth.login
    request = next(found.auth.login.steps(partial(Moment, now_ms=now_ms, nonce="n"), {}))
    assert isinstance(request, Request)
    return request


def query(request: Request) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(request.url).query).items()}


def test_yonbip_signs_its_key_and_the_time(tmp_path: Path) -> None:
    given = {"token_url": URL, "gateway_url": URL, "appKey": "testAppKey", "appSecret": "testAppSecret"}
    sent = query(asked(destination(tmp_path, "yonbip", given), 1_700_000_000_000))
    assert sent["timestamp"] == "1700000000000"
    assert sent["signature"] == "ts67gMLMVYehUBJhU7CVBMugaDyMvi3OffQ9hLblx50="


def test_k3_cloud_signs_the_sorted_parts(tmp_path: Path) -> None:
    found = destination(tmp_path, "kingdee-k3cloud", {**K3, "appSecret": "SECRET"})
    request = asked(found, 1_700_000_000_999)
    assert request.url.endswith("/Kingdee.BOS.WebApi.ServicesStub.AuthService.LoginBySign.common.kdsvc")
    signed = "d5690e9d8fc75480f1e473f1e2cbeb33e52b07c509103b58616196b550fbb89d"
    said = ["5f0000000000aa", "Administrator", "100001_APP", 1_700_000_000, signed, 2052]
    assert json.loads(request.body) == {"parameters": said}


def test_k3_cloud_logs_in_by_its_secret_where_that_is_asked(tmp_path: Path) -> None:
    found = destination(tmp_path, "kingdee-k3cloud", {**K3, "appSecret": "SECRET", "login": "LoginByAppSecret"})
    request = asked(found, 0)
    assert ".LoginByAppSecret." in request.url
    assert json.loads(request.body)["appSecret"] == "SECRET"


@pytest.mark.parametrize("salt", ["", "GljCWTFZ6Vc="])
def test_nc_cloud_seals_its_secret_and_signs_login_and_calls(tmp_path: Path, salt: str) -> None:
    given = {"base": URL, "client_id": "id", "client_secret": "geheim", "biz_center": "001", "salt": salt}
    found = destination(tmp_path, "yonyou-ncc", {**given, "public_key": PUBLIC})
    sent = query(asked(found, 0))
    assert KEY.decrypt(b64decode(sent["client_secret"]), padding.PKCS1v15()) == b"geheim"
    assert sent["signature"] == sha256(f"idgeheim{PUBLIC}{salt}".encode()).hexdigest()
    called = found.auth.authorise(
        Request(method="POST", url=URL, headers={}, body='{"memo":"差旅"}'.encode()),
        Session(values={"token": "t"}, cookies={}, lasts_ms=None),
        Moment(now_ms=0, nonce="n"),
    )
    assert called.headers["signature"] == sha256(f'id{{"memo":"差旅"}}{PUBLIC}{salt}'.encode()).hexdigest()
    assert called.headers["access_token"] == "t"


def test_cosmic_says_the_time_of_its_own_zone(tmp_path: Path) -> None:
    given = {"base": URL, "api": "kd/gl/gl_voucher", "client_id": "id", "client_secret": "s"}
    found = destination(tmp_path, "kingdee-cosmic", {**given, "username": "relay", "accountId": "1"})
    request = asked(found, 1_700_000_000_000)
    assert json.loads(request.body)["timestamp"] == "2023-11-15 06:13:20"


def test_u8_sends_its_token_in_the_query(tmp_path: Path) -> None:
    given = {"base": URL, "from_account": "a", "to_account": "b", "app_key": "k", "app_secret": "s"}
    found = destination(tmp_path, "yonyou-u8", given)
    assert found.auth.login
    steps = found.auth.login.steps(partial(Moment, now_ms=0, nonce="n"), {})
    next(steps)
    with pytest.raises(StopIteration) as end:
        steps.send(Answer(status=200, headers={}, body=b'{"errcode":"0","token":{"id":"t+1"}}'))
    sent = found.auth.authorise(
        Request(method="POST", url=URL, headers={}, body=b""), end.value.value, Moment(now_ms=0, nonce="n")
    )
    assert query(sent) == {"token": "t+1"}
