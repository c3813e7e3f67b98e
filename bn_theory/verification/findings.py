"""What the draws say about one number: the tests behind a verdict, and when they cannot tell."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from bn_theory.verification.criteria import Criteria
from bn_theory.verification.summaries import Column
from bn_theory.verification.tails import (
    bounded_p_value,
    detectable,
    needed_index,
    student_p_value,
    tail_index,
)
from weingarten.errors import WeingartenError

__all__ = ["Finding", "Yardstick", "is_constant"]

# a mean of float64 draws is not trusted beyond this relative accuracy: the standard error of a
# quantity that is the same in every draw is rounding noise, and no yardstick
_ROUNDING = 1e-10
# with a heavy tail and an exact variance: a formula off by this share has to be noticed
_RESOLUTION = 0.25


def is_constant(draws: Column) -> bool:
    """Whether the draws differ by no more than rounding."""
    return draws.greatest - draws.least <= _ROUNDING * draws.size


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A test of one number: its z, its p-value, or the reason why it decides nothing.

    ``deviation`` is the largest of any draw, where every draw is compared; z is then None.
    """

    z: float | None
    p_value: float
    reason: str = ""
    deviation: float | None = None


@dataclass(frozen=True)
class Yardstick:
    """What all components of one statement are judged by."""

    stated: Criteria
    level: float

    def of_every_draw(self, predicted: float, draws: Column) -> Finding:
        """Compare every draw, up to rounding and the remainder."""
        if not math.isfinite(predicted):
            return self._infinite()
        above, below = draws.greatest - predicted, predicted - draws.least
        worst = {"==": max(above, below), "<=": above, ">=": below}[self.stated.relation]
        noise = self.stated.noise if predicted == 0 else _ROUNDING * abs(predicted)
        allowed = self.stated.remainder + max(self.stated.rounding, noise)
        reason = self._remainder_reason(predicted, 0.0)
        right = bool(reason) or worst <= allowed
        return Finding(z=None, p_value=float(right), reason=reason, deviation=max(worst, 0.0))

    def of_mean(
        self,
        predicted: float,
        mean: float,
        error: float,
        samples: int,
        draws: Column | None = None,
        square: Callable[[], float] | None = None,
    ) -> Finding:
        """Compare the mean, by the test that the tail of the draws allows."""
        if predicted == 0 and draws is not None and draws.size <= self.stated.noise:
            # all of it is rounding, which has a mean and a standard error of its own
            return self.of_every_draw(predicted, draws)
        if not math.isfinite(predicted):
            return self._infinite()
        if not math.isfinite(mean):
            return Finding(z=None, p_value=1.0, reason="some networks gave no finite value")
        floor = math.hypot(_ROUNDING * max(abs(mean), abs(predicted)), self.stated.rounding)
        z = self._score(mean - predicted, math.hypot(error, floor))
        reason = self._remainder_reason(predicted, error)
        if reason:
            return Finding(z=z, p_value=1.0, reason=reason)
        two_sided = self.stated.relation == "=="
        if draws is None or error <= floor:
            return Finding(z=z, p_value=student_p_value(z, samples, 0.0, two_sided=two_sided))
        index = tail_index(draws)
        skewness = draws.skewness * (-1 if self.stated.relation == ">=" else 1)
        p_value = student_p_value(z, samples, skewness, two_sided=two_sided)
        rejected = p_value < self.level
        if index <= 2 or (rejected and index <= needed_index(samples, p_value)):
            return self._of_heavy_tail(z, predicted, draws, square)
        return Finding(z=z, p_value=p_value)

    def _score(self, difference: float, error: float) -> float:
        excess = self._excess(difference)
        if error > 0:
            return excess / error
        return math.copysign(math.inf, excess) if excess else 0.0

    def _excess(self, difference: float) -> float:
        """Return what is left of a difference once the remainder is granted."""
        if self.stated.relation == "==":
            return math.copysign(max(abs(difference) - self.stated.remainder, 0.0), difference)
        return (difference if self.stated.relation == "<=" else -difference) - self.stated.remainder

    def _of_heavy_tail(
        self, z: float, predicted: float, draws: Column, square: Callable[[], float] | None
    ) -> Finding:
        """Use the exact variance, if there is one and it resolves the statement."""
        samples = draws.samples
        reason = f"the tail is too heavy for {samples} networks: "
        variance = _exact_variance(predicted, square)
        if variance is None:
            reason += f"index {tail_index(draws):.1f}, and no exact variance is known"
            return Finding(z=z, p_value=1.0, reason=reason)
        if math.isinf(variance):
            return Finding(z=z, p_value=1.0, reason=reason + "their variance is infinite")
        wanted = _RESOLUTION * abs(predicted)
        seen = detectable(variance, samples, self.level)
        if seen > wanted:
            needed = math.inf if wanted == 0 else samples * (seen / wanted) ** 2
            reason += f"by their exact variance, about {needed:.1e} are needed"
            return Finding(z=z, p_value=1.0, reason=reason)
        difference = draws.mean - predicted
        signed = -difference if self.stated.relation == ">=" else difference
        p_value = bounded_p_value(
            draws,
            predicted,
            variance,
            granted=self._excess(difference) - signed,
            relation=self.stated.relation,
        )
        return Finding(z=z, p_value=p_value)

    def _remainder_reason(self, predicted: float, error: float) -> str:
        remainder, share = self.stated.remainder, self.stated.remainder_share
        if remainder <= max(share * max(abs(predicted), error), self.stated.rounding):
            return ""
        return f"the remainder {remainder:.1e} exceeds {share:.0%} of the statement"

    @staticmethod
    def _infinite() -> Finding:
        return Finding(
            z=None, p_value=1.0, reason="the statement is infinite: no sampled mean confirms it"
        )


def _exact_variance(predicted: float, square: Callable[[], float] | None) -> float | None:
    """Return the exact variance of a draw, or None if it is not known."""
    if square is None:
        return None
    try:
        mean_square = square()
    except WeingartenError:
        # too long to derive, or not defined at these values
        return None
    variance = mean_square - predicted**2
    # below, the difference of two floats has lost its digits
    return variance if variance > _ROUNDING * mean_square else None
