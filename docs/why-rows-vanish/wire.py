"""A recording proxy for PostgreSQL: what a client really says, and what it is answered.

The log of a program says what the program meant. This proxy sits between
libpq and the server and reads the frontend/backend protocol as it passes, so
it also sees what neither the program nor its library logs: the COMMIT that was
never sent, and the COMMIT that the server answers with ROLLBACK. It reads the
simple query protocol (psycopg2 speaks nothing else) without TLS.
"""

import socket
import string
import struct
import threading


class Statement:
    """One statement: the connection it came over, its text, and the server's answer."""

    def __init__(self, connection, sql):
        self.connection, self.sql, self.answer = connection, sql, ""

    def __str__(self):
        words = self.sql.split()
        verb = words[0].upper()
        # One word says it all, except for savepoints (their name) and DDL (the table).
        text = verb if verb in ("INSERT", "SELECT") else " ".join(words[:4])
        if verb in ("CREATE", "DROP"):
            text = " ".join(words[:3])
        if self.answer == "ERROR" or verb == "COMMIT" != self.answer:
            return f"{text} (answer: {self.answer})"
        return text


class Wire:
    """Listens on a loopback port and forwards to the server at (host, port).

    The statement ignored is the observer's own question and leaves no trace.
    """

    def __init__(self, host, port, ignored):
        self.server, self.ignored = (host, port), ignored
        self.statements = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def clear(self):
        """Forgets what was seen so far, e.g. what a driver asks when it connects."""
        self.statements = []

    def summary(self):
        """The statements in order, repeats counted; connections named A, B, … when there are several."""
        names = dict(zip(dict.fromkeys(s.connection for s in self.statements), string.ascii_uppercase))
        parts = []
        for s in self.statements:
            text = str(s) if len(names) < 2 else f"{names[s.connection]}: {s}"
            if parts and parts[-1][0] == text:
                parts[-1][1] += 1
            else:
                parts.append([text, 1])
        return "; ".join(text if n == 1 else f"{text} ×{n}" for text, n in parts)

    def _accept(self):
        while True:
            client, address = self.listener.accept()
            upstream = socket.create_connection(self.server)
            pending = []
            for args in ((client, upstream, address, pending, True), (upstream, client, address, pending, False)):
                threading.Thread(target=self._pump, args=args, daemon=True).start()

    def _pump(self, source, target, connection, pending, from_client):
        """Passes bytes on, and hands every whole message to _read first."""
        # A client's first message, the start-up packet, has no type byte.
        buffer, typed = b"", not from_client
        try:
            while chunk := source.recv(65536):
                buffer += chunk
                while len(buffer) >= typed + 4:
                    end = typed + struct.unpack_from("!I", buffer, typed)[0]
                    if len(buffer) < end:
                        break
                    if typed:
                        self._read(buffer[:1], buffer[5:end], connection, pending, from_client)
                    buffer, typed = buffer[end:], True
                target.sendall(chunk)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # one side hung up: so do we

    def _read(self, kind, body, connection, pending, from_client):
        if from_client and kind == b"Q":
            statement = Statement(connection, body.rstrip(b"\0").decode())
            pending.append(statement)
            if statement.sql != self.ignored:
                self.statements.append(statement)
        elif not from_client and kind == b"C" and pending:
            pending[-1].answer = body.rstrip(b"\0").decode()
        elif not from_client and kind == b"E" and pending:
            pending[-1].answer = "ERROR"
