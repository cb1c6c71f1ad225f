"""What a name resolves to is looked at as the socket is made: names that change their mind, and odd spellings.

Nothing leaves loopback: a resolver of the test's own answers, and what is refused never had a socket.
"""

import socket
from collections.abc import Sequence

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult
from servers import answering, serving

from relay.destination import Request
from relay.errors import Unsendable, Unsent
from relay.transport.client import Transport

METADATA = "169.254.169.254"


class Names(AbstractResolver):
    """Answers with the next of its answers each time, the last for ever; `asked` are the names."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self._answers = list(answers)
        self.asked: list[str] = []

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        self.asked.append(host)
        addresses = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        return [
            ResolveResult(
                hostname=host,
                host=each,
                port=port,
                proto=0,
                flags=socket.AI_NUMERICHOST,
                family=socket.AF_INET6 if ":" in each else socket.AF_INET,
            )
            for each in addresses
        ]

    async def close(self) -> None:
        """Nothing is open."""


async def post(names: AbstractResolver | None, url: str, *, public: bool = False) -> int:
    request = Request(method="POST", url=url, headers={}, body=b"{}", public=public)
    async with Transport(resolver=names) as transport:
        return (await transport.send(request, 5_000, fresh=True)).status


async def test_a_name_that_changes_its_mind_is_looked_at_each_time() -> None:
    names = Names(["127.0.0.1"], [METADATA])
    async with serving(answering(200)) as server:
        url = f"http://erp.example.com:{server.port}/"
        assert await post(names, url) == 200
        with pytest.raises(Unsent, match="metadata"):
            await post(names, url)
    assert (server.connections, names.asked) == (1, ["erp.example.com"] * 2)


@pytest.mark.parametrize("address", [METADATA, "fe80::1", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe"])
async def test_of_several_addresses_the_forbidden_one_is_passed_over(address: str) -> None:
    async with serving(answering(200)) as server:
        assert await post(Names([address, "127.0.0.1"]), f"http://erp.example.com:{server.port}/") == 200
    with pytest.raises(Unsent, match="metadata") as refused:
        await post(Names([address, METADATA]), "http://erp.example.com/")
    assert not isinstance(refused.value, Unsendable)


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "::1", "10.0.0.8", "192.168.0.1", METADATA, "::ffff:10.0.0.8", "fd00::1"]
)
async def test_a_host_that_the_payload_chose_leads_to_no_private_network(address: str) -> None:
    """It is the document's fault, so the lane goes on."""
    async with serving(answering(200)) as server:
        with pytest.raises(Unsendable, match="in no public network"):
            await post(Names([address]), f"http://a.example.org:{server.port}/", public=True)
        with pytest.raises(Unsendable, match="in no public network"):
            await post(Names([address, "127.0.0.1"]), f"http://a.example.org:{server.port}/", public=True)
    assert server.connections == 0


async def test_a_private_address_written_out_is_none_that_a_payload_may_choose() -> None:
    async with serving(answering(200)) as server:
        with pytest.raises(Unsendable, match="in no public network"):
            await post(None, server.url, public=True)
    assert server.connections == 0


@pytest.mark.parametrize(
    "host",
    [
        "2852039166",
        "0xA9FEA9FE",
        "0251.0376.0251.0376",
        "0xa9.0xfe.0xa9.0xfe",
        "169.254.43518",
        "169.16689662",
        "169.254.169.254.",
        "0xA9FEA9FE.",
        "127.1",
        "1.2.3.4.5",
        "erp.169",
    ],
)
async def test_an_address_in_an_odd_spelling_is_refused_before_anybody_is_asked(host: str) -> None:
    names = Names(["127.0.0.1"])
    with pytest.raises(Unsendable, match="odd spelling"):
        await post(names, f"http://{host}/")
    assert names.asked == []


@pytest.mark.parametrize(
    "host",
    ["[fe80::1%25lo]", "[fe80::1%lo]", "[::169.254.169.254]", "[2002:a9fe:a9fe::]", "[64:FF9B::169.254.169.254]"],
)
async def test_an_address_of_version_6_in_disguise_gets_no_socket(host: str) -> None:
    with pytest.raises(Unsent, match=r"metadata|can't be read"):
        await post(None, f"http://{host}/")


@pytest.mark.parametrize(
    "host", ["１６９.254.169.254", "①⑥⑨.254.169.254", "169。254。169。254", "%31%36%39.254.169.254"]
)
async def test_digits_in_other_letters_reach_nobody(host: str) -> None:
    names = Names([METADATA])
    with pytest.raises(Unsent):
        await post(names, f"http://{host}/")
