"""JSON Schema files, compiled by jsonschema-rs, which checks decimals as decimals."""

from collections.abc import Sequence
from decimal import Decimal
from itertools import islice
from typing import Any
from urllib.parse import quote, unquote

from jsonschema_rs import ReferencingError, ValidationError, Validator, validator_for

from relay.config.document import read
from relay.config.files import Files
from relay.config.places import Faults
from relay.errors import ConfigError, Fault, RelayError
from relay.money import BadJson, decode_json
from relay.texts import _

_BASE = "file:///"
_MOST_TOLD, _MOST_LOOKED_AT, _LONGEST = 5, 100, 200
_LARGEST = 1 << 64  # from here on jsonschema-rs (0.60) compares a limit as a double


class JsonSchema:
    """A schema that data is checked against."""

    def __init__(self, validator: Validator) -> None:
        self._validator = validator

    def fault(self, value: Any, called: str) -> str | None:
        found = list(islice(self._validator.iter_errors(value), _MOST_LOOKED_AT))
        if not found:
            return None
        told = sorted(f"{_place(called, error.instance_path)}: {error.message[:_LONGEST]}" for error in found)
        more = len(told) - _MOST_TOLD
        return "; ".join(told[:_MOST_TOLD]) + (_("; and {more} more", more=more) if more > 0 else "")


def compiled(file: str, files: Files) -> JsonSchema:
    """From a file in JSON or YAML beside routes.yaml, with the files that it refers to. Raises RelayError."""

    def refer(uri: str) -> Any:
        if not uri.startswith(_BASE):
            raise RelayError(_("it isn't a file beside routes.yaml"))
        return _tree(unquote(uri.removeprefix(_BASE)), files)

    tree = _tree(file, files)
    if not isinstance(tree, dict):
        raise RelayError(_("the schema {file} is no object", file=file), remedy=_("begin it with type: or properties:"))
    if _has_too_large(tree):
        raise RelayError(
            _("the schema {file} has a number from 2^64 on", file=file), remedy=_("that can't be exact: take a smaller")
        )
    try:
        return JsonSchema(validator_for(tree, mask="it", retriever=refer, base_uri=_BASE + quote(file)))
    except ValidationError as error:
        what = _(
            "the schema {file} can't be used: {place}: {message}",
            file=file,
            place=_place("", error.instance_path),
            message=error.message,
        )
        raise RelayError(what.replace(": : ", ": "), remedy=_("mend it there")) from None
    except (ReferencingError, ValueError) as error:
        raise RelayError(
            _("the schema {file} can't be used: {error}", file=file, error=error), remedy=_("mend it there")
        ) from None


def _tree(file: str, files: Files) -> Any:
    content = files.text(file)
    if not file.endswith((".yaml", ".yml")):
        try:
            return decode_json(content.encode())
        except BadJson as error:
            raise RelayError(
                _("the schema {file} can't be read: {what}", file=file, what=error.what), remedy=_("mend it there")
            ) from None
    faults = Faults(file)
    try:
        tree = read(content.encode(), faults).tree
        faults.raise_any()
    except (Fault, ConfigError) as error:
        raise RelayError(_("the schema {file} can't be read: {error}", file=file, error=error)) from None
    return tree


def _has_too_large(tree: Any) -> bool:
    if isinstance(tree, dict | list):
        return any(map(_has_too_large, tree.values() if isinstance(tree, dict) else tree))
    return isinstance(tree, int | Decimal) and not -_LARGEST < tree < _LARGEST


def _place(called: str, path: Sequence[str | int]) -> str:
    return called + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
