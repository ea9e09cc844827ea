"""A port for a process that must know its own address before it starts."""

import socket


def free_port() -> int:
    """One of loopback's that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
