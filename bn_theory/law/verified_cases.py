"""Where a formula is verified: its cases, at the parameters chosen or at another width."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from bn_theory.law.inputs import missing_values
from bn_theory.law.record import Case
from bn_theory.law.statement_values import Evaluated
from bn_theory.law.widths import WIDEST, as_width, stretched, width_of
from bn_theory.verification.montecarlo import seconds_each
from weingarten.budget import spending
from weingarten.errors import CostLimitError, InvalidInputError

__all__ = ["Cased"]

# networks of a case at another width, if it has so many
_FEWEST = 40
# predicted seconds that a case at another width may take in any case
_SECONDS = 0.5
_WIDEST_JACOBIAN = 16
# seconds in which it should be clear whether parameters fit a case
_LOOKING = 2.0


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Cased(Evaluated):
    """A statement with its values, and the cases at which it is verified."""

    @property
    def chosen_cases(self) -> tuple[Case, ...]:
        """The cases at the parameters chosen.

        Those that these parameters do not fit are left out, and those of which that would take
        seconds to tell.

        Raises
        ------
        InvalidInputError
            If they fit none.
        """
        if not self.chosen:
            return self.cases
        found: list[Case] = []
        for case in self.cases:
            values = {**case.values, **self.chosen}
            if any(values == dict(other.values) for other in found):
                continue
            try:
                with spending(_LOOKING, self.name):
                    bound, read = self._read(values)
                    if bound.in_range is not None:
                        bound.in_range(read)
            except (InvalidInputError, CostLimitError):
                continue
            found.append(Case(values, case.samples))
        if not found:
            raise InvalidInputError(
                ", ".join(self.chosen),
                f"must fit one of the {len(self.cases)} default cases of {self.name}",
                dict(self.chosen),
                f"pass values: {', '.join(self.sampled_at)}",
            )
        return tuple(found)

    def cases_at(self, width: int) -> tuple[Case, ...]:
        """Return the cases at the parameters chosen, stretched to another width.

        Each has as many networks as the original, or fewer: as many as take about the time of the
        original, or half a second. What does not exist at this width is left out, and what
        coincides with another case. Where every draw writes out the Jacobian of a whole network,
        the width is at most 16.

        Raises
        ------
        InvalidInputError
            If none exists at this width.

        Examples
        --------
        >>> import bn_theory
        >>> law = bn_theory.formula("backward.isometric_depth")
        >>> [dict(case.values) for case in law.cases_at(64)][:2]
        [{'d': 64, 'depth': 3}, {'d': 64, 'depth': 1}]
        """
        wanted = min(as_width(width), _WIDEST_JACOBIAN if self.whole_jacobian else WIDEST)
        found: list[Case] = []
        for case in self.chosen_cases:
            before = width_of(case.values)
            if before is None or before == wanted:
                found.append(case)
                continue
            values = stretched(case.values, wanted)
            if any(values == dict(other.values) for other in found):
                continue
            try:
                bound, read = self._read(values)
                if bound.in_range is not None:
                    bound.in_range(read)
                taken = bound._each(bound._plain(read))
            except InvalidInputError:
                continue
            old, known = self._read(case.values)
            share = old._each(old._plain(known)) / taken
            # few networks are a sign of dear ones
            enough = max(share * case.samples, min(_SECONDS / taken, case.samples / 10), _FEWEST)
            found.append(Case(values, min(case.samples, int(enough))))
        if not found:
            raise InvalidInputError(
                "width",
                f"must be one at which {self.name} has a case",
                width,
                "choose another, or leave this formula out",
            )
        return tuple(found)

    def _plain(self, read: Mapping[str, Any]) -> dict[str, Any]:
        """Return plain numbers for the sampler."""
        domains = {q.name: q.domain for q in self.quantities}
        missing = [name for name in self.sampled_at if name not in read]
        if missing:
            raise missing_values(self.name, missing, self.quantities)
        return {
            name: domains[name].plain(name, value)
            for name, value in read.items()
            if name in domains
        }

    def _size(self, plain: dict[str, Any]) -> tuple[int, int, int]:
        """Return width, samples and depth of the networks that a sampler draws."""
        spectra = [len(value) for value in plain.values() if isinstance(value, np.ndarray)]
        width = int(plain.get("d", max(spectra, default=1)))
        return width, int(plain.get("n", width)), int(plain.get("depth", 1))

    def _each(self, plain: dict[str, Any]) -> float:
        """Return the predicted time of drawing one network."""
        width, batch, depth = self._size(plain)
        whole = 3e-10 * float(width) ** 6 if self.whole_jacobian else 0.0
        layers = max(depth, self.layers_per_unit * width)
        return seconds_each(width, batch, layers) + whole
