"""How Relay proves itself to a destination: what the `auth:` of routes.yaml may be, by its `type`."""

from relay.destinations.auths.csrf import CsrfAuth
from relay.destinations.auths.fixed import BasicAuth, BearerAuth, HeaderAuth, NoneAuth, QueryAuth
from relay.destinations.auths.jwt import JwtAuth
from relay.destinations.auths.login import LoginAuth
from relay.destinations.auths.oauth1 import OAuth1Auth
from relay.destinations.auths.oauth2 import OAuth2Auth
from relay.destinations.auths.sign import SignAuth

AuthSettings = (
    NoneAuth
    | BasicAuth
    | BearerAuth
    | HeaderAuth
    | QueryAuth
    | OAuth1Auth
    | OAuth2Auth
    | JwtAuth
    | SignAuth
    | CsrfAuth
    | LoginAuth
)
__all__ = ["AuthSettings", "BasicAuth", "BearerAuth", "HeaderAuth", "NoneAuth", "QueryAuth"]
