"""Runs a command in a pseudo-terminal and prints what it wrote there, and how it ended, as JSON.

    terminal.py '{"columns": 80, "stdin": "text", "hold": 2, "interrupt_on": null, "stderr": null}' COMMAND...

Standard input is a pipe, which stays open for `hold` seconds. `stderr` is a file instead of the terminal. Ctrl-C is typed
once the text `interrupt_on` is on the terminal.
"""

import fcntl
import json
import os
import pty
import select
import struct
import sys
import termios
import time

options, command = json.loads(sys.argv[1]), sys.argv[2:]
read_end, write_end = os.pipe()
pid, terminal = pty.fork()
if pid == 0:
    fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", 24, options["columns"], 0, 0))
    os.dup2(read_end, 0)
    os.closerange(3, 256)
    if options.get("stderr"):
        os.dup2(os.open(options["stderr"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644), 2)
    os.execvp(command[0], command)
os.close(read_end)
os.write(write_end, options["stdin"].encode())
shown, interrupted = b"", False
close_at, give_up_at = time.monotonic() + options["hold"], time.monotonic() + 60
while True:
    if write_end is not None and time.monotonic() >= close_at:
        os.close(write_end)
        write_end = None
    if time.monotonic() > give_up_at:
        sys.exit("the command does not end:\n" + shown.decode(errors="replace"))
    ready, _, _ = select.select([terminal], [], [], 0.02)
    if not ready:
        continue
    try:
        chunk = os.read(terminal, 65536)
    except OSError:
        break
    if not chunk:
        break
    shown += chunk
    wanted = options.get("interrupt_on")
    if wanted and not interrupted and wanted.encode() in shown:
        interrupted = True
        os.write(terminal, b"\x03")
_, status = os.waitpid(pid, 0)
ended = {"code": os.WEXITSTATUS(status)} if os.WIFEXITED(status) else {"signal": os.WTERMSIG(status)}
print(json.dumps({"shown": shown.decode(), **ended}))
