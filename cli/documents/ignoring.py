"""What a project's .gitignore files leave out, as git reads them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Self

from pathspec import GitIgnoreSpec

_FILE = ".gitignore"


@dataclass(frozen=True, slots=True)
class IgnoreRules:
    """The patterns that hold in a folder, each set with the folder that it is relative to.

    The outermost comes first; the last pattern that names a path decides, as with git.
    """

    specs: tuple[tuple[Path, GitIgnoreSpec], ...] = ()

    @classmethod
    def around(cls, folder: Path) -> Self:
        """Return the rules that the folders above ``folder`` give, up to the root of its project.

        None when they ignore ``folder`` itself, which was asked for all the same, and none where
        no folder above is the root of a git project.
        """
        folder = folder.resolve()
        root = next((each for each in (folder, *folder.parents) if (each / ".git").exists()), None)
        if root is None:
            return cls()
        rules = cls().with_file(root, root / ".git" / "info" / "exclude")
        above = root
        for name in folder.relative_to(root).parts:
            rules = rules.with_file(above, above / _FILE)
            above /= name
            if rules.ignore(above, is_folder=True):
                return cls()
        return rules

    def inside(self, folder: Path) -> Self:
        """Return the rules that hold in ``folder``, those of its own file too. Raises: OSError."""
        return self.with_file(folder.resolve(), folder / _FILE)

    def with_file(self, folder: Path, file: Path) -> Self:
        """Return the rules and those of ``file``, if it is there. Raises: OSError."""
        if not file.is_file():
            return self
        lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
        spec = GitIgnoreSpec.from_lines([_for_a_walk(each) for each in lines])
        return type(self)((*self.specs, (folder, spec)))

    def ignore(self, path: Path, *, is_folder: bool) -> bool:
        """Say whether a path is ignored; its parents are taken not to be."""
        path = path.parent.resolve() / path.name
        for folder, spec in reversed(self.specs):
            name = path.relative_to(folder).as_posix() + ("/" if is_folder else "")
            verdict = spec.check_file(name).include
            if verdict is not None:
                return verdict
        return False


def _for_a_walk(pattern: str) -> str:
    """Return the pattern so that it names no folder of which it names the contents alone.

    pathspec holds that ``a/**`` names ``a/`` too, and git that it does not. On a walk that enters
    no ignored folder ``a/*`` means the same.
    """
    bare = pattern.rstrip()
    return bare[:-1] if bare.endswith("/**") else pattern
