"""An emulator of the AWS services that the tests call: `python server.py --port 0`. See README.md."""

import argparse
import os
import signal
import socket
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

# Before moto is imported: no settings of the caller's may change what the tests see.
for name in [name for name in os.environ if name.startswith(("MOTO_", "AWS_"))]:
    del os.environ[name]
os.environ["MOTO_DISABLE_GLOBAL_CORS"] = "true"
os.environ["MOTO_ALLOW_NONEXISTENT_REGION"] = "true"  # AWS opens regions faster than moto learns of them
os.environ["AWS_CONFIG_FILE"] = os.environ["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull

from control import Control  # noqa: E402
from front import Front  # noqa: E402


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def handle_error(self, request, client_address):
        """Clients that give up on a connection are part of the tests."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # keep-alive
    disable_nagle_algorithm = True
    wbufsize = -1  # head and body in one segment
    front = None
    control = None

    def serve(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        url = urlsplit(self.path)
        if url.path.startswith("/_emulator/"):
            answer = self.control.answer(self.command, url.path, url.query, body)
        else:
            answer = self.front.answer(self.command, unquote(url.path), url.query, self.headers, body)
        if answer.drop:
            self.hang_up()
            return
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.filler:
            self.fill(answer)
            return
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if answer.cut:
            self.wfile.write(answer.body[: len(answer.body) // 2])
            self.wfile.flush()
            self.hang_up()
            return
        self.wfile.write(answer.body)

    def fill(self, answer):
        """The body and blanks, without a length; the connection ends the answer."""
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(answer.body)
        endless, left = answer.filler == float("inf"), answer.filler
        while left > 0:
            self.wfile.write(b" " if endless else b" " * (1 << 16))
            self.wfile.flush()
            left -= 1 << 16
            if endless:
                time.sleep(0.1)
        self.hang_up()

    do_GET = do_POST = do_PUT = do_DELETE = serve

    def hang_up(self):
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, *args):
        pass


def prepare():
    """Sets up the services; to be called once, before `listen`."""
    Handler.front = Front()
    Handler.control = Control(Handler.front)


def listen(port=0):
    """A server that accepts connections from now on and answers them when `serve_forever` runs."""
    return Server(("127.0.0.1", port), Handler)


def announce(server):
    print(f"listening on http://127.0.0.1:{server.server_address[1]}", flush=True)


def exit_with(file):
    """Exits at the end of `file`, a pipe: its other end closes when the process that started us ends, however it ends."""

    def wait():
        while file.read(4096):
            pass
        os._exit(0)

    threading.Thread(target=wait, daemon=True).start()


def exit_on_sigterm():
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0, the default, takes a free one")
    port = parser.parse_args().port
    exit_on_sigterm()
    prepare()
    server = listen(port)
    exit_with(sys.stdin.buffer)
    announce(server)
    server.serve_forever()


if __name__ == "__main__":
    main()
