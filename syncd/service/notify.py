"""What the daemon tells systemd (`Type=notify`): one datagram a word, see sd_notify(3). Silent elsewhere."""

from __future__ import annotations

import os
import socket

import structlog

log = structlog.get_logger()


def notify(state: str) -> None:
    """Send e.g. `READY=1`, where somebody listens (NOTIFY_SOCKET)."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
            sender.connect(f"\0{address[1:]}" if address.startswith("@") else address)
            sender.sendall(state.encode())
    except OSError as error:
        log.warning("notify_failed", state=state, reason=error.strerror)


def watchdog_s() -> float | None:
    """Seconds in which systemd wants a sign of life (`WatchdogSec`); None when it wants none of this process."""
    usec, pid = os.environ.get("WATCHDOG_USEC", ""), os.environ.get("WATCHDOG_PID", "")
    if not usec.isdecimal() or int(usec) == 0 or (pid and pid != str(os.getpid())):
        return None
    return int(usec) / 1_000_000
