"""Which hosts a payload may choose: those that routes.yaml lists; and which of these may be private."""

import msgspec


class Hosts(msgspec.Struct, frozen=True, kw_only=True):
    """In lower case. `named`: written out whole, where private networks are allowed as in any address of the file;
    `below`: what a name must end in (`.example.com`), and then it must be public, whatever it resolves to."""

    named: frozenset[str] = frozenset()
    below: tuple[str, ...] = ()

    def names(self, host: str) -> bool:
        """Whether it is written out."""
        return _spelled(host) in self.named

    def covers(self, host: str) -> bool:
        """Whether it is below one of the domains."""
        return _spelled(host).endswith(self.below) if self.below else False


def _spelled(host: str) -> str:
    return host.lower().removesuffix(".")
