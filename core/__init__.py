"""The workflow and its rules: knows no gRPC, no process and no environment."""
