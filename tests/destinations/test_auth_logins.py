"""What each kind of login asks for, what it makes of the answers, and what it puts on a request."""

import base64
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import msgspec
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey
from oauthlib.common import Request as OAuthlibRequest
from oauthlib.oauth1.rfc5849.signature import collect_parameters, verify_hmac_sha256
from played_logins import (
    CSRF,
    LANGUAGE,
    MOMENT,
    OPENED,
    REQUEST,
    TOKEN,
    authorised,
    compiled,
    converse,
    ec_key,
    rsa_key,
    said,
)

from relay.assertions import signed
from relay.destination import Answer, Assertion, Moment, Request
from relay.destinations.auths.oauth2 import ASSERTION_TYPE
from relay.errors import LoginLater, LoginRefused, RelayError

FORM = "application/x-www-form-urlencoded"


def form_of(request: Request) -> dict[str, str]:
    assert (request.method, request.headers["Content-Type"]) == ("POST", FORM)
    return dict(parse_qsl(request.body.decode()))


def asked(kind: str, *answers: Answer, kept: dict[str, str] | None = None, **changed: Any) -> list[Any]:
    return converse(compiled(kind, **changed), list(answers) or [TOKEN], kept)[1]


def test_client_credentials_stand_in_the_header_encoded_as_a_form() -> None:
    (request,) = asked("oauth2", client_id="re lay", client_secret="s:e+c", scope="a b")
    assert form_of(request) == {"grant_type": "client_credentials", "scope": "a b"}
    assert request.headers["Authorization"] == f"Basic {base64.b64encode(b're+lay:s%3Ae%2Bc').decode()}"


def test_client_credentials_may_stand_in_the_body_beside_whatever_a_server_wants() -> None:
    (request,) = asked("oauth2", client_auth="body", audience="erp", params={"resource": "r"})
    assert form_of(request) == {
        "grant_type": "client_credentials",
        "client_id": "relay",
        "client_secret": "p-secret-1",
        "audience": "erp",
        "resource": "r",
    }
    assert "Authorization" not in request.headers


def test_a_password_grant_names_the_user() -> None:
    (request,) = asked("oauth2", grant="password", username="u", password="{{ vars.password }}")
    assert form_of(request) == {"grant_type": "password", "username": "u", "password": "p-secret-1"}


def test_a_client_proves_itself_by_an_assertion() -> None:
    """RFC 7523, 2.2."""
    auth = compiled(
        "oauth2", client_auth="private_key", client_secret=None, key=rsa_key(), key_id="k1", algorithm="PS256"
    )
    _, (assertion, request) = converse(auth, [TOKEN])
    claims = {"iss": "relay", "sub": "relay", "aud": "https://erp.example.com/token"}
    assert assertion.claims.items() >= claims.items()
    assert (assertion.algorithm, assertion.key_id) == ("PS256", "k1")
    assert form_of(request) == {
        "grant_type": "client_credentials",
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": "signed-token-1",
    }


def test_a_jwt_bearer_speaks_for_a_user() -> None:
    """RFC 7523, 2.1."""
    auth = compiled("oauth2", grant="jwt_bearer", client_secret=None, key=rsa_key(), username="u", audience="aud")
    _, (assertion, request) = converse(auth, [TOKEN])
    assert (assertion.claims["sub"], assertion.claims["aud"]) == ("u", "aud")
    assert form_of(request) == {
        "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "assertion": "signed-token-1",
    }


@pytest.mark.parametrize(("kept", "given"), [({}, "first"), ({"refresh_token": "newest"}, "newest")])
def test_the_newest_refresh_token_is_used_and_the_one_that_comes_back_is_kept(kept: dict[str, str], given: str) -> None:
    auth = compiled("oauth2", grant="refresh_token", refresh_token="first")
    rotated = said(200, {"access_token": "a", "expires_in": "60", "refresh_token": "next"})
    session, (request,) = converse(auth, [rotated], kept)
    assert form_of(request)["refresh_token"] == given
    assert (session.kept, session.lasts_ms) == ({"refresh_token": "next"}, 60_000)
    session, _ = converse(auth, [said(200, {"access_token": "a"})], kept)
    assert (session.kept, session.lasts_ms) == ({"refresh_token": given}, 3_600_000)


