"""Named points where a test can kill or hold the process; `CATALOGUE` has every one of them."""

from shared.failpoints.catalogue import CATALOGUE
from shared.failpoints.firing import at_call, at_commit, configure, hit, pause

__all__ = ["CATALOGUE", "at_call", "at_commit", "configure", "hit", "pause"]
