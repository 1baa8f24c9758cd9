"""Workflows by name, and what is known of their roles."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from core.errors import InvalidInput, NotFound
from core.roles.spec import RoleSpec
from core.workflows.spec import WorkflowSpec


class Workflows:
    """The workflows that there are; a role of one name is the same role in all of them."""

    def __init__(self, specs: Sequence[WorkflowSpec]) -> None:
        """Hold ``specs``, in the order in which they are shown. Raises: ValueError (two of one
        name).
        """
        self._specs = {spec.name: spec for spec in specs}
        self._roles: dict[str, RoleSpec] = {}
        if len(self._specs) < len(specs):
            raise ValueError(f"two workflows have one name: {[spec.name for spec in specs]}")
        for spec in specs:
            for role in spec.roles:
                if self._roles.setdefault(role.name, role) is not role:
                    raise ValueError(f"two roles have the name {role.name}")

    def __iter__(self) -> Iterator[WorkflowSpec]:
        """Yield them in their order."""
        return iter(self._specs.values())

    @property
    def names(self) -> tuple[str, ...]:
        """Their names, in their order."""
        return tuple(self._specs)

    @property
    def roles(self) -> tuple[RoleSpec, ...]:
        """The roles of all of them, each once."""
        return tuple(self._roles.values())

    def named(self, name: str) -> WorkflowSpec:
        """Return the workflow of a task. Raises: NotFound (it is there no more)."""
        if name not in self._specs:
            raise NotFound(f"there is no workflow {name!r} in this version of the agent")
        return self._specs[name]

    def role(self, name: str) -> RoleSpec | None:
        """Return a role; None for one that no workflow has, as the router."""
        return self._roles.get(name)

    def require(self, name: str, field: str) -> str:
        """Return ``name`` if a client may name it; empty lets the router decide.

        Raises: InvalidInput about ``field``.
        """
        if name and name not in self._specs:
            raise InvalidInput(
                f"there is no workflow {name!r}; there are {', '.join(self._specs)}", field
            )
        return name
