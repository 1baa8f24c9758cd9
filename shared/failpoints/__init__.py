"""Named points where a test can kill, hold or fail the process; `CATALOGUE` has them all."""

from shared.failpoints.catalogue import CATALOGUE
from shared.failpoints.firing import InjectedFailure, at_call, at_commit, configure, hit, pause

__all__ = ["CATALOGUE", "InjectedFailure", "at_call", "at_commit", "configure", "hit", "pause"]
