"""How Relay proves itself to a destination: what the `auth:` of routes.yaml may be, by its `type`."""

from typing import Annotated

from relay.described import says
from relay.destinations.auths.csrf import CsrfAuth
from relay.destinations.auths.fixed import BasicAuth, BearerAuth, HeaderAuth, NoneAuth, QueryAuth
from relay.destinations.auths.jwt import JwtAuth
from relay.destinations.auths.login import LoginAuth
from relay.destinations.auths.oauth1 import OAuth1Auth
from relay.destinations.auths.oauth2 import OAuth2Auth
from relay.destinations.auths.sign import SignAuth

AuthSettings = (
    Annotated[NoneAuth, says("nothing")]
    | Annotated[BasicAuth, says("a user and a password (RFC 7617), as UTF-8")]
    | Annotated[BearerAuth, says("a token that doesn't change (RFC 6750)")]
    | Annotated[HeaderAuth, says("a secret in a header")]
    | Annotated[QueryAuth, says("a secret in the URL's query")]
    | Annotated[OAuth1Auth, says("RFC 5849, a new nonce and time for each request")]
    | Annotated[OAuth2Auth, says("a token from a token server (RFC 6749)")]
    | Annotated[JwtAuth, says("a bearer token that Relay signs itself (RFC 7519)")]
    | Annotated[SignAuth, says("keys that are worked out for each request: a time, a nonce, a signature")]
    | Annotated[CsrfAuth, says("an X-CSRF-Token with its cookies, fetched first and sent along")]
    | Annotated[LoginAuth, says("a login spelled out, whose session goes with each request")]
)
__all__ = ["AuthSettings", "BasicAuth", "BearerAuth", "HeaderAuth", "NoneAuth", "QueryAuth"]
