"""A web process to test from outside; says on which port it listens."""

from raw_http import Site

from relay.web.listening import listen
from relay.web.server import make_server

if __name__ == "__main__":
    socket = listen("127.0.0.1", 0)
    print(socket.getsockname()[1], flush=True)
    make_server(Site().app()).run([socket])
    print("clean", flush=True)
