"""From a predicted value and a sampled mean to a verdict, with family-wise error control.

The draws are independent networks, so under a right formula the studentised difference follows,
for large samples, Student's t with one degree of freedom less than there are networks. An
equality is tested on both sides, an inequality on the side on which it can fail.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import sympy as sp
from scipy import special

from weingarten.errors import InvalidInputError
from weingarten.sampling import Estimate

__all__ = ["RELATIONS", "Verdict", "family_wise", "judge"]

RELATIONS = ("==", "<=", ">=")

# a mean of float64 draws is not trusted beyond this relative accuracy: the standard error of a
# quantity that is the same in every draw is rounding noise, and no yardstick
_ROUNDING = 1e-10


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What sampled networks say about one formula at one set of values.

    Attributes
    ----------
    formula : str
        Name in the catalogue.
    values : mapping
        The values it was evaluated at, as given.
    predicted : sympy.Expr
        The formula's value, exact where the values are.
    estimate : Estimate
        Mean over independent networks, standard error, number of networks, seed.
    z : float
        (mean - predicted) / standard error; for an inequality, positive where it points to a
        violation; a remainder the formula declares is granted first.
    p_value : float
        Probability of a z at least as extreme if the formula is right.
    comparisons : int
        How many things the adjustment accounts for (components of a vector, members of a family).
    adjusted_p_value : float
        p-value after Bonferroni's (within a vector) and Holm's (within a family) adjustment.
    level : float
        Probability with which a right formula may be rejected.
    relation : {"==", "<=", ">="}
        How the sampled mean is claimed to relate to the predicted value.
    conjecture : bool
        Whether the statement was replaced by :meth:`Formula.with_expr`.
    """

    formula: str
    values: Mapping[str, object]
    predicted: sp.Expr
    estimate: Estimate
    z: float
    p_value: float
    adjusted_p_value: float
    level: float
    comparisons: int = 1
    relation: str = "=="
    conjecture: bool = False

    @property
    def passed(self) -> bool:
        """Whether the sampled networks agree with the formula at the level."""
        return self.adjusted_p_value >= self.level

    @property
    def samples(self) -> int:
        """Number of independent networks."""
        return self.estimate.samples

    @property
    def seed(self) -> object:
        """Seed that reproduces the estimate."""
        return self.estimate.seed

    @property
    def stderr(self) -> float:
        """Standard error of the sampled mean."""
        return float(self.estimate.stderr)

    @property
    def setting(self) -> str:
        """The values as text, for instance ``"d=12, depth=6"``."""
        return ", ".join(f"{name}={_brief(value)}" for name, value in self.values.items())

    def __str__(self) -> str:
        return (
            f"{self.formula} [{self.setting}]: predicted {float(self.predicted):.6g}, sampled "
            f"{float(self.estimate.mean):.6g} ± {self.stderr:.1e} ({self.samples} networks, "
            f"seed {self.seed}), z = {self.z:+.2f}: {'pass' if self.passed else 'FAIL'}"
        )


def _brief(value: object, length: int = 40) -> str:
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, list | tuple):
        shown = [f"{item:.4g}" if isinstance(item, float) else str(item) for item in value]
        if len(shown) > 6:
            shown = [*shown[:3], f"… {len(shown)} in all"]
        return f"[{', '.join(shown)}]"
    text = str(value)
    return text if len(text) <= length else text[: length - 1] + "…"


