"""The supervisor's configuration, and the part of it that comes from the environment.

No path stands in the file: supervisor cuts a value at `` ;`` and `` #``, expands ``%``, and splits
commands as a shell does. It takes paths from variables as they are.
"""

from __future__ import annotations

import shlex
import sys

from cli.stack.paths import SERVICES, StackPaths

# supervisord restarts a process at once when it ran for startsecs, and waits a second longer
# each time when it did not, for as long as it takes: what keeps a service from starting may be
# mended (a damaged model file, a full disk), and tasks wait for it. startsecs is longer than a
# start that fails takes on a slow machine, so that no failure is tried again without a pause.
_PROGRAM = """
[program:{name}]
command=%(ENV_MESH_SUPERVISED_PYTHON)s -m {name}_service
autostart=true
autorestart=unexpected
exitcodes=0
startsecs=10
startretries=1000000
stopsignal=TERM
stopwaitsecs={stop_seconds}
stopasgroup=false
killasgroup=true
redirect_stderr=true
stdout_logfile=%(ENV_MESH_SUPERVISED_LOG_FILES)s/{name}.log
stdout_logfile_maxbytes=10MB
stdout_logfile_backups=3
"""

# Groups stop one after the other, the highest number first, and the services of one at once: the
# agent ends while those that its tasks need are there.
_HEAD = """\
[unix_http_server]
file=%(ENV_MESH_SUPERVISED_SOCKET)s
chmod=0600

[supervisord]
logfile=%(ENV_MESH_SUPERVISED_LOGS)s/supervisord.log
logfile_maxbytes=5MB
logfile_backups=1
loglevel=info
pidfile=%(ENV_MESH_SUPERVISED_RUN)s/supervisord.pid
childlogdir=%(ENV_MESH_SUPERVISED_LOGS)s
nodaemon=false
silent=true
umask=077

[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface

[group:agent]
programs=agent
priority=2

[group:others]
programs={others}
priority=1
"""


def stop_seconds(drain_seconds: float) -> int:
    """Return how long a service may take to stop: its work drains, then its streams, then spans."""
    return int(2 * drain_seconds) + 10


def render(drain_seconds: float) -> str:
    """Return the configuration of a stack."""
    head = _HEAD.format(others=",".join(name for name in SERVICES if name != "agent"))
    patience = stop_seconds(drain_seconds)
    return head + "".join(_PROGRAM.format(name=name, stop_seconds=patience) for name in SERVICES)


def variables(paths: StackPaths) -> dict[str, str]:
    """Return the variables that the configuration takes its paths from."""
    return {
        "MESH_SUPERVISED_PYTHON": shlex.quote(sys.executable),
        "MESH_SUPERVISED_SOCKET": str(paths.socket),
        "MESH_SUPERVISED_RUN": str(paths.run),
        "MESH_SUPERVISED_LOGS": str(paths.logs),
        # Supervisor expands the names of log files a second time.
        "MESH_SUPERVISED_LOG_FILES": str(paths.logs).replace("%", "%%"),
    }
