"""What holds of every kind of `auth:`; a new one enters by standing in AuthSettings, and fails without an example."""

import copy
from typing import Any, get_args

import msgspec
import pytest
from played_logins import LANGUAGE, MOMENT, REQUEST, authorised, compiled, examples, session_of

from relay.destination import Session
from relay.destinations.auth import AuthSettings
from relay.errors import RelayError
from relay.masking import Mask
from relay.record import shown_request
from relay.sessions import _texts

KINDS = [get_args(kind)[0].__struct_config__.tag for kind in get_args(AuthSettings)]  # each is Annotated
SECRETS = (
    "p-secret-1",
    "pass-1",
    "tok-1234",
    "key-1234",
    "c-secret",
    "t-secret",
    "tok-fresh-1",
    "csrf-fresh-1",
    "b1-1",
)
kinds = pytest.mark.parametrize("kind", KINDS)


def test_each_kind_has_an_example() -> None:
    assert set(KINDS) == set(examples())


@kinds
def test_a_request_is_authorised_alike_under_the_same_moment_and_session(kind: str) -> None:
    auth = compiled(kind)
    session = session_of(auth, examples()[kind][1])
    before = copy.deepcopy(REQUEST)
    assert auth.authorise(REQUEST, session, MOMENT) == auth.authorise(REQUEST, session, MOMENT)
    assert before == REQUEST


@kinds
def test_the_rest_of_the_request_stays_as_it_was_rendered(kind: str) -> None:
    sent = authorised(kind)
    assert sent.method == REQUEST.method
    assert sent.url.startswith(REQUEST.url)
    assert sent.headers.items() >= REQUEST.headers.items()
    assert sent.body.startswith(REQUEST.body[:-1])
    assert kind == "sign" or sent.body == REQUEST.body


@kinds
def test_nothing_secret_is_left_where_a_request_is_shown(kind: str) -> None:
    auth = compiled(kind)
    session = session_of(auth, examples()[kind][1])
    sent = auth.authorise(REQUEST, session, MOMENT)
    mask = Mask(auth.secrets()).beside(tuple(_texts(session)) if session else ())
    shown = str(shown_request(sent, mask))
    assert not [secret for secret in SECRETS if secret in shown]


@kinds
def test_settings_are_never_printed(kind: str) -> None:
    read = msgspec.convert({"type": kind, **examples()[kind][0]}, AuthSettings)
    assert repr(read) == f"{type(read).__name__}(...)"


def _texts_of(settings: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(settings, dict):
        return [path for key, value in settings.items() for path in _texts_of(value, (*at, key))]
    return [at] if isinstance(settings, str) and at[-1] in SECRET_KEYS else []


SECRET_KEYS = {"password", "token", "value", "consumer_secret", "token_secret", "client_secret", "key"}
PLACES = [(kind, path) for kind, (settings, _) in examples().items() for path in _texts_of(settings) if kind != "login"]


def _changed(kind: str, path: tuple[Any, ...], value: str) -> dict[str, Any]:
    settings = copy.deepcopy(examples()[kind][0])
    inner = settings
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    return settings


@pytest.mark.parametrize(("kind", "path"), PLACES)
def test_an_empty_secret_is_refused_at_load(kind: str, path: tuple[Any, ...]) -> None:
    with pytest.raises(msgspec.ValidationError, match="empty"):
        msgspec.convert({"type": kind, **_changed(kind, path, "")}, AuthSettings)


@pytest.mark.parametrize(("kind", "path"), [place for place in PLACES if place[0] != "jwt"])
def test_a_secret_with_a_line_break_is_refused_at_load_and_not_repeated(kind: str, path: tuple[Any, ...]) -> None:
    with pytest.raises(msgspec.ValidationError, match="line break") as refused:
        msgspec.convert({"type": kind, **_changed(kind, path, "hunter2\r\nX: 1")}, AuthSettings)
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if examples()[kind][1]])
def test_what_a_login_brought_cannot_write_a_second_header(kind: str) -> None:
    auth = compiled(kind)
    bad = Session(values={"token": "x\r\nX-Evil: 1", "auth": {}, "lasts": 1}, cookies={"a": "b"})
    with pytest.raises(RelayError, match="control character"):
        auth.authorise(REQUEST, bad, MOMENT)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if compiled(kind).login])
def test_other_credentials_have_another_fingerprint_and_the_same_ones_the_same(kind: str) -> None:
    key = {"jwt": "issuer", "csrf": "url"}.get(kind)
    other = {key: "https://other.example.com"} if key else {}
    language = LANGUAGE if key else LANGUAGE.knowing("vars", {"base": "https://erp.example.com", "password": "p-2"})
    assert compiled(kind).login.fingerprint == compiled(kind).login.fingerprint
    assert compiled(kind).login.fingerprint != compiled(kind, language, **other).login.fingerprint
    assert "p-secret-1" not in compiled(kind).login.fingerprint


def test_a_fixed_secret_with_braces_is_taken_as_it_is() -> None:
    assert authorised("bearer", token="{{ odd }}").headers["Authorization"] == "Bearer {{ odd }}"


def test_a_value_that_comes_out_empty_is_refused_with_its_place() -> None:
    language = LANGUAGE.knowing("vars", {"base": "https://x", "password": ""})
    with pytest.raises(RelayError, match="password is empty"):
        compiled("basic", language)
