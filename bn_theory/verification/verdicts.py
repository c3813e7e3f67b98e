"""From a predicted value and sampled networks to a verdict.

A verdict is one of three words. *pass*: the sampled networks agree with the statement. *rejected*:
they contradict it, and would do so for a right one with probability ``level`` at most. *undecided*:
they can tell neither, because what the statement leaves out is too large a share of it, or because
the tail of the draws is too heavy for their number (see :mod:`bn_theory.verification.tails`),
or because the statement is infinite.

An equality is tested on both sides, an inequality on the side on which it can fail; a statement
that holds in every draw is compared with every draw.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from numbers import Real
from typing import Any

import numpy as np
import numpy.typing as npt
import sympy as sp

from bn_theory.verification.criteria import RELATION_SIGNS, Criteria
from bn_theory.verification.findings import Finding, Yardstick, is_constant
from bn_theory.verification.summaries import Summary
from weingarten.coerce import refuses_text
from weingarten.errors import InvalidInputError
from weingarten.printing.notebooks import html_table
from weingarten.sampled.running_means import Estimate

__all__ = ["Verdict", "as_level", "components_of", "judge", "verdict_table_html"]


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What sampled networks say about one formula at one set of values.

    Attributes
    ----------
    formula : str
        Name in the catalogue, with the parameters chosen.
    values : mapping
        The values it was evaluated and sampled at.
    predicted : sympy.Expr
        The formula's value, exact where the values are.
    estimate : Estimate
        Mean over independent networks, standard error, number of networks, seed.
    z : float or None
        (mean - predicted) / standard error; for an inequality, positive where it points to a
        violation; a remainder the formula declares is granted first. None where every draw is
        compared.
    p_value : float
        Probability of sampled networks at least as extreme if the formula is right; 1 if undecided.
    comparisons : int
        How many tests the adjustment accounts for (components of a vector, looks at the draws).
    adjusted_p_value : float
        p-value after Bonferroni's (within a vector) and Holm's (within a family) adjustment.
    level : float
        Probability with which a right formula may be rejected.
    relation : {"==", "<=", ">="}
        How the sampled mean is claimed to relate to the predicted value.
    conjecture : bool
        Whether the statement was replaced by :meth:`Formula.with_expr`.
    remainder : float
        Bound on what the statement leaves out.
    reason : str
        Why the verdict is undecided; empty if it is not.
    deviation : float or None
        The largest difference of any draw, where every draw is compared.
    exact_stderr : float or None
        The exact standard error of the mean, where the variance of a draw is known exactly; z is
        then measured by it.
    """

    formula: str
    values: Mapping[str, object]
    predicted: sp.Expr
    estimate: Estimate
    z: float | None
    p_value: float
    adjusted_p_value: float
    level: float
    comparisons: int = 1
    relation: str = "=="
    conjecture: bool = False
    remainder: float = 0.0
    reason: str = ""
    deviation: float | None = None
    exact_stderr: float | None = None

    @property
    def word(self) -> str:
        """The verdict: ``"pass"``, ``"rejected"`` or ``"undecided"``."""
        if self.reason:
            return "undecided"
        return "pass" if self.adjusted_p_value >= self.level else "rejected"

    @property
    def passed(self) -> bool:
        """Whether the sampled networks agree with the formula at the level; not if undecided."""
        return self.word == "pass"

    @property
    def severity(self) -> tuple[int, float]:
        """Smaller the worse: rejected before undecided before passed, then by p-value."""
        rank = ("rejected", "undecided", "pass").index(self.word)
        return rank, self.adjusted_p_value

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
        """Standard error of the sampled mean: the exact one where it is known."""
        return float(self.estimate.stderr if self.exact_stderr is None else self.exact_stderr)

    @property
    def setting(self) -> str:
        """The values as text, for instance ``"d=12, depth=6"``."""
        return ", ".join(f"{name}={_brief(value)}" for name, value in self.values.items())

    @property
    def where(self) -> str:
        """The formula and the values, in one line."""
        return f"{self.formula} [{self.setting}]"

    @property
    def plain_z(self) -> float | None:
        """(mean - predicted) / standard error as it is; None where every draw is compared.

        Unlike :attr:`z`, which verdicts are made of, it grants no remainder and turns no sign.
        """
        if self.z is None:
            return None
        difference = float(self.estimate.mean) - float(self.predicted)
        if self.stderr > 0:
            return difference / self.stderr
        return math.copysign(math.inf, difference) if difference else 0.0

    @property
    def score(self) -> str:
        """How far the networks are from the statement, as text: z, or what stands for it."""
        if self.deviation is not None:
            how = "fails in some draw" if self.word == "rejected" else "holds in every draw"
            return f"{how} (off by at most {self.deviation:.1e})"
        return "no z" if self.plain_z is None else f"z = {self.plain_z:+.2f}"

    @property
    def comparison(self) -> str:
        """What was compared, in words and numbers, without the verdict."""
        sign = RELATION_SIGNS[self.relation]
        rest = f" (remainder {self.remainder:.1e})" if self.remainder else ""
        networks = f"({self.samples} networks, seed {self.seed})"
        predicted = f"predicted {sign} {float(self.predicted):.6g}{rest}"
        if self.deviation is not None:
            return f"{self.where}: {predicted}, {self.score} {networks}"
        mean = float(self.estimate.mean)
        sampled = f"sampled {mean:.6g} ± {self.stderr:.1e} {networks}"
        score = "" if self.plain_z is None else f", {self.score}"
        return f"{self.where}: {predicted}, {sampled}{score}"

    def __str__(self) -> str:
        because = f" ({self.reason})" if self.reason else ""
        return f"{self.comparison}: {self.word}{because}"

    def _repr_html_(self) -> str:
        return verdict_table_html([self])


