"""The canary: a program that tries to get out of the sandbox."""

from __future__ import annotations

from pathlib import Path

CONTAINED = "contained"

_PROGRAM = """\
import ctypes, os, socket, sys

SECRET = {secret!r}
escaped = []

def attempt(name, act):
    try:
        act()
    except OSError:
        return
    escaped.append(name)

attempt("read a file outside", lambda: open(SECRET).read())
attempt("write a file outside", lambda: open(SECRET, "a").close())
attempt("make a file outside", lambda: open(SECRET + ".made", "x").close())
attempt("list a folder outside", lambda: os.listdir(os.path.dirname(SECRET)))
attempt("change a file's mode outside", lambda: os.chmod(SECRET, 0o600))
attempt("open a socket", lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM))
attempt("open a unix socket", lambda: socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
def make_segment():
    libc = ctypes.CDLL(None)
    segment = libc.shmget(0, 4096, 0o1600)
    if segment < 0:
        raise OSError("refused")
    libc.shmctl(segment, 0, None)

attempt("make a shared memory segment", make_segment)
attempt("make a process", lambda: os.fork() or os._exit(0))
attempt("signal the parent", lambda: os.kill(os.getppid(), 0))
if set(os.environ) - {{"LC_CTYPE", "PWD"}}:
    escaped.append("see the environment")
with open("own.txt", "w") as own:
    own.write("a file of its own is allowed")
print("escaped: " + ", ".join(escaped) if escaped else {contained!r})
"""


def canary_program(secret: Path) -> str:
    """Return the program; it prints CONTAINED when every way out is closed.

    ``secret`` is a file outside the sandbox that this process can read and write.
    """
    return _PROGRAM.format(secret=str(secret), contained=CONTAINED)
