"""What `relay init` writes runs as it stands against played systems: an event is signed, booked, and told of."""

from contextlib import AsyncExitStack
from pathlib import Path

from running import folder_of, until

from relay.cli import main
from relay.emulators import emulator
from relay.emulators.stage.emulator import Emulator
from relay.emulators.stage.serving import serving


async def booked(folder: Path, source: str, *systems: str) -> list[Emulator]:
    """The played systems, once the sample has come to its end in the first of them."""
    assert main(["init", str(folder), "--source", source, "--erp", systems[0], "--callback"]) == 0
    written = {name: (folder / name).read_text() for name in ("routes.yaml", ".env", "sample.json")}
    async with AsyncExitStack() as stack:
        played = [emulator(name) for name in systems]
        for number, each in enumerate(played):
            at = await stack.enter_async_context(serving(each))
            written[".env"] = written[".env"].replace(f"http://127.0.0.1:{8090 + number}", at)
        routes = written.pop("routes.yaml")
        relay = await stack.enter_async_context(folder_of(routes, files=written))
        await relay.start()
        found = await relay.run("send", "--source", source, "sample.json", "--wait")
        assert found.code == 0, found
        await until(lambda: told(played))
    return played


async def told(played: list[Emulator]) -> bool:
    """Whether each of them has something in its books."""
    return all(each.books.entries for each in played)


async def test_a_flow_of_ekuaibao_is_read_posted_to_kingdee_and_its_voucher_written_back(tmp_path: Path) -> None:
    kingdee, ekuaibao = await booked(tmp_path, "ekuaibao", "kingdee-k3cloud", "ekuaibao")
    (voucher,), (written,) = kingdee.books.entries, ekuaibao.books.entries
    assert str(voucher.amount) == "21950.00"
    assert written.document["voucherNo"] == voucher.number
