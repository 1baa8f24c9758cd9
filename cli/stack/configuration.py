"""The supervisor's configuration."""

from __future__ import annotations

import sys

from cli.stack.paths import SERVICES, StackPaths

# supervisord restarts a process at once when it ran for startsecs, and waits a second longer
# each time when it did not, for as long as it takes: what keeps a service from starting may be
# mended (a damaged model file, a full disk), and tasks wait for it. startsecs is longer than a
# start that fails takes on a slow machine, so that no failure is tried again without a pause.
_PROGRAM = """
[program:{name}]
command={python} -m {name}_service
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
stdout_logfile={log}
stdout_logfile_maxbytes=10MB
stdout_logfile_backups=3
"""

_HEAD = """\
[unix_http_server]
file={socket}
chmod=0600

[supervisord]
logfile={logs}/supervisord.log
logfile_maxbytes=5MB
logfile_backups=1
loglevel=info
pidfile={run}/supervisord.pid
childlogdir={logs}
nodaemon=false
silent=true
umask=077

[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
"""


def render(paths: StackPaths, drain_seconds: float) -> str:
    """Return the configuration of a stack."""
    head = _HEAD.format(
        socket=_escaped(paths.socket), logs=_escaped(paths.logs), run=_escaped(paths.run)
    )
    programs = [
        _PROGRAM.format(
            name=name,
            python=_escaped(sys.executable),
            stop_seconds=int(drain_seconds) + 10,
            log=_escaped(paths.log(name)),
        )
        for name in SERVICES
    ]
    return head + "".join(programs)


def _escaped(value: object) -> str:
    """Return a value in which supervisor expands nothing."""
    return str(value).replace("%", "%%")
