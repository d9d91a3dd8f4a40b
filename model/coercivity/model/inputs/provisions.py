"""What the network must hold rows for because a lever may use them in some step of a run."""

from dataclasses import dataclass

from coercivity.model.inputs.names import matches

__all__ = ["Ceiling", "Delivery", "Investor", "LimitMeasure"]


@dataclass(frozen=True, slots=True)
class LimitMeasure:
    """An export limit that a state may set: what it covers and how it is counted.

    apart: "material", "destination", both or neither: neither is one tonnage over everything
    weight: how much a tonne counts for, such as gross weight over oxide equivalent
    exempt: destinations it spares
    follows: whether it follows what it covers through third countries: those that it spares
    de_minimis: share of what it covers in ore, from which that is followed too
    """

    name: str
    place: str
    materials: tuple[str, ...]
    destinations: tuple[str, ...]
    apart: tuple[str, ...] = ()
    weight: float = 1.0
    exempt: tuple[str, ...] = ()
    follows: bool = False
    de_minimis: float = 0.0

    @property
    def targeted(self) -> bool:
        """Whether some destinations are spared, so that what it covers may reach others by way of them."""
        return "all" not in self.destinations or bool(self.exempt)

    def covers(self, material: str, destination: str) -> bool:
        """Whether a shipment falls under it."""
        somewhere = "all" in self.destinations or destination in self.destinations
        somewhere = somewhere and destination not in self.exempt
        return somewhere and any(matches(material, pattern) for pattern in self.materials)


@dataclass(frozen=True, slots=True)
class Ceiling:
    """A cap that a state may put on a stage at home: what counts towards it.

    families: kinds of ore that count, all where empty; illicit plants never count
    """

    name: str
    place: str
    stage: str
    families: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Delivery:
    """What a state may sign for: materials from some places to its members."""

    name: str
    state: str
    materials: tuple[str, ...]
    origins: tuple[str, ...]
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Investor:
    """A state that may tie concentrate of mines in some places to its own separators."""

    state: str
    places: tuple[str, ...]
