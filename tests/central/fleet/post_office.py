"""Real servers on loopback that take webhooks and mail, with the moods that such servers have."""

from __future__ import annotations

import queue
import socketserver
import ssl
import threading
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import Message
from http.server import BaseHTTPRequestHandler, HTTPServer
from ipaddress import ip_address
from pathlib import Path
from types import TracebackType
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


class _Server:
    """Runs a socketserver in a thread between `with` and its end."""

    def __init__(self, server: socketserver.BaseServer) -> None:
        self._server = server
        self.port: int = server.server_address[1]
        self._thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join(60)
        self._server.server_close()


class HookServer(_Server):
    """Takes webhooks: answers with the codes of `answers`, then with 204."""

    def __init__(self, *answers: int) -> None:
        self.got: queue.Queue[tuple[dict[str, str], bytes]] = queue.Queue()
        moods = list(answers)
        got = self.got

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                code = moods.pop(0) if moods else 204
                self.send_response(code)
                self.send_header("Location", "http://127.0.0.1:9/elsewhere")
                self.end_headers()
                if code == 204:
                    got.put((dict(self.headers), body))

            def log_message(self, *_: object) -> None:
                pass

        super().__init__(HTTPServer(("127.0.0.1", 0), Handler))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/gates"


class MailServer(_Server):
    """Speaks as much SMTP as a client needs. `certificate` and key: it offers STARTTLS."""

    def __init__(self, *, refuses: str = "", certificate: Path | None = None) -> None:
        """`refuses`: an address that it does not take mail for."""
        self.got: queue.Queue[tuple[tuple[str, ...], Message]] = queue.Queue()
        got = self.got

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                self._say("220 made up")
                to: list[str] = []
                while line := self.rfile.readline().decode().strip():
                    word = line.split(":")[0].upper()
                    if word.startswith("EHLO"):
                        offers = certificate is not None and not isinstance(self.request, ssl.SSLSocket)
                        self._say("250-made up\r\n250 STARTTLS" if offers else "250 made up")
                    elif word == "STARTTLS":
                        try:
                            self._encrypt()
                        except ssl.SSLError:  # the client does not believe us
                            return
                    elif word == "RCPT TO":
                        address = line.partition("<")[2].partition(">")[0]
                        if address != refuses:
                            to.append(address)
                        self._say("550 nobody" if address == refuses else "250 ok")
                    elif word == "DATA":
                        self._say("354 go on")
                        mail = b""
                        while (row := self.rfile.readline()) != b".\r\n":
                            mail += row
                        got.put((tuple(to), message_from_bytes(mail)))
                        self._say("250 taken")
                    elif word == "QUIT":
                        self._say("221 bye")
                        return
                    else:
                        self._say("250 ok")

            def finish(self) -> None:
                super().finish()
                self.request.close()  # the server closes only what it was connected by before encryption

            def _say(self, text: str) -> None:
                self.wfile.write(f"{text}\r\n".encode())

            def _encrypt(self) -> None:
                assert certificate is not None
                self._say("220 go on")
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                context.load_cert_chain(certificate)
                self.request = context.wrap_socket(self.request, server_side=True)
                self.rfile = self.request.makefile("rb")
                self.wfile = self.request.makefile("wb", buffering=0)

        super().__init__(socketserver.TCPServer(("127.0.0.1", 0), Handler))


def made_up_certificate(path: Path) -> Path:
    """A certificate for 127.0.0.1 with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "made up")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    return path
