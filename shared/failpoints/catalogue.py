"""Every failpoint, declared once: its name and what a kill there cuts.

Every durable write of a service has one point before its commit and one after it, every remote
call one before and one after; `tests/unit/shared/test_failpoints.py` holds that.
"""

from __future__ import annotations

from collections.abc import Mapping

from core.roles.router import ROUTER
from core.workflows import BUILT_IN

_COMMITS = {
    "agent.submit": "a submission, which is acknowledged after its commit alone",
    "agent.claim": "a queued task that becomes a running one",
    "agent.start_hop": "the event that a hop starts, with its attempt",
    "agent.decide": "what a hop chose, before it acts on it",
    "agent.pending_writes": "what a node wrote, before the checkpoint that takes it up",
    "agent.checkpoint": "a checkpoint, with the progress and the events that it causes",
    "agent.end": "the end of a task, with its event",
    "agent.respond": "a person's answer, and the task that goes back to the queue",
    "agent.retry": "a failed task that goes back to the queue",
    "agent.prune": "some of the tasks that ended long ago, on their way out",
    "agent.record": "an event that changes nothing else",
    "agent.recover": "a task that was running when the agent died, on its way to the queue",
    "agent.take_ownership": "the next fencing token",
    "agent.stop_cleanly": "the word that the agent stops in good order",
    "tool.intend": "the intent of a tool call",
    "tool.receive": "the receipt of a tool call",
    "tool.forget": "the calls of tasks that are gone, on their way out",
    "tool.withdraw": "the end of an intent whose effect certainly did not happen",
    "chroma.begin_ingestion": "the note that a version of a source is on its way",
    "chroma.drop_ingestion": "the end of a version that was on its way",
    "chroma.put_source": "the switch to another version of a source",
    "chroma.delete_source": "the end of a source",
    "chroma.add_passages": "the passages of a version that does not count yet",
    "chroma.delete_passages": "the passages of a version that counts no longer",
}
_CALLS = {
    "client.generate": "a generation",
    "client.reword": "the question what a request may mean",
    "client.count_tokens": "the question how long prompts are",
    "client.describe": "the question which model is loaded",
    "client.query": "a search for passages",
    "client.list_tools": "the question which tools there are",
    "client.call_tool": "a call of a tool",
    "client.resolve_call": "a person's word on how a call in doubt ended",
    "client.cancel_calls": "the end of the calls of a cancelled task",
    "client.cancel_generations": "the end of the generations of a cancelled task",
    "client.route": "a question to a router in a process of its own",
    "client.heartbeat": "a sign of life",
}
_IN_HOP = "agent.in_hop."
_MOMENTS = {
    **{
        f"{_IN_HOP}{role}": f"the {role}'s hop has started and done nothing yet"
        for role in (ROUTER, *(each.name for each in BUILT_IN.roles))
    },
    "llm.before_generate": "a generation has left the queue",
    "llm.during_generate": "a generation has produced some text",
    "llm.step": "the engine's thread is about to compute a step of every generation",
    "llm.after_generate": "a generation has finished and nobody was told",
    "tool.after_intent": "a call's intent is durable",
    "tool.before_effect": "a tool is about to act, for the first time or again",
    "tool.after_effect": "a tool has acted and there is no receipt yet",
    "chroma.before_query": "a search has arrived",
    "chroma.after_passages": "the passages of a new version are there and do not count yet",
    "chroma.after_switch": "the new version counts and the old passages are still there",
}

CATALOGUE: Mapping[str, str] = {
    **{f"{name}.before_commit": f"{cut}: not durable yet" for name, cut in _COMMITS.items()},
    **{f"{name}.after_commit": f"{cut}: durable, untold" for name, cut in _COMMITS.items()},
    **{f"{name}.before_call": f"{cut}: not sent yet" for name, cut in _CALLS.items()},
    **{f"{name}.after_call": f"{cut}: answered, unused" for name, cut in _CALLS.items()},
    **_MOMENTS,
}
"""What a kill cuts, by the failpoint's name."""


def is_declared(name: str) -> bool:
    """Say whether code may pass such a failpoint: a role of any workflow has the one in its hop.

    Only those of the catalogue can be armed.
    """
    return name in CATALOGUE or name.startswith(_IN_HOP)
