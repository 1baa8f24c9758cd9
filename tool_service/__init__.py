"""The tool service: registered tools, called once each through a ledger."""
