"""Questions of tasks, and answers to them, between the core's values and the proto's messages."""

from __future__ import annotations

from core.errors import InvalidInput
from core.ports import Answer, AnswerKind, EffectAnswer, JsonAnswer, Question, TextAnswer
from shared.clients.structs import to_value, value_of_request
from shared.pb.mesh.agent.v1 import agent_service_pb2 as pb
from shared.validation import require_json_size, require_text

_MAX_CALL_ID_BYTES = 128


def answer_kind(kind: str) -> str:
    """Return the proto's name of a kind of answer."""
    return f"ANSWER_KIND_{AnswerKind(kind).name}"


def question_to_proto(question: Question) -> pb.Question:
    """Return a question as clients see it."""
    message = pb.Question(
        text=question.text, kind=answer_kind(question.kind), call_id=question.call_id
    )
    if question.payload is not None:
        message.payload.CopyFrom(to_value(question.payload))
    return message


def answered_call_id(request: pb.RespondTaskRequest) -> str:
    """Return the question that a request names; empty for none. Raises: InvalidInput."""
    return request.call_id and require_text(request.call_id, "call_id", _MAX_CALL_ID_BYTES)


def answer_of_request(request: pb.RespondTaskRequest) -> Answer:
    """Return the answer that a request holds. Raises: InvalidInput."""
    given = request.WhichOneof("answer")
    if given is None:
        raise InvalidInput("the answer is missing: give an effect, a text or a value", "answer")
    if given == "effect":
        return _effect(request.effect)
    if given == "text":
        return TextAnswer(require_text(request.text, "text"))
    if request.value.WhichOneof("kind") is None:
        raise InvalidInput("value is empty: null is a null_value", "value")
    return JsonAnswer(require_json_size(value_of_request(request.value, "value"), "value"))


def _effect(effect: pb.EffectAnswer) -> EffectAnswer:
    if not effect.HasField("happened"):
        raise InvalidInput("effect.happened is missing: say true or false", "effect.happened")
    output = effect.output and require_text(effect.output, "effect.output")
    return EffectAnswer(effect.happened, output)
