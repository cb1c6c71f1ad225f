"""Yonyou NC Cloud's OpenAPI: a client secret under RSA, each call signed by SHA-256, verdicts by ten-digit codes.

From the data dictionary's chapter on it. Clients differ in what they sign: older ones hash the text alone, newer ones
add a salt drawn from the public key (Java's SHA1PRNG); both are taken. Inferred: what a repeated busi_id gets, the
fields of an insert's data, and the text for a closed period.
"""

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Iterable
from typing import Any, ClassVar

from aiohttp import web

from relay.emulators.stage.answers import Declined, as_json
from relay.emulators.stage.books import Entry
from relay.emulators.stage.emulator import Emulator, Purpose
from relay.emulators.stage.keypair import opened, public_key
from relay.emulators.stage.ledger import Unbalanced, balanced, missing
from relay.errors import RelayError
from relay.money import decode_json

OK, BUSINESS, VALIDATION, LOCKED, SECURITY, NO_SESSION = (f"10000000{at:02}" for at in (0, 1, 2, 5, 8, 12))
DEMANDED = ("accbookCode", "prepareddate", "year", "period", "vouchertype", "prepared", "detail")
DEMANDED_OF_LINE = ("explanation", "accountCode")


class Played(Emulator):
    """Takes bodies as they are (level L0). `busi_id` with `repeat_check: Y` makes a repeat a refusal."""

    title = "Yonyou NC Cloud OpenAPI (用友 NCC)"
    docs = "https://community.yonyou.com/datadict/bipbook/chapter2701"
    account: ClassVar = {
        "client_id": "relay",
        "client_secret": "ncc-client-secret",
        "biz_center": "001",
        "username": "relay",
        "password": "ncc-password",
    }

    def routes(self) -> Iterable[web.RouteDef]:
        yield self.on(Purpose.LOGIN, "POST", "/nccloud/opm/accesstoken", self._token)
        yield self.on(Purpose.POSTING, "POST", "/nccloud/api/gl/voucher/insert", self._insert)

    def shown(self) -> dict[str, str]:
        return {**self.account, "public_key": public_key()}

    def throttled(self, request: web.Request) -> web.Response:
        """Somebody else holds the lock; a moment later nobody does."""
        return _refused(LOCKED, "加锁失败，请稍后再试")

    def closed(self, request: web.Request) -> web.Response:
        return _refused(BUSINESS, "会计期间已结账，不能保存凭证")

    async def _token(self, request: web.Request) -> web.Response:
        """From the query, or from a form."""
        asked = {**request.query, **{name: str(value) for name, value in (await request.post()).items()}}
        secrets = self._opened(asked)
        if secrets is None or asked.get("biz_center") != self.account["biz_center"]:
            return _refused(SECURITY, "第三方应用、密钥或账套不正确")
        if not _signed(asked.get("client_id", "") + secrets, asked.get("signature", "")):
            return _refused(SECURITY, "验签失败")
        token = {"access_token": self.sessions.begin(), "refresh_token": self.sessions.begin()}
        return _said({**token, "security_key": hashlib.sha256(token["access_token"].encode()).hexdigest()[:16]})

    def _opened(self, asked: dict[str, str]) -> str | None:
        """The secrets in the order in which they are signed; None where one is wrong."""
        grant, account = asked.get("grant_type"), self.account
        right = asked.get("client_id") == account["client_id"] and _opens(asked, "client_secret", account)
        if grant == "client_credentials" and right:
            return account["client_secret"]
        if grant == "refresh_token" and right and self.sessions.holds(asked.get("refresh_token")):
            return account["client_secret"] + asked["refresh_token"]
        if grant == "password" and right and asked.get("username") == account["username"]:
            user = account["username"] + account["password"]
            return account["client_secret"] + user if _opens(asked, "password", account) else None
        return None

    async def _insert(self, request: web.Request) -> web.Response:
        body = await request.read()
        self._check(request, body)
        voucher = decode_json(body)
        amount = _checked(voucher)
        key = request.headers.get("busi_id", "")
        if key and request.headers.get("repeat_check") == "Y" and self.books.find(key):
            return _refused(BUSINESS, f"业务主键busi_id[{key}]重复，数据已存在")
        number = self.books.next_number("voucher")
        self.books.post(
            Entry(
                number=str(number),
                key=key or str(number),
                kind="voucher",
                state="saved",
                amount=amount,
                document=voucher,
            )
        )
        period = {"year": voucher["year"], "period": voucher["period"]}
        return _said({"pk_voucher": f"1001A1100000{number:08}", "num": number, **period})

    def _check(self, request: web.Request, body: bytes) -> None:
        if not self.sessions.holds(request.headers.get("access_token")):
            raise Declined(_refused(NO_SESSION, "会话失效，请重新获取access_token"))
        client = request.headers.get("client_id", "")
        signed = _signed(client + body.decode(errors="replace"), request.headers.get("signature", ""))
        if client != self.account["client_id"] or not signed:
            raise Declined(_refused(SECURITY, "验签失败"))


def _opens(asked: dict[str, str], name: str, account: dict[str, str]) -> bool:
    return hmac.compare_digest(opened(asked.get(name, "")).encode(), account[name].encode())


def _signed(text: str, signature: str) -> bool:
    """Whether it is the hash of the text and the public key, with or without the salt."""
    plain = text + public_key()
    hashes = (hashlib.sha256(each.encode()).hexdigest() for each in (plain, plain + _salt()))
    return any(hmac.compare_digest(each.encode(), signature.lower().encode()) for each in hashes)


def _salt() -> str:
    """The first 16 bytes that Java's SHA1PRNG gives once the public key has seeded it, in base64."""
    state = hashlib.sha1(public_key().encode(), usedforsecurity=False).digest()
    return b64encode(hashlib.sha1(state, usedforsecurity=False).digest()[:16]).decode()


def _checked(voucher: dict[str, Any]) -> Any:
    lacking = missing(voucher, DEMANDED)
    lacking = lacking or next(filter(None, (missing(line, DEMANDED_OF_LINE) for line in voucher["detail"])), None)
    if lacking:
        raise Declined(_refused(VALIDATION, f"{lacking}不能为空"))
    try:
        return balanced((line.get("localdebitamount"), line.get("localcreditamount")) for line in voucher["detail"])
    except Unbalanced:
        raise Declined(_refused(BUSINESS, "凭证借贷不平衡")) from None
    except RelayError:
        raise Declined(_refused(VALIDATION, "金额格式不正确")) from None


def _said(data: Any) -> web.Response:
    return as_json({"success": True, "code": OK, "message": None, "data": data, "errorStack": None})


def _refused(code: str, why: str) -> web.Response:
    return as_json({"success": False, "code": code, "message": why, "data": None, "errorStack": None})
