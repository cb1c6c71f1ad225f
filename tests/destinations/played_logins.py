"""An example of each kind of `auth:`, and a login played without a network."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from relay.destination import Answer, Assertion, Auth, Moment, Request, Session
from relay.destinations.auth import AuthSettings
from relay.language.expression import Language

MOMENT = Moment(now_ms=1_700_000_000_123, nonce="0123456789abcdef0123456789abcdef")
REQUEST = Request(
    method="POST",
    url="https://erp.example.com/api?a=%2f",
    headers={"Content-Type": "application/json", "A": "1"},
    body=b'{"total": 12.30}',
)


@cache
def rsa_key() -> str:
    return _pem(rsa.generate_private_key(65537, 2048))


@cache
def ec_key() -> str:
    return _pem(ec.generate_private_key(ec.SECP256R1()))


def public(key: Any) -> str:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def _pem(key: Any) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def said(status: int, body: Any = None, **headers: str) -> Answer:
    named = {name.replace("_", "-").lower(): value for name, value in headers.items()}
    return Answer(status=status, headers=named, body=b"" if body is None else msgspec.json.encode(body))


TOKEN = said(200, {"access_token": "tok-fresh-1", "token_type": "Bearer", "expires_in": 600})
CSRF = said(200, X_Csrf_Token="csrf-fresh-1", Set_Cookie="SAP_SESSIONID=sap-1; path=/; secure\nsap-usercontext=c-1")
OF_LOGIN = {
    "requests": [
        {
            "url": "{{ vars.base }}/login",
            "body": {"user": "relay", "password": "{{ vars.password }}"},
            "ok": "body.ok",
            "later": "body.busy",
            "reason": "{{ body.why }}",
            "take": {"token": "{{ body.token }}", "lasts": "{{ body.lasts }}"},
        }
    ],
    "cookies": ["B1SESSION"],
    "lasts": "{{ session.lasts }}",
    "headers": {"X-Token": "{{ session.token }}"},
    "query": {"sign": "{{ (session.token ~ now.ms) | hmac(vars.password) }}"},
}
OPENED = said(200, {"ok": True, "token": "tok-fresh-1", "lasts": 1800}, Set_Cookie="B1SESSION=b1-1; Path=/\nOTHER=x")


def examples() -> dict[str, tuple[dict[str, Any], list[Answer]]]:
    """By type: what routes.yaml says beside it, and the answers that its login hears."""
    return {
        "none": ({}, []),
        "basic": ({"username": "relay", "password": "{{ vars.password }}"}, []),
        "bearer": ({"token": "tok-1234"}, []),
        "header": ({"name": "X-Api-Key", "value": "key-1234"}, []),
        "query": ({"name": "api key", "value": "a+b/c&d"}, []),
        "oauth1": (
            {
                "consumer_key": "c",
                "consumer_secret": "c-secret",
                "token": "t-id",
                "token_secret": "t-secret",
                "realm": "R",
            },
            [],
        ),
        "oauth2": (
            {"token_url": "{{ vars.base }}/token", "client_id": "relay", "client_secret": "{{ vars.password }}"},
            [TOKEN],
        ),
        "jwt": ({"key": rsa_key(), "issuer": "relay"}, []),
        "sign": (
            {
                "headers": {"X-Sign": "{{ (request.body ~ nonce) | hmac(vars.password) }}"},
                "body": {"at": "{{ now.s }}"},
            },
            [],
        ),
        "csrf": (
            {"url": "{{ vars.base }}/odata/", "auth": {"type": "basic", "username": "u", "password": "pass-1"}},
            [CSRF],
        ),
        "login": (OF_LOGIN, [OPENED]),
    }


LANGUAGE = Language().knowing("vars", {"base": "https://erp.example.com", "password": "p-secret-1"})


def compiled(kind: str, language: Language = LANGUAGE, **changed: Any) -> Auth:
    settings, _ = examples()[kind]
    read = msgspec.convert({"type": kind, **settings, **changed}, AuthSettings)
    return read.compiled(language, lambda path: ".".join(map(str, path)))


def session_of(auth: Auth, answers: list[Answer], kept: dict[str, str] | None = None) -> Session | None:
    return converse(auth, answers, kept)[0] if auth.login else None


def converse(auth: Auth, answers: list[Answer], kept: dict[str, str] | None = None) -> tuple[Session, list[Any]]:
    """The session, and all that the login asked for."""
    steps, left, asked = auth.login.steps(lambda: MOMENT, kept or {}), iter(answers), []
    try:
        asked.append(next(steps))
        while True:
            asked.append(steps.send(_said(asked[-1], left)))
    except StopIteration as end:
        return end.value, asked


def _said(wanted: Request | Assertion, left: Iterator[Answer]) -> Any:
    return "signed-token-1" if isinstance(wanted, Assertion) else next(left)


def authorised(kind: str, request: Request = REQUEST, **changed: Any) -> Request:
    auth = compiled(kind, **changed)
    return auth.authorise(request, session_of(auth, examples()[kind][1]), MOMENT)
