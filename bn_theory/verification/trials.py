"""A statement at some values beside the networks sampled for it: what verdicts are made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import sympy as sp

from bn_theory.verification.criteria import Criteria
from bn_theory.verification.verdicts import Verdict, judge
from weingarten.sampled.sampling import Estimate

__all__ = ["Trial"]


@dataclass(frozen=True, kw_only=True)
class Trial:
    """One statement and its draws, sampled once and judged as often as wanted.

    The attributes are those of :func:`bn_theory.verification.verdicts.judge`; ``draws`` holds one
    draw per network, of shape (networks,) or (networks, components), and ``seed`` reproduces them.
    """

    formula: str
    values: Mapping[str, object]
    predicted: sp.Expr
    draws: npt.NDArray[np.float64]
    seed: int
    criteria: Criteria

    @property
    def estimate(self) -> Estimate:
        """Mean over the networks and its standard error."""
        return Estimate.from_samples(self.draws, self.seed)

    def verdict(self, level: float = 1e-3, factor: float = 1) -> Verdict:
        """Return the verdict on the statement, or on the statement times a factor."""
        predicted = self.predicted if factor == 1 else self.predicted * factor
        return judge(
            self.formula,
            self.values,
            predicted,
            self.estimate,
            self.criteria,
            level=level,
            draws=self.draws,
        )
