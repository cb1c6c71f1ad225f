"""What `relay up` does with its Redis alone: owns a data folder, dismisses what was left there, supervises a server."""

import asyncio
import sys
from pathlib import Path

from relay.redis_server import command, dismiss, owned, ready
from relay.supervisor import Child, Supervisor


async def main(server: Path, data: Path) -> None:
    async def is_ready() -> bool:
        answers = await ready(data)
        if answers:
            print("ready", flush=True)
        return answers

    with owned(data):
        await dismiss(data)
        await Supervisor([[Child(name="redis", command=command(server, data), ready=is_ready)]]).run()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), Path(sys.argv[2])))
