"""What Yonyou NC Cloud has beyond the others: three grants, two ways to sign, a check for repeats if it is asked."""

import hashlib
from base64 import b64encode

import pytest
from sealing_by_rsa import sealed
from staged import Scene

SYSTEM = "yonyou-ncc"
SECURITY = "1000000008"


async def test_a_signature_that_doesnt_fit_the_body_is_refused(named: Scene) -> None:
    assert (await named.speaks.post("B1", "1.00", signature="0" * 64)).json()["code"] == SECURITY
    assert named.played.books.entries == []


async def test_a_signature_with_the_salt_of_newer_clients_is_taken(named: Scene) -> None:
    key = named.speaks.account["public_key"]
    salt = b64encode(hashlib.sha1(hashlib.sha1(key.encode()).digest()).digest()[:16]).decode()
    text = "relay" + named.speaks.account["client_secret"] + key + salt
    said = await named.speaks.ask_token("ncc-client-secret", signature=hashlib.sha256(text.encode()).hexdigest())
    assert said.json()["success"]


async def test_a_token_by_password_and_by_refresh(named: Scene) -> None:
    key, secret = named.speaks.account["public_key"], "ncc-client-secret"
    signature = named.speaks.hashed("relay" + secret + "relay" + "ncc-password")
    user = {"grant_type": "password", "username": "relay", "password": sealed("ncc-password", key)}
    said = (await named.speaks.ask_token(secret, **user, signature=signature)).json()
    refresh = said["data"]["refresh_token"]
    signature = named.speaks.hashed("relay" + secret + refresh)
    asked = {"grant_type": "refresh_token", "refresh_token": refresh, "signature": signature}
    assert (await named.speaks.ask_token(secret, **asked)).json()["success"]


@pytest.mark.parametrize("wrong", [{"biz_center": "999"}, {"grant_type": "none"}, {"client_secret": "no base64"}])
async def test_another_company_grant_or_secret_is_refused(named: Scene, wrong: dict[str, str]) -> None:
    assert (await named.speaks.ask_token("ncc-client-secret", **wrong)).json()["code"] == SECURITY


async def test_unless_a_check_is_asked_for_a_repeat_is_booked_twice(named: Scene) -> None:
    for _ in range(2):
        await named.speaks.post("B1", "1.00", repeat_check="N")
    assert named.played.books.doubled() == ["B1"]
