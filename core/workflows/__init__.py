"""The workflows that tasks can take: a file each, and the one list of them."""

from core.workflows.answer import ANSWER
from core.workflows.code import CODE
from core.workflows.direct import DIRECT
from core.workflows.tool import TOOL
from core.workflows.workflows import Workflows

BUILT_IN = Workflows((ANSWER, CODE, TOOL, DIRECT))

__all__ = ["BUILT_IN", "Workflows"]
