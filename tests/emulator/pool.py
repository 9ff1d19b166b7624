"""Starts and stops emulators on request: `python pool.py`. See README.md.

Importing moto and answering the first call of each service take more than a second. This process does both once; each
emulator is a fork of it, which starts in milliseconds and shares no state with another one.
"""

import argparse
import gc
import os
import signal
import subprocess
import sys
from pathlib import Path

import server

# One call of each service: moto loads the service's definitions at the first one.
FIRST_CALLS = [
    ("iam", "Action=GetAccountAuthorizationDetails&Version=2010-05-08", None),
    ("sts", "Action=GetCallerIdentity&Version=2011-06-15", None),
    ("cognito-idp", '{"MaxResults": 1}', "AWSCognitoIdentityProviderService.ListUserPools"),
    ("cognito-identity", '{"MaxResults": 1}', "AWSCognitoIdentityService.ListIdentityPools"),
    ("tagging", "{}", "ResourceGroupsTaggingAPI_20170126.GetResources"),
    ("organizations", "{}", "AWSOrganizationsV20161128.ListRoots"),
]


class Forks:
    """Emulators that are forks of this process."""

    def __init__(self):
        server.prepare()
        warm_up()
        # The collector would write to every object, so that the forks could not share the memory.
        gc.collect()
        gc.freeze()
        # Only this process holds the second end, so a fork reads the end of the file when this process is gone.
        self.alive, self.held = os.pipe()

    def start(self):
        """The address and the process of a new emulator."""
        listener = server.listen()
        pid = os.fork()
        if pid == 0:
            self._serve(listener)
        listener.server_close()
        return f"http://127.0.0.1:{listener.server_address[1]}", pid

    def stop(self, pid):
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)

    def _serve(self, listener):
        try:
            os.close(self.held)
            os.dup2(2, 1)  # the pipe of the answers belongs to the parent
            server.exit_with(os.fdopen(self.alive, "rb"))
            listener.serve_forever()
        finally:
            os._exit(1)


class Processes:
    """Emulators that are processes of their own, where there is no fork (Windows)."""

    COMMAND = [sys.executable, str(Path(__file__).with_name("server.py")), "--port", "0"]

    def start(self):
        process = subprocess.Popen(self.COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        return process.stdout.readline().strip().removeprefix("listening on "), process

    def stop(self, process):
        process.kill()
        process.wait()
        process.stdin.close()
        process.stdout.close()


def warm_up():
    front, control = server.Handler.front, server.Handler.control
    for service, body, target in FIRST_CALLS:
        scope = f"AKIA{'0' * 12}TEST/20260101/us-east-1/{service}/aws4_request"
        headers = {
            "Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0",
            "Content-Type": "application/x-amz-json-1.1" if target else "application/x-www-form-urlencoded",
        }
        if target:
            headers["X-Amz-Target"] = target
        front.answer("POST", "/", "", headers, body.encode())
    control.delete_seed(None, {})
    front.reset_counts()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--no-fork", action="store_true", help="a process for each emulator, as on Windows")
    no_fork = parser.parse_args().no_fork or not hasattr(os, "fork")
    server.exit_on_sigterm()
    emulators = Processes() if no_fork else Forks()
    running = {}
    for line in sys.stdin:
        order, _, address = line.strip().partition(" ")
        if order == "start":
            address, emulator = emulators.start()
            running[address] = emulator
            print(f"listening on {address}", flush=True)
        elif order == "stop" and address in running:
            emulators.stop(running.pop(address))
            print(f"stopped {address}", flush=True)
        else:
            print(f"error: no {line.strip()!r}", flush=True)


if __name__ == "__main__":
    main()
