"""A supervised Redis on a data folder, whose supervisor is killed."""

import signal
import subprocess
import sys
from pathlib import Path

from redis import Redis

from relay.redis_server import url

PROGRAM = Path(__file__).with_name("owning.py")


def test_after_kill_9_the_next_one_starts_at_once_and_finds_everything(every_server: Path, data: Path) -> None:
    command = [sys.executable, str(PROGRAM), str(every_server), str(data)]
    for n in range(4):
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
            assert process.stdout.readline() == b"ready\n"
            with Redis.from_url(url(data)) as redis:
                assert redis.incr("starts") == n + 1
            process.send_signal(signal.SIGTERM if n == 3 else signal.SIGKILL)
    assert process.returncode == 0
    assert not (data / "redis.sock").exists()
