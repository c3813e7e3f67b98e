"""A statement at some values beside the networks sampled for it: what verdicts are made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import sympy as sp

from bn_theory.verification.findings import REMAINDER_SHARE
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
    relation: str = "=="
    remainder: float = 0.0
    remainder_share: float = REMAINDER_SHARE
    rounding: float = 0.0
    noise: float = 0.0
    every_draw: bool = False
    conjecture: bool = False
    second_moment: Callable[[], Any] | None = None

    @property
    def estimate(self) -> Estimate:
        """Mean over the networks and its standard error."""
        return Estimate.from_samples(self.draws, self.seed)

    def verdict(self, level: float = 1e-3, factor: float = 1) -> Verdict:
        """Return the verdict on the statement, or on the statement times a factor."""
        return judge(
            self.formula,
            self.values,
            self.predicted if factor == 1 else self.predicted * factor,
            self.estimate,
            relation=self.relation,
            remainder=self.remainder,
            remainder_share=self.remainder_share,
            rounding=self.rounding,
            noise=self.noise,
            level=level,
            conjecture=self.conjecture,
            draws=self.draws,
            second_moment=self.second_moment,
            every_draw=self.every_draw,
        )
