"""What the draws say about one number: the tests behind a verdict, and when they cannot tell."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from bn_theory.verification.criteria import Criteria
from bn_theory.verification.summaries import Column
from bn_theory.verification.tails import (
    bounded_p_value,
    detectable,
    needed_index,
    normal_p_value,
    student_p_value,
    tail_index,
)
from weingarten.errors import WeingartenError

__all__ = ["Finding", "Yardstick", "is_constant", "known_variance"]

#: The exact mean square of a draw, and a bound on it: functions, where they are known.
Squares = tuple[Callable[[], Any] | None, Callable[[], Any] | None]

# a mean of float64 draws is not trusted beyond this relative accuracy: the standard error of a
# quantity that is the same in every draw is rounding noise, and no yardstick
_ROUNDING = 1e-10
# with a heavy tail and an exact variance: a formula off by this share has to be noticed
_RESOLUTION = 0.25
# draws with less than this share of their exact variance have not shown their tail; fewer draws
# than this may miss it by chance
_SEEN, _FEW = 0.5, 50


def is_constant(draws: Column) -> bool:
    """Whether the draws differ by no more than rounding."""
    return draws.greatest - draws.least <= _ROUNDING * draws.size


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A test of one number: its z, its p-value, or the reason why it decides nothing.

    ``deviation`` is the largest of any draw, where every draw is compared; z is then None.
    ``exact_error`` is the exact standard error of the mean, where it is known.
    """

    z: float | None
    p_value: float
    reason: str = ""
    deviation: float | None = None
    exact_error: float | None = None


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
        squares: Squares = (None, None),
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
        exact, bound = squares
        variance, exact_error = known_variance(predicted, exact), None
        hidden = variance is not None and _is_hidden(predicted, variance, draws)
        fits = variance is not None and _SEEN * variance < draws.variance < variance / _SEEN
        if variance is not None and fits and not hidden:
            exact_error = math.sqrt(variance / samples)
            z = self._score(mean - predicted, math.hypot(exact_error, floor))
            p_value = max(p_value, normal_p_value(z, skewness, two_sided=two_sided))
        rejected = p_value < self.level
        if hidden or index <= 2 or (rejected and index <= needed_index(samples, p_value)):
            known = variance
            if variance is None:
                variance = known_variance(predicted, bound)
                # an infinite bound bounds nothing
                variance = None if variance == math.inf else variance
            found = self._of_heavy_tail(z, predicted, draws, variance, exact=known is not None)
            return replace(found, exact_error=exact_error)
        return Finding(z=z, p_value=p_value, exact_error=exact_error)

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
        self, z: float, predicted: float, draws: Column, variance: float | None, *, exact: bool
    ) -> Finding:
        """Use the exact variance, if there is one and it resolves the statement."""
        samples = draws.samples
        reason = f"the tail is too heavy for {samples} networks: "
        if variance is None:
            reason += f"index {tail_index(draws):.1f}, and no exact variance is known"
            return Finding(z=z, p_value=1.0, reason=reason)
        if math.isinf(variance):
            return Finding(z=z, p_value=1.0, reason=reason + "their variance is infinite")
        wanted = _RESOLUTION * abs(predicted)
        seen = detectable(variance, samples, self.level)
        if seen > wanted:
            needed = math.inf if wanted == 0 else samples * (seen / wanted) ** 2
            if math.isinf(needed):
                reason += "more are needed"
            elif exact:
                reason += f"by their exact variance, about {needed:.1e} are needed"
            else:
                reason += f"by a bound on their variance, {needed:.1e} are enough"
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


def _is_hidden(predicted: float, variance: float, draws: Column) -> bool:
    """Whether the draws lack so much of their exact variance that they have not shown their tail.

    By the exact mean square, predicted² + variance, and not only by the variance: where the
    predicted value is wrong, the variance that follows from it is wrong, too.
    """
    if math.isinf(variance):
        return True
    lacking = predicted**2 + variance - draws.mean**2 - draws.variance
    spread = draws.variance + (draws.mean - predicted) ** 2
    return draws.samples >= _FEW and lacking > (1 - _SEEN) * variance and spread < _SEEN * variance


def known_variance(predicted: float, square: Callable[[], Any] | None) -> float | None:
    """Return the variance of a draw by its mean square, or None if that is not known."""
    if square is None:
        return None
    try:
        found = square()
    except WeingartenError:
        # too long to derive, or not defined at these values
        return None
    if found is None:
        return None
    mean_square = float(found)
    if math.isinf(mean_square):
        return math.inf
    variance = mean_square - predicted**2
    # below, the difference of two floats has lost its digits
    return variance if variance > _ROUNDING * mean_square else None