@pytest.mark.parametrize(
    ("answer", "error", "says"),
    [
        (said(401, {"error": "invalid_client"}), LoginRefused, "answered 401: invalid_client"),
        (said(400, {"error": "invalid_grant", "error_description": "of hunter2"}), LoginRefused, "invalid_grant"),
        (said(200, {"error": "hunter2 IS NO CODE"}), LoginRefused, "answered 200"),
        (said(403), LoginRefused, "answered 403"),
        (said(200, {"access_token": ""}), LoginRefused, "answered 200"),
        (said(400, {"error": "temporarily_unavailable"}), LoginLater, "put off"),
        (said(503, {"access_token": "x"}), LoginLater, "answered 503"),
        (said(404), LoginLater, "answered 404"),
        (said(302, Location="https://sso.example.com/x"), LoginLater, "redirected to sso.example.com"),
        (Answer(status=200, headers={}, body=b"<html>sign in</html>"), LoginLater, "HTML page"),
    ],
)
def test_a_token_server_that_says_no_is_told_from_one_that_says_nothing(
    answer: Answer, error: type[RelayError], says: str
) -> None:
    with pytest.raises(error, match=says) as fault:
        asked("oauth2", answer)
    assert "hunter2" not in str(fault.value)


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"grant": "password", "username": "u"}, "password is missing"),
        ({"grant": "refresh_token"}, "refresh_token is missing"),
        ({"grant": "jwt_bearer"}, "key is missing"),
        ({"client_secret": None}, "client_secret is missing"),
        ({"token_url": "erp.example.com"}, "token_url is no address"),
        ({"key": "no key"}, "no private key"),
        ({"lasts": "1 hour"}, "lasts: '1 hour' is no duration"),
    ],
)
def test_settings_that_miss_something_are_refused(changed: dict[str, Any], says: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=says):
        compiled("oauth2", **changed)


@pytest.mark.parametrize("algorithm", ["RS256", "PS256", "ES256"])
def test_a_jwt_is_signed_by_its_key_and_says_who_for_whom_and_until_when(algorithm: str) -> None:
    key = ec_key() if algorithm == "ES256" else rsa_key()
    auth = compiled("jwt", key=key, algorithm=algorithm, key_id="k1", subject="s", audience="a", claims={"scope": "x"})
    session, (assertion,) = converse(auth, [])
    kind = ECKey if algorithm == "ES256" else RSAKey
    token = jwt.decode(signed(assertion), kind.import_key(key), algorithms=[algorithm])
    now = MOMENT.now_ms // 1000
    times = {"iat": now, "exp": now + 3600, "jti": MOMENT.nonce}
    assert token.claims == {"iss": "relay", "sub": "s", "aud": "a", "scope": "x", **times}
    assert (token.header["alg"], token.header["kid"]) == (algorithm, "k1")
    assert session.lasts_ms == 3_600_000


@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
def test_a_key_of_another_algorithm_is_refused_at_load(algorithm: str) -> None:
    key = rsa_key() if algorithm == "ES256" else ec_key()
    with pytest.raises(msgspec.ValidationError, match=f"doesn't go with {algorithm}"):
        compiled("jwt", key=key, algorithm=algorithm)


def test_an_assertion_is_never_printed() -> None:
    assert repr(Assertion(key="k", algorithm="RS256", key_id=None, claims={})) == "Assertion(...)"


def test_a_csrf_token_goes_with_its_cookies_and_the_inner_auth() -> None:
    session, (fetch,) = converse(compiled("csrf"), [CSRF])
    basic = f"Basic {base64.b64encode(b'u:pass-1').decode()}"
    assert (fetch.method, fetch.headers) == ("HEAD", {"X-CSRF-Token": "Fetch", "Authorization": basic})
    assert session.lasts_ms is None
    sent = authorised("csrf", msgspec.structs.replace(REQUEST, headers={"cookie": "a=1"}))
    assert sent.headers == {
        "Cookie": "a=1; SAP_SESSIONID=sap-1; sap-usercontext=c-1",
        "Authorization": basic,
        "X-CSRF-Token": "csrf-fresh-1",
    }


def test_a_csrf_token_may_be_fetched_under_a_token_of_its_own() -> None:
    inner = {"type": "oauth2", "token_url": "{{ vars.base }}/token", "client_id": "c", "client_secret": "s"}
    auth = compiled("csrf", auth=inner)
    session, (login, fetch) = converse(auth, [TOKEN, CSRF])
    assert (login.url, fetch.headers["Authorization"]) == ("https://erp.example.com/token", "Bearer tok-fresh-1")
    assert session.lasts_ms == 600_000
    assert auth.authorise(REQUEST, session, MOMENT).headers["Authorization"] == "Bearer tok-fresh-1"


@pytest.mark.parametrize(
    ("answer", "error"),
    [(said(401), LoginRefused), (said(200), LoginRefused), (said(503), LoginLater), (said(404), LoginLater)],
)
def test_a_fetch_without_a_token_is_no_login(answer: Answer, error: type[RelayError]) -> None:
    with pytest.raises(error):
        converse(compiled("csrf"), [answer])


