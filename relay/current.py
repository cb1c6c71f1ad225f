"""The configuration in force in this process, and what keeps it from another: what agreeing.py found out."""

from relay import metrics
from relay.configuration import Config
from relay.errors import Refused
from relay.signals import Signal, tell
from relay.texts import _

RETRY_AFTER_S = 1


class Current:
    """Call it for the Config. `uncertain`: why the version in force isn't known here, or can't be loaded; None where
    this process runs it. `differs`: how the file of this host stands to it, where that is another."""

    def __init__(self) -> None:
        self._config: Config | None = None
        self.uncertain: str | None = _("the version in force isn't known yet")
        self.differs: str | None = None
        self._refused_file: tuple[str, str] | None = None
        self._refused_version: tuple[str, str] | None = None

    def __call__(self) -> Config:
        """The last one that was in force here; before the first, what the file of this host says."""
        if self._config is None:
            raise RuntimeError("nothing is loaded yet")
        return self._config

    def certain(self) -> Config:
        """For what must not happen under another version than the one in force. Raises Refused (503)."""
        if self.uncertain:
            raise Refused(503, "not_ready", self.uncertain, RETRY_AFTER_S)
        return self()

    @property
    def version(self) -> str | None:
        """None before the first."""
        return self._config.version if self._config else None

    @property
    def refused(self) -> tuple[str, str] | None:
        """What tells a refused change from others, and its faults."""
        return self._refused_version or self._refused_file

    @property
    def is_behind(self) -> bool:
        """Whether another version is in force than this process runs, because it can't be loaded here."""
        return self._refused_version is not None

    @property
    def warning(self) -> str | None:
        """What a person should know, in a line."""
        if self._refused_version:
            return _first(self._refused_version[1])
        if self._refused_file:
            return _("a file that was saved is refused: {fault}", fault=_first(self._refused_file[1]))
        return self.differs

    def take(self, config: Config, *, is_told: bool) -> None:
        """From here on it is in force."""
        is_new, self._config, self.uncertain = config.version != self.version, config, None
        self.accept_version()
        if is_new and is_told:
            tell(Signal.CONFIG_LOADED, "it is in force", config=config.version)

    def take_for_now(self, config: Config) -> None:
        """Until it is known what is in force."""
        self._config = config

    def doubt(self, why: str) -> None:
        """Nothing is in force."""
        if why != self.uncertain:
            tell(Signal.CONFIG_REFUSED, why)
        self.uncertain = why

    def refuse_file(self, digest: str, faults: str) -> None:
        """A change of the file here. `digest`: of what is refused, the same in every process of this host."""
        self._refused_file = digest, faults
        stays = "the configuration before it stays in force"
        tell(Signal.CONFIG_REFUSED, f"the change is refused, {stays}:\n{faults}")
        self._count()

    def accept_file(self) -> None:
        self._refused_file = None
        self._count()

    def refuse_version(self, version: str, faults: str) -> None:
        """The one in force, which can't be loaded here."""
        what = _("the version {version} is in force and can't be loaded here: {faults}", version=version, faults=faults)
        told, self._refused_version = self._refused_version, (version, what)
        if self.uncertain:
            self.uncertain = what
        if told != self._refused_version:
            tell(Signal.CONFIG_REFUSED, what)
        self._count()

    def accept_version(self) -> None:
        self._refused_version = None
        self._count()

    def differ(self, how: str | None) -> None:
        """Told once."""
        if how and how != self.differs:
            tell(Signal.CONFIG_DIFFERS, how)
        self.differs = how

    def _count(self) -> None:
        metrics.config_refused.set(int(self.refused is not None))


def _first(text: str) -> str:
    return text.partition("\n")[0]
