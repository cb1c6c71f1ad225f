"""The signature schemes by name. A file beside this one is a scheme; its name is what routes.yaml says."""

import difflib
from functools import cache
from importlib import import_module
from pathlib import Path

import msgspec
import yaml

from relay.errors import RelayError
from relay.signature import Scheme
from relay.signatures.algorithm import Algorithm
from relay.signatures.alternatives import Alternatives
from relay.signatures.asymmetric import Ed25519, RsaSha256
from relay.signatures.record import Record
from relay.signatures.shared import Basic, Hash, Hmac, Token
from relay.signatures.spelled import SpelledScheme
from relay.signatures.unsigned import Unsigned
from relay.signatures.vocabulary import Vocabulary
from relay.texts import _

_SHIPPED = Path(__file__).parent
_JWT = "relay.signatures.signed_token"  # with a library for JWTs: other schemes don't pay for it


def names() -> list[str]:
    """The names of the shipped schemes, sorted."""
    return sorted(path.stem for path in _SHIPPED.glob("*.yaml"))


@cache
def record(name: str) -> Record:
    """What the shipped file says. Raises RelayError on an unknown name, with the nearest one."""
    if name not in names():
        raise RelayError(_("there is no signature scheme {name}", name=repr(name[:40])), remedy=_nearest(name))
    text = (_SHIPPED / f"{name}.yaml").read_text(encoding="utf-8")
    return msgspec.convert(yaml.safe_load(text), Record)


@cache
def load(name: str) -> Scheme:
    """The shipped scheme of that name. Raises RelayError on an unknown name, with the nearest one."""
    return _compiled(name, record(name))


def spelled(words: Vocabulary | list[Vocabulary]) -> Scheme:
    """The scheme that a mapping spells out, or a list of mappings. Raises RelayError on one that can't be."""
    record = Record(verify=words)
    return _compiled(record.alternatives[0].algorithm if record.alternatives else "none", record)


def _compiled(name: str, record: Record) -> Scheme:
    schemes = [_scheme(name, record, words) for words in record.alternatives]
    if len(schemes) == 1:
        return schemes[0]
    if not schemes or any(scheme.open for scheme in schemes):
        raise RelayError(_("a list of schemes has one at least, and none isn't among them"), remedy=_("take none out"))
    return Alternatives(name, record, schemes)


def _scheme(name: str, record: Record, words: Vocabulary) -> Scheme:
    if words.algorithm == "none":
        return Unsigned(name, record)
    if words.algorithm == "jwt-es256":
        token: Scheme = import_module(_JWT).SignedToken(name, record, words)
        return token
    return SpelledScheme(name, record, words, _algorithm(words))


def _algorithm(words: Vocabulary) -> Algorithm:
    match words.algorithm:
        case "rsa-sha256" | "rsa-pss-sha256":
            return RsaSha256(words.encoding, pss=words.algorithm == "rsa-pss-sha256")
        case "ed25519":
            return Ed25519(words.encoding, raw=words.key == "whpk")
        case "token":
            return Token()
        case "basic":
            return Basic()
        case "hash-sha1" | "hash-sha256":
            return Hash(words.algorithm.removeprefix("hash-"), words.encoding)
        case _:
            return Hmac(words.algorithm.removeprefix("hmac-"), words.key, words.encoding)


def _nearest(name: str) -> str:
    near = difflib.get_close_matches(name, names(), n=1)
    return _("did you mean {near}?", near=near[0]) if near else _("there are {names}", names=", ".join(names()))
