"""Pages of tasks that fit into a message, whatever the tasks hold."""

from __future__ import annotations

from dataclasses import replace

from agent_service.desk.desk import Desk
from agent_service.fronts.grpc.protobuf import task_to_proto
from agent_service.storage.records import TaskFilter
from shared.pb.mesh.agent.v1 import agent_service_pb2 as pb

# Below the 4 MiB that a gRPC client takes unless it is told otherwise. One task always fits: its
# text has 64 KiB at most, what is edited in a fork 1 MiB.
MAX_PAGE_BYTES = 3 * 1024 * 1024
_READ_AT_ONCE = 25
_BASIC_CHARACTERS = 200
_LONG_FIELDS = ("result", "code", "sources", "question", "failure_message")


async def page_of_tasks(
    desk: Desk, wanted: TaskFilter, size: int, view: pb.TaskView
) -> pb.ListTasksResponse:
    """Return at most ``size`` tasks, newest first, and fewer once they are too many bytes.

    The page holds one task at least, if there is one, so that the pages come to an end.
    """
    page = pb.ListTasksResponse()
    room = MAX_PAGE_BYTES
    while True:
        # One more than the page takes says whether there is another page.
        count = min(_READ_AT_ONCE, size + 1 - len(page.tasks))
        found = await desk.page(wanted, count)
        for record in found:
            task = in_view(task_to_proto(record), view)
            room -= task.ByteSize()
            if page.tasks and (len(page.tasks) == size or room < 0):
                page.next_page_token = page.tasks[-1].task_id
                return page
            page.tasks.append(task)
        if len(found) < count:
            return page
        wanted = replace(wanted, before=found[-1].task_id)


def in_view(task: pb.Task, view: pb.TaskView) -> pb.Task:
    """Return ``task`` with what the view has of it; it is changed in place."""
    if view == pb.TASK_VIEW_BASIC:
        task.text = task.text[:_BASIC_CHARACTERS]
        for name in _LONG_FIELDS:
            task.ClearField(name)
    return task
