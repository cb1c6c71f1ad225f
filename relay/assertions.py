"""Signs the JWTs that logins ask for. Only the worker loads this, at its first."""

from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from relay.destination import Assertion


def signed(assertion: Assertion) -> str:
    """The token, in compact form (RFC 7519). Raises ValueError on a key that doesn't go with the algorithm."""
    kind = ECKey if assertion.algorithm.startswith("ES") else RSAKey
    named = {"kid": assertion.key_id} if assertion.key_id else {}
    header = {"alg": assertion.algorithm, "typ": "JWT", **named}
    return jwt.encode(header, assertion.claims, kind.import_key(assertion.key), algorithms=[assertion.algorithm])
