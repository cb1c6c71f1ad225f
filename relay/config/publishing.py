"""Who publishes the keys of a source's requests: its scheme's words and its own variables into what runs."""

from collections.abc import Mapping

from relay.config.document import Path
from relay.config.loading import Loading
from relay.errors import RelayError
from relay.publisher import Publisher
from relay.publishers.spelled import SpelledPublisher
from relay.signatures.record import Record
from relay.texts import _


def publisher_of(record: Record, variables: Mapping[str, str], loading: Loading, path: Path) -> Publisher | None:
    """None where no keys are fetched, or with a fault; `path`: the source's."""
    words = next((each for each in record.alternatives if each.keys), None)
    if words is None or words.keys is None or _lacking(record, variables, loading, path):
        return None
    if len(record.alternatives) > 1:
        loading.fault((*path, "verify"), _("a list of schemes can't have keys"), _("keep the one that has them"))
    header = words.header if isinstance(words.header, str) else ""
    try:
        return SpelledPublisher(words.keys, variables, header)
    except RelayError as error:
        loading.caught((*path, "verify"), RelayError(error.what, "", error.remedy))
        return None


def _lacking(record: Record, variables: Mapping[str, str], loading: Loading, path: Path) -> bool:
    """Whether a variable is missing, here or in the environment, which was said."""
    unset = any(loading.variables.failed((*path, "vars", name)) for name in variables)
    return unset or not all(variables.get(name) for name in record.needs)
