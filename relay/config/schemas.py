"""The `schema:` of sources and destinations. The library is loaded where a file has one: others don't pay for it."""

from importlib import import_module

from relay.config.document import Path
from relay.config.loading import Loading
from relay.errors import RelayError
from relay.schema import Schema

_READER = "relay.config.json_schema"


def schema_of(file: str | None, loading: Loading, path: Path) -> Schema | None:
    """The compiled schema; None where none is said, or with a fault."""
    if file is None:
        return None
    try:
        found: Schema = import_module(_READER).compiled(file, loading.files)
    except RelayError as error:
        loading.caught(path, RelayError(error.what, "", error.remedy))
        return None
    return found
