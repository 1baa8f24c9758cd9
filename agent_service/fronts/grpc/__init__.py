"""The agent's services over gRPC."""
