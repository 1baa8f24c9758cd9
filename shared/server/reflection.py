"""Server reflection under both of its names: grpc.reflection.v1, and v1alpha before it.

grpcio-reflection has v1alpha alone. The two differ in their package and in nothing else, so one
servicer answers both, and the descriptor of v1 is that of v1alpha renamed.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import grpc
from google.protobuf import descriptor_pool
from google.protobuf.descriptor_pb2 import FileDescriptorProto
from grpc_reflection.v1alpha import reflection, reflection_pb2, reflection_pb2_grpc

_OLD, _NEW = "grpc.reflection.v1alpha", "grpc.reflection.v1"
SERVICE_NAMES = (f"{_NEW}.ServerReflection", f"{_OLD}.ServerReflection")


def serve_reflection(service_names: Iterable[str], server: grpc.aio.Server) -> None:
    """Let ``server`` tell what these services and reflection itself look like."""
    _describe_v1()
    servicer = reflection.aio.ReflectionServicer([*service_names, *SERVICE_NAMES])
    reflection_pb2_grpc.add_ServerReflectionServicer_to_server(servicer, server)
    handlers = {"ServerReflectionInfo": _handler(servicer)}
    server.add_generic_rpc_handlers(
        (grpc.method_handlers_generic_handler(SERVICE_NAMES[0], handlers),)
    )


def _handler(servicer: Any) -> Any:
    # The messages of v1 are those of v1alpha on the wire.
    return grpc.stream_stream_rpc_method_handler(
        servicer.ServerReflectionInfo,
        request_deserializer=reflection_pb2.ServerReflectionRequest.FromString,
        response_serializer=reflection_pb2.ServerReflectionResponse.SerializeToString,
    )


def _describe_v1() -> None:
    """Put the file of v1 where the servicer looks files up, unless something else did."""
    pool = descriptor_pool.Default()
    try:
        pool.FindFileContainingSymbol(SERVICE_NAMES[0])
    except KeyError:
        pool.AddSerializedFile(_v1_file().SerializeToString())


def _v1_file() -> FileDescriptorProto:
    new = FileDescriptorProto()
    reflection_pb2.DESCRIPTOR.CopyToProto(new)
    new.name, new.package = "grpc/reflection/v1/reflection.proto", _NEW
    new.ClearField("options")  # names of Java and Go packages, and that v1alpha is old
    for message in new.message_type:
        for field in message.field:
            if field.type_name:
                field.type_name = _renamed(field.type_name)
    for service in new.service:
        for method in service.method:
            method.input_type = _renamed(method.input_type)
            method.output_type = _renamed(method.output_type)
    return new


def _renamed(type_name: str) -> str:
    return type_name.replace(f".{_OLD}.", f".{_NEW}.")