def judge(
    formula: str,
    values: Mapping[str, object],
    predicted: sp.Expr | Sequence[sp.Expr],
    estimate: Estimate,
    *,
    relation: str = "==",
    remainder: float = 0.0,
    rounding: float = 0.0,
    level: float = 1e-3,
    conjecture: bool = False,
) -> Verdict:
    """Compare a predicted value, or several, with a sampled mean of the same shape.

    Of several components the verdict shows the one that fits worst, with Bonferroni's adjustment
    for their number.

    Parameters
    ----------
    remainder : float
        Bound on what the statement is known to leave out (0 for an exact one).
    rounding : float
        Absolute rounding error of a draw, for statements that hold in every draw.
    level : float
        Between 0 and 1.

    Examples
    --------
    >>> import sympy
    >>> from weingarten.sampling import Estimate
    >>> print(judge("half", {}, sympy.Rational(1, 2), Estimate(0.52, 0.01, 400, 7)))
    half []: predicted 0.5, sampled 0.52 ± 1.0e-02 (400 networks, seed 7), z = +2.00: pass
    """
    if not (isinstance(level, float | int) and 0 < level < 1):
        raise InvalidInputError("level", "must lie between 0 and 1", level, "use 0.001")
    if relation not in RELATIONS:
        raise InvalidInputError("relation", f"must be one of {RELATIONS}", relation, 'use "=="')
    components = _components(predicted)
    means = np.atleast_1d(np.asarray(estimate.mean, dtype=float)).ravel()
    errors = np.atleast_1d(np.asarray(estimate.stderr, dtype=float)).ravel()
    if len(components) != len(means):
        raise InvalidInputError(
            "predicted",
            f"must have as many components as the sampled mean ({len(means)})",
            len(components),
            "make the formula and its sampler agree",
        )
    exact = np.array([float(component) for component in components])
    if not np.all(np.isfinite(exact)):
        raise InvalidInputError(
            "predicted", "must be finite to be compared", predicted, "verify at other values"
        )
    floor = np.hypot(_ROUNDING * np.maximum(abs(means), abs(exact)), rounding)
    scores = _scores(means - exact, np.hypot(errors, floor), relation, remainder)
    tails = special.stdtr(estimate.samples - 1, -abs(scores) if relation == "==" else -scores)
    p_values = np.minimum(tails * (2 if relation == "==" else 1), 1.0)
    worst = int(np.argmin(p_values))
    return Verdict(
        formula=formula,
        values=dict(values),
        predicted=components[worst],
        estimate=Estimate(
            float(means[worst]), float(errors[worst]), estimate.samples, estimate.seed
        ),
        z=float(scores[worst]),
        p_value=float(p_values[worst]),
        adjusted_p_value=float(min(1.0, p_values[worst] * len(components))),
        level=float(level),
        comparisons=len(components),
        relation=relation,
        conjecture=conjecture,
    )


def _components(predicted: sp.Expr | Sequence[sp.Expr]) -> list[sp.Expr]:
    if isinstance(predicted, sp.MatrixBase | sp.Tuple | list | tuple):
        return [sp.sympify(component) for component in predicted]
    return [sp.sympify(predicted)]


def _scores(
    difference: np.ndarray, errors: np.ndarray, relation: str, remainder: float
) -> np.ndarray:
    if relation == "==":
        excess = np.sign(difference) * np.maximum(abs(difference) - remainder, 0.0)
    else:
        excess = (difference if relation == "<=" else -difference) - remainder
    unclear = np.where(excess == 0, 0.0, np.copysign(np.inf, excess))
    return np.divide(excess, errors, out=unclear, where=errors > 0)


def family_wise(verdicts: Sequence[Verdict], level: float = 0.01) -> tuple[Verdict, ...]:
    """Return the verdicts adjusted as one family by Holm's method.

    If every formula is right, the probability that any verdict of the family fails is at most
    ``level``.

    References
    ----------
    S. Holm, A simple sequentially rejective multiple test procedure, Scand. J. Stat. 6 (1979).
    """
    order = sorted(range(len(verdicts)), key=lambda i: verdicts[i].adjusted_p_value)
    adjusted, running = list(verdicts), 0.0
    for rank, index in enumerate(order):
        within = min(1.0, verdicts[index].p_value * verdicts[index].comparisons)
        running = max(running, min(1.0, within * (len(verdicts) - rank)))
        adjusted[index] = replace(
            verdicts[index],
            adjusted_p_value=running,
            comparisons=verdicts[index].comparisons,
            level=level,
        )
    return tuple(adjusted)