def test_a_login_takes_what_it_is_told_and_puts_it_where_it_is_told() -> None:
    session, (request,) = converse(compiled("login"), [OPENED])
    assert (request.url, request.body) == (
        "https://erp.example.com/login",
        b'{"user":"relay","password":"p-secret-1"}',
    )
    assert session.values == {"token": "tok-fresh-1", "lasts": 1800}
    assert (session.cookies, session.lasts_ms) == ({"B1SESSION": "b1-1"}, 1_800_000)
    sent = authorised("login")
    assert (sent.headers["X-Token"], sent.headers["Cookie"]) == ("tok-fresh-1", "B1SESSION=b1-1")
    assert len(parse_qs(urlsplit(sent.url).query)["sign"][0]) == 64


def test_later_requests_of_a_login_see_what_the_first_brought_and_send_its_cookies() -> None:
    """As 云苍穹 has it: an app token, then a login with it."""
    requests = [
        {"url": "https://k/getAppToken.do", "form": {"appId": "a"}, "take": {"app": "{{ body.data.app_token }}"}},
        {
            "method": "GET",
            "url": "https://k/login.do",
            "query": {"apptoken": "{{ session.app }}"},
            "take": {"token": "{{ body.data.access_token }}"},
        },
    ]
    headers = {"access_token": "{{ session.token }}"}
    auth = compiled("login", requests=requests, cookies=True, lasts="2h", headers=headers, query={})
    answers = [
        said(200, {"data": {"app_token": "app-1"}}, Set_Cookie="s=1"),
        said(200, {"data": {"access_token": "t-1"}}),
    ]
    session, (first, second) = converse(auth, answers)
    assert (first.body, first.headers) == (b"appId=a", {"Content-Type": FORM})
    assert (second.url, second.headers) == ("https://k/login.do?apptoken=app-1", {"Cookie": "s=1"})
    assert (session.cookies, session.lasts_ms) == ({"s": "1"}, 7_200_000)
    assert auth.authorise(REQUEST, session, MOMENT).headers["access_token"] == "t-1"


@pytest.mark.parametrize(
    ("answer", "error", "says"),
    [
        (said(200, {"ok": False, "why": "wrong password"}), LoginRefused, "refused: wrong password"),
        (said(200, {"ok": False, "busy": True}), LoginLater, "come later"),
        (said(200, {"ok": True, "lasts": 5}), LoginRefused, "has no token"),
        (said(200, {"ok": True, "token": "t", "lasts": "soon"}, Set_Cookie="B1SESSION=1"), LoginRefused, "in seconds"),
        (said(200, {"ok": True, "token": "t", "lasts": 5}), LoginRefused, "no cookie B1SESSION"),
        (said(401, {"ok": False}), LoginRefused, "answered 401"),
        (said(429, Retry_After="9"), LoginLater, "answered 429"),
        (Answer(status=200, headers={}, body=b"<html>"), LoginLater, "HTML page"),
    ],
)
def test_a_login_that_fails_is_told_from_one_that_is_put_off(
    answer: Answer, error: type[RelayError], says: str
) -> None:
    with pytest.raises(error, match=says):
        converse(compiled("login"), [answer])


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"requests": []}, "requests is empty"),
        ({"cookies": False, "headers": {}, "query": {}}, "goes nowhere"),
        ({"headers": {"X Y": "1"}}, "isn't a header's name"),
        ({"lasts": "long"}, "lasts: 'long' is no duration"),
        ({"requests": [{"url": "x"}]}, "url is no address"),
        ({"requests": [{"url": "https://x", "body": {}, "form": {}}]}, "exclude each other"),
    ],
)
def test_a_login_that_cannot_work_is_refused_at_load(changed: dict[str, Any], says: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=says):
        compiled("login", **changed)


def test_a_name_that_no_request_takes_is_refused_with_its_place_and_the_nearest() -> None:
    with pytest.raises(RelayError, match=r"session\.tokn") as fault:
        compiled("login", headers={"X-Token": "{{ session.tokn }}"})
    assert fault.value.where == "headers.X-Token"
    assert "token" in fault.value.remedy


def test_keys_are_added_to_a_body_behind_the_others_and_none_of_its_bytes_changes() -> None:
    sent = authorised("sign")
    assert sent.body == b'{"total": 12.30,"at":1700000000}'
    empty = authorised("sign", msgspec.structs.replace(REQUEST, body=b"{ }"))
    assert empty.body == b'{"at":1700000000}'


