"""What all plans share: the method that will run, and the predicted costs of all that apply."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import Any

from weingarten.costs import PredictedCost

__all__ = ["Plan"]


@dataclass(frozen=True)
class Plan:
    """How one product will be averaged.

    Attributes
    ----------
    method : str
        The method that will run.
    estimates : mapping
        :class:`~weingarten.costs.PredictedCost` of every method that applies, by name.

    Examples
    --------
    >>> from weingarten import moment_cost
    >>> print(moment_cost([[2, 2], [2, 2]], "qr"))  # doctest: +ELLIPSIS
    a moment of degree 8
      closed    ... s  ... MB
      qr        ... s  ... MB  is taken
      counting  ... s  ... MB
      gorin-... s  ... MB
    """

    method: str
    estimates: Mapping[str, PredictedCost] = field(hash=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "estimates", MappingProxyType(dict(self.estimates)))

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the estimates as a dict: Python cannot pickle the read-only view of it."""
        values = {item.name: getattr(self, item.name) for item in fields(self)}
        return _rebuilt, (type(self), values | {"estimates": dict(self.estimates)})

    @property
    def title(self) -> str:
        """What is averaged, in words."""
        raise NotImplementedError

    @property
    def seconds(self) -> float:
        """Predicted time of a first call."""
        return self.estimates[self.method].seconds

    @property
    def megabytes(self) -> float:
        """Predicted memory of a first call."""
        return self.estimates[self.method].megabytes

    def __str__(self) -> str:
        width = max(map(len, self.estimates))
        lines = [
            f"  {name:{width}}  {cost.seconds:8.2g} s  {cost.megabytes:8.2g} MB"
            + ("  is taken" if name == self.method else "")
            for name, cost in self.estimates.items()
        ]
        return "\n".join([self.title, *lines])


def _rebuilt(kind: type[Plan], values: dict[str, Any]) -> Plan:
    return kind(**values)
