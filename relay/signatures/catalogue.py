"""The signature schemes by name. A file beside this one is a scheme; its name is what routes.yaml says."""

import difflib
from functools import cache
from pathlib import Path

import msgspec
import yaml

from relay.errors import RelayError
from relay.signature import Scheme
from relay.signatures.algorithm import Algorithm
from relay.signatures.asymmetric import Ed25519, RsaSha256
from relay.signatures.record import Record
from relay.signatures.shared import Basic, Hmac, Token
from relay.signatures.spelled import SpelledScheme
from relay.signatures.unsigned import Unsigned
from relay.signatures.vocabulary import Vocabulary

_SHIPPED = Path(__file__).parent


def names() -> list[str]:
    """The names of the shipped schemes, sorted."""
    return sorted(path.stem for path in _SHIPPED.glob("*.yaml"))


@cache
def record(name: str) -> Record:
    """What the shipped file says. Raises RelayError on an unknown name, with the nearest one."""
    if name not in names():
        raise RelayError(f"there is no signature scheme {name[:40]!r}", remedy=_nearest(name))
    text = (_SHIPPED / f"{name}.yaml").read_text(encoding="utf-8")
    return msgspec.convert(yaml.safe_load(text), Record)


@cache
def load(name: str) -> Scheme:
    """The shipped scheme of that name. Raises RelayError on an unknown name, with the nearest one."""
    return _compiled(name, record(name))


def spelled(mapping: Vocabulary) -> Scheme:
    """The scheme that a mapping spells out."""
    return _compiled(mapping.algorithm, Record(verify=mapping))


def _compiled(name: str, scheme: Record) -> Scheme:
    if scheme.verify.algorithm == "none":
        return Unsigned(name, scheme)
    return SpelledScheme(name, scheme, _algorithm(scheme.verify))


def _algorithm(words: Vocabulary) -> Algorithm:
    match words.algorithm:
        case "rsa-sha256":
            return RsaSha256(words.encoding)
        case "ed25519":
            return Ed25519(words.encoding)
        case "token":
            return Token()
        case "basic":
            return Basic()
        case _:
            return Hmac(words.algorithm.removeprefix("hmac-"), words.key, words.encoding)


def _nearest(name: str) -> str:
    near = difflib.get_close_matches(name, names(), n=1)
    return f"did you mean {near[0]}?" if near else f"there are {', '.join(names())}"
