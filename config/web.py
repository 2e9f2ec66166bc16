"""gunicorn's threaded worker with a pace: whoever sends more slowly loses the thread, and nobody waits in the loop."""

import errno
import selectors
import socket
import time
from functools import partial
from typing import Any

from gunicorn import util
from gunicorn.workers.gthread import TConn, ThreadWorker

from config.env import env

# The pace: this many bytes in this many seconds of waiting for them, or the whole of what is sent if it is less.
PACE_BYTES = 64 * 1024
PACE_SECONDS = env.float("PACE_SECONDS", default=20.0)
# How long an answer may take on its way to the caller.
SEND_SECONDS = 300.0
# How long the rest of a refused body is taken in, so that its sender still reads the refusal.
LINGER_SECONDS = 1.0
_TRY_AGAIN = (errno.EAGAIN, errno.ECONNABORTED, errno.EWOULDBLOCK)


class Paced:
    """The reading side of a socket. `recv` raises TimeoutError once the sender falls behind the pace.

    Only waiting counts, so a sender is not blamed for the time in which we do not read.
    """

    def __init__(self, sock: socket.socket, seconds: float = PACE_SECONDS) -> None:
        self._sock = sock
        self.begin(seconds)

    def begin(self, seconds: float = PACE_SECONDS) -> None:
        """Start anew, for another request or at another pace."""
        self._seconds, self._waited, self._received = seconds, 0.0, 0

    def recv(self, size: int) -> bytes:
        """The next bytes; empty at the end."""
        began = time.monotonic()
        self._sock.settimeout(max(self._seconds - self._waited, 0.001))
        try:
            data = self._sock.recv(size)
        except TimeoutError:
            # With this number gunicorn takes it for a sender who hung up, and does not fill the log with it.
            raise TimeoutError(errno.ECONNRESET, "slower than the pace") from None
        finally:
            self._waited += time.monotonic() - began
            self._sock.settimeout(SEND_SECONDS)
        self._received += len(data)
        if self._received >= PACE_BYTES:
            self.begin(self._seconds)
        return data


class PacedConn(TConn):
    """A connection that is read at a pace and closed without waiting: its thread has lingered already."""

    def init(self) -> None:
        fresh = not self.initialized
        super().init()
        if self.is_http2:
            return
        if fresh:
            self.parser.unreader.sock = Paced(self.sock)
        else:
            self.parser.unreader.sock.begin()

    def close(self, graceful: bool = False) -> None:
        util.close(self.sock)


class PacedWorker(ThreadWorker):
    """A new connection takes a thread with its first byte, and gives it back when the sender is too slow."""

    def accept(self, listener: socket.socket) -> None:
        """Let a new connection wait in the loop for its first byte."""
        try:
            client, address = listener.accept()
        except OSError as refused:
            if refused.errno not in _TRY_AGAIN:
                raise
            return
        self.nr_conns += 1
        conn = PacedConn(self.cfg, client, address, listener.getsockname())
        conn.set_timeout()
        self.pending_conns.append(conn)
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(self.on_pending_socket_readable, conn))

    def handle(self, conn: PacedConn) -> Any:
        """Serve one request; a connection that ends lingers here, in a thread, and not in the loop."""
        kept = super().handle(conn)
        if not kept:
            util.close_graceful(conn.sock, timeout=LINGER_SECONDS)
        return kept

    def _keepalive_after(self, conn: PacedConn, keepalive: bool) -> bool:
        conn.parser.unreader.sock.begin(LINGER_SECONDS)
        return bool(super()._keepalive_after(conn, keepalive))