def verdict_table_html(verdicts: Iterable[Verdict]) -> str:
    """Return verdicts as a table for notebooks."""
    heads = ("formula", "predicted", "sampled", "score", "verdict")
    rows = [
        (
            verdict.where,
            f"{RELATION_SIGNS[verdict.relation]} {float(verdict.predicted):.6g}",
            f"{float(verdict.estimate.mean):.6g} ± {verdict.stderr:.1e}",
            verdict.score,
            verdict.word,
        )
        for verdict in verdicts
    ]
    return html_table(heads, rows)


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


@refuses_text("predicted")
def judge(
    formula: str,
    values: Mapping[str, object],
    predicted: sp.Expr | Sequence[sp.Expr],
    estimate: Estimate,
    criteria: Criteria | None = None,
    *,
    level: float = 1e-3,
    draws: npt.NDArray[np.float64] | Summary | None = None,
    looks: int = 1,
) -> Verdict:
    """Compare a predicted value, or several, with a sampled mean of the same shape.

    Of several components the verdict shows the one that fits worst, with Bonferroni's adjustment
    for their number.

    Parameters
    ----------
    criteria : Criteria, optional
        What the statement claims of its draws; by default an exact equality of means.
    level : float
        Between 0 and 1.
    draws : ndarray of shape (networks, ...) or Summary, optional
        What the estimate is the mean of; without it the draws are taken for normal.
    looks : int
        At how many numbers of networks the draws might have been judged, by whatever rule: each
        of them has an equal share of the level.

    Examples
    --------
    >>> import sympy
    >>> from weingarten.sampled.running_means import Estimate
    >>> print(judge("half", {}, sympy.Rational(1, 2), Estimate(0.52, 0.01, 400, 7)))
    half []: predicted = 0.5, sampled 0.52 ± 1.0e-02 (400 networks, seed 7), z = +2.00: pass
    """
    as_level(level)
    criteria = criteria or Criteria()
    components = components_of(predicted)
    means = np.atleast_1d(np.asarray(estimate.mean, dtype=float)).ravel()
    errors = np.atleast_1d(np.asarray(estimate.stderr, dtype=float)).ravel()
    if criteria.conjecture and len(components) == 1:
        components *= len(means)  # a number is conjectured of each component
    if len(components) != len(means):
        raise InvalidInputError(
            "predicted",
            f"must have as many components as the sampled mean ({len(means)})",
            len(components),
            "make the formula and its sampler agree",
        )
    exact = [float(component) for component in components]
    if any(math.isnan(value) for value in exact):
        raise InvalidInputError(
            "predicted", "must be a number to be compared", predicted, "verify at other values"
        )
    summary = Summary.of(draws) if isinstance(draws, np.ndarray) else draws
    tests = len(components) * looks
    yardstick = Yardstick(criteria, level / tests)
    findings = []
    for i, value in enumerate(exact):
        column = None if summary is None else summary.column(i)
        if column is not None and (criteria.every_draw or is_constant(column)):
            findings.append(yardstick.of_every_draw(value, column))
            continue
        squares = (
            _of_component(criteria.exact_square, i),
            _of_component(criteria.second_moment, i),
        )
        mean, error = float(means[i]), float(errors[i])
        findings.append(yardstick.of_mean(value, mean, error, estimate.samples, column, squares))
    worst = min(range(len(findings)), key=lambda i: _severity(findings[i], yardstick.level))
    found = findings[worst]
    return Verdict(
        formula=formula,
        values=dict(values),
        predicted=components[worst],
        estimate=Estimate(
            float(means[worst]), float(errors[worst]), estimate.samples, estimate.seed
        ),
        z=found.z,
        p_value=found.p_value,
        adjusted_p_value=float(min(1.0, found.p_value * tests)),
        level=float(level),
        comparisons=tests,
        relation=criteria.relation,
        conjecture=criteria.conjecture,
        remainder=float(criteria.remainder),
        reason=found.reason,
        deviation=found.deviation,
        exact_stderr=found.exact_error,
    )


def as_level(level: object) -> float:
    """Return a probability as a float, or raise."""
    number = isinstance(level, Real | sp.Number) and not isinstance(level, bool)
    if not number or not 0 < float(level) < 1:  # type: ignore[arg-type]
        raise InvalidInputError("level", "must lie between 0 and 1", level, "use 0.001")
    return float(level)  # type: ignore[arg-type]


def _severity(found: Finding, level: float) -> tuple[int, float]:
    """Order the components: what is rejected first, then what is undecided, then by p-value."""
    if found.reason:
        return 1, 1.0
    return (0 if found.p_value < level else 2), found.p_value


def _of_component(hook: Callable[[], Any] | None, index: int) -> Callable[[], Any] | None:
    return None if hook is None else partial(_component, hook, index)


def _component(values: Callable[[], Any], index: int) -> float | None:
    """Return component ``index`` of a number, which has one for all, or of several."""
    known = values()
    if known is None:
        return None
    found = components_of(known)
    return float(found[index if len(found) > 1 else 0])


def components_of(predicted: sp.Expr | Sequence[sp.Expr]) -> list[sp.Expr]:
    """Return the numbers that a statement consists of."""
    if isinstance(predicted, sp.MatrixBase | sp.Tuple | list | tuple):
        return [sp.sympify(component) for component in predicted]
    return [sp.sympify(predicted)]
