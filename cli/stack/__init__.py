"""The services as supervised processes of this machine."""
