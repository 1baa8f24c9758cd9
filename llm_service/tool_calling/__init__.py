"""Tool calls: how a model is offered tools, and what of its output is a call."""
