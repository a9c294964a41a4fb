"""Serves the app in a process that may talk to this machine only; every other attempt is refused and written down.

usage: guarded_server.py PORT LOG
"""

from __future__ import annotations

import ipaddress
import sys
from pathlib import Path

LOG = Path(sys.argv[2])


def _refuse_foreign(event: str, arguments: tuple[object, ...]) -> None:
    if event not in ("socket.connect", "socket.getaddrinfo", "socket.sendto"):
        return
    address = arguments[1] if event in ("socket.connect", "socket.sendto") else arguments
    host = address[0] if isinstance(address, tuple) else address
    if host in (None, "", b"") or not isinstance(host, str | bytes):
        return
    name = host.decode() if isinstance(host, bytes) else host
    try:
        foreign = not (ipaddress.ip_address(name).is_loopback or ipaddress.ip_address(name).is_unspecified)
    except ValueError:
        foreign = name != "localhost" and not name.startswith(("/", "\0"))
    if foreign:
        with LOG.open("a", encoding="utf-8") as log:
            log.write(f"{event} {name}\n")
        raise OSError(101, "Network is unreachable")


if __name__ == "__main__":
    sys.addaudithook(_refuse_foreign)
    from streamlit.web.cli import main

    sys.argv = ["streamlit", "run", "app.py", "--server.port", sys.argv[1], "--server.address", "127.0.0.1"]
    main()
