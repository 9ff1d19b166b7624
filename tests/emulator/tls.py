"""An emulator behind TLS: `python tls.py UPSTREAM FOLDER`. See README.md.

Writes the certificate of its own authority to FOLDER/ca.pem, prints its address, and passes the bytes of each connection
on to UPSTREAM (host:port). Ends when its standard input closes.
"""

import datetime
import ipaddress
import socket
import ssl
import sys
import threading
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


def certificate(name, issuer, key, signer, extensions):
    today = datetime.datetime.now(datetime.timezone.utc)
    builder = x509.CertificateBuilder(
        subject_name=x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]),
        issuer_name=x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]),
        public_key=key.public_key(),
        serial_number=x509.random_serial_number(),
        not_valid_before=today - datetime.timedelta(days=1),
        not_valid_after=today + datetime.timedelta(days=2),
    )
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    return builder.sign(signer, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def context(folder):
    """The server's side of TLS, with a new certificate of a new authority."""
    authority, server = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    ca = certificate("Test CA", "Test CA", authority, authority, [(x509.BasicConstraints(True, None), True)])
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    usage = x509.ExtendedKeyUsage([x509.oid.ExtendedKeyUsageOID.SERVER_AUTH])
    own = certificate("127.0.0.1", "Test CA", server, authority, [(names, False), (usage, False)])
    key = server.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "ca.pem").write_bytes(ca)
    (folder / "server.pem").write_bytes(own + key)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(folder / "server.pem")
    return tls


def copy(source, target):
    try:
        while data := source.recv(65536):
            target.sendall(data)
    except OSError:
        pass
    finally:
        for end in (source, target):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


def serve(connection, tls, upstream):
    try:
        inner = tls.wrap_socket(connection, server_side=True)
    except (OSError, ssl.SSLError):
        return  # the client does not trust the certificate
    outer = socket.create_connection(upstream)
    threading.Thread(target=copy, args=(outer, inner), daemon=True).start()
    copy(inner, outer)


def accept(listener, tls, upstream):
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=serve, args=(connection, tls, upstream), daemon=True).start()


def main():
    host, _, port = sys.argv[1].rpartition(":")
    tls = context(Path(sys.argv[2]))
    listener = socket.create_server(("127.0.0.1", 0))
    print(f"https://127.0.0.1:{listener.getsockname()[1]}", flush=True)
    threading.Thread(target=accept, args=(listener, tls, (host, int(port))), daemon=True).start()
    sys.stdin.read()


if __name__ == "__main__":
    main()
