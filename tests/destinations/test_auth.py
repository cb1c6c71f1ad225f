"""Each way of proving who we are puts its secret where it belongs, changes nothing else, and shows it nowhere."""

import base64
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.destination import Auth, Moment, Request
from relay.destinations.auth import AuthSettings, BasicAuth, HeaderAuth, QueryAuth

MOMENT = Moment(now_ms=0, nonce="n")
URL = "https://erp.example.com/api?a=%2f"
SETTINGS = {
    "none": {},
    "basic": {"username": "relay", "password": "pass:wörd"},
    "bearer": {"token": "tok-1234"},
    "header": {"name": "X-Api-Key", "value": "key-1234"},
    "query": {"name": "api key", "value": "a+b/c&d"},
}
PRINTABLE = st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=20)


def settings(kind: str, **changed: Any) -> Auth:
    return msgspec.convert({"type": kind, **SETTINGS[kind], **changed}, AuthSettings)


def authorised(auth: Auth, url: str = URL, **headers: str) -> Request:
    return auth.authorise(Request(method="POST", url=url, headers=headers, body=b"{}"), None, MOMENT)


@pytest.mark.parametrize(
    ("kind", "url", "headers"),
    [
        ("none", URL, {}),
        ("basic", URL, {"Authorization": f"Basic {base64.b64encode('relay:pass:wörd'.encode()).decode()}"}),
        ("bearer", URL, {"Authorization": "Bearer tok-1234"}),
        ("header", URL, {"X-Api-Key": "key-1234"}),
        ("query", f"{URL}&api%20key=a%2Bb%2Fc%26d", {}),
    ],
)
def test_the_secret_goes_where_it_belongs_and_the_rest_stays(kind: str, url: str, headers: dict[str, str]) -> None:
    assert authorised(settings(kind), A="1") == Request(
        method="POST", url=url, headers={"A": "1"} | headers, body=b"{}"
    )


def test_a_header_of_the_same_name_is_replaced_however_it_is_written() -> None:
    assert authorised(settings("bearer"), authorization="x").headers == {"Authorization": "Bearer tok-1234"}
    assert authorised(settings("header"), **{"x-API-key": "x"}).headers == {"X-Api-Key": "key-1234"}


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://erp/", "https://erp/?k=v"),
        ("https://erp/?", "https://erp/?k=v"),
        ("https://erp/?a=1", "https://erp/?a=1&k=v"),
        ("https://erp/?a=1&", "https://erp/?a=1&k=v"),
        ("https://erp/?a=1#top", "https://erp/?a=1&k=v"),
    ],
)
def test_a_query_secret_stands_behind_what_is_there(url: str, expected: str) -> None:
    assert authorised(QueryAuth(name="k", value="v"), url).url == expected


@given(name=PRINTABLE, value=PRINTABLE)
def test_a_query_secret_arrives_as_it_was_configured(name: str, value: str) -> None:
    sent = authorised(QueryAuth(name=name, value=value)).url
    assert parse_qsl(urlsplit(sent).query) == [("a", "/"), (name, value)]


@given(username=PRINTABLE.map(lambda name: name.replace(":", "")), password=PRINTABLE)
def test_a_basic_pair_arrives_as_it_was_configured(username: str, password: str) -> None:
    sent = authorised(BasicAuth(username=username, password=password)).headers["Authorization"]
    assert base64.b64decode(sent.removeprefix("Basic ")).decode().split(":", 1) == [username, password]


@pytest.mark.parametrize("kind", SETTINGS)
def test_what_is_secret_is_named_for_masking_and_never_shown(kind: str) -> None:
    auth = settings(kind)
    sent = authorised(auth)
    added = "".join(value for value in sent.headers.values()) + sent.url.removeprefix(URL)
    assert bool(auth.secrets()) == bool(added)
    assert not any(secret in repr(auth) for secret in auth.secrets())
    if kind != "query":
        assert not added or any(secret in added for secret in auth.secrets())


@pytest.mark.parametrize(
    ("kind", "changed", "says"),
    [
        ("basic", {"username": "a:b"}, "colon"),
        ("basic", {"password": ""}, "password is empty"),
        ("bearer", {"token": ""}, "token is empty: is its variable set"),
        ("bearer", {"token": "hunter2\n"}, "token holds a line break"),
        ("header", {"name": "X Key"}, "header's name"),
        ("header", {"value": "hunter2\r\nX: 1"}, "value holds a line break"),
        ("query", {"name": ""}, "name is empty"),
        ("query", {"value": ""}, "value is empty"),
        ("bearer", {"tokn": "x"}, "unknown field"),
    ],
)
def test_settings_that_cannot_work_are_refused_at_load(kind: str, changed: dict[str, str], says: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=says) as refused:
        settings(kind, **changed)
    assert "hunter2" not in str(refused.value)


def test_an_unknown_type_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError, match="kerberos"):
        msgspec.convert({"type": "kerberos"}, AuthSettings)


def test_a_header_secret_may_be_any_text() -> None:
    assert authorised(HeaderAuth(name="X-Key", value="密钥 1")).headers == {"X-Key": "密钥 1"}
