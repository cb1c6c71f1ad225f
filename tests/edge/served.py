"""A web process to test from outside; says on which port it listens. Takes leave for as many seconds as it is told."""

import sys

from raw_http import Site

from relay.web.listening import listen
from relay.web.server import make_server

if __name__ == "__main__":
    socket = listen("127.0.0.1", 0)
    print(socket.getsockname()[1], flush=True)
    server = make_server(Site().app())
    server.leaves_s = float(sys.argv[1])
    server.run([socket])
    print("clean", flush=True)