def test_a_document_that_is_read_gets_no_body_by_its_login() -> None:
    asked = msgspec.structs.replace(REQUEST, method="GET", body=b"")
    assert authorised("sign", asked).body == b""


@pytest.mark.parametrize(("body", "says"), [(b"[1]", "no JSON object"), (b"x=1", "no JSON"), (b'{"at": 1}', "'at'")])
def test_keys_are_added_to_a_json_object_alone_and_never_in_place_of_its_own(body: bytes, says: str) -> None:
    with pytest.raises(RelayError, match=says):
        authorised("sign", msgspec.structs.replace(REQUEST, body=body))


def test_a_signature_sees_the_request_as_it_leaves() -> None:
    sent = authorised(
        "sign",
        query={"t": "{{ now.compact }}"},
        headers={"X": "{{ request.method ~ request.path ~ request.query ~ request.body }}"},
        body={},
    )
    assert sent.headers["X"] == 'POST/apia=%2f&t=20231114221320{"total": 12.30}'


def test_a_signature_of_bytes_that_are_no_utf_8_is_of_these_bytes() -> None:
    gbk = "凭证".encode("gbk")
    sent = authorised(
        "sign", msgspec.structs.replace(REQUEST, body=gbk), headers={"X": "{{ request.body | hex }}"}, body={}
    )
    assert sent.headers["X"] == gbk.hex()


def test_oauth1_signs_as_its_specification_does() -> None:
    """OAuth Core 1.0, appendix A.5: https://oauth.net/core/1.0/#anchor30."""
    url = "http://photos.example.net/photos?file=vacation.jpg&size=original"
    request = Request(method="GET", url=url, headers={}, body=b"")
    auth = compiled(
        "oauth1",
        consumer_key="dpf43f3p2l4k3l03",
        consumer_secret="kd94hf93k423kf44",
        token="nnch734d00sl2jdk",
        token_secret="pfkkdhi9sl3r4s00",
        realm="http://photos.example.net/",
        method="HMAC-SHA1",
    )
    moment = Moment(now_ms=1_191_242_096_000, nonce="kllo9940pd9333jh")
    sent = auth.authorise(request, None, moment).headers["Authorization"]
    parts = dict(part.split("=", 1) for part in sent.removeprefix("OAuth ").split(", "))
    assert parts["oauth_signature"] == '"tR3%2BTy81lMeYAr%2FFid0kMTYa%2FWM%3D"'
    assert parts["realm"] == '"http://photos.example.net/"'


def test_each_request_of_oauth1_has_a_nonce_and_a_time_of_its_own() -> None:
    auth = compiled("oauth1")
    later = msgspec.structs.replace(MOMENT, nonce="other")
    first, second = (auth.authorise(REQUEST, None, at).headers["Authorization"] for at in (MOMENT, later))
    assert first != second
    assert 'oauth_signature_method="HMAC-SHA256"' in first
    assert 'realm="R"' in first


def test_oauth1_signs_the_fields_of_a_form_and_no_other_body() -> None:
    auth = compiled("oauth1")

    def signature(content_type: str, body: bytes) -> str:
        request = msgspec.structs.replace(REQUEST, headers={"Content-Type": content_type}, body=body)
        return auth.authorise(request, None, MOMENT).headers["Authorization"]

    assert signature(FORM, b"a=1") != signature(FORM, b"a=2")
    assert signature("application/json", b"1") == signature("application/json", b"2")


def test_values_that_are_not_there_are_refused_with_the_place() -> None:
    with pytest.raises(RelayError, match="bas") as fault:
        compiled("oauth2", LANGUAGE, token_url="{{ vars.bas }}/token")
    assert fault.value.where == "token_url"


@pytest.mark.parametrize(
    "url", ["https://e.example.com/r/v1/bill?q=a%20b&q=%E5%87%AD&empty=", "http://127.0.0.1:8080/r"]
)
def test_another_library_finds_the_signature_of_oauth1_right(url: str) -> None:
    sent = compiled("oauth1").authorise(msgspec.structs.replace(REQUEST, url=url), None, MOMENT)
    params = collect_parameters(uri_query=urlsplit(url).query, headers=sent.headers, exclude_oauth_signature=False)
    request = OAuthlibRequest(url, "POST", headers=sent.headers)
    request.signature = dict(params).pop("oauth_signature")
    request.params = [pair for pair in params if pair[0] != "oauth_signature"]
    assert verify_hmac_sha256(request, "c-secret", "t-secret")
    assert not verify_hmac_sha256(request, "c-secret", "another")
