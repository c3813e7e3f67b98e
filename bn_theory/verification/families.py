"""Verdicts as one family: adjusted together, and with the power to tell a wrong formula."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bn_theory.verification.verdicts import Verdict, verdict_table_html

__all__ = ["Campaign", "PowerRow", "family_wise", "power_rows"]


@dataclass(frozen=True, kw_only=True)
class PowerRow:
    """One formula in a campaign, and the same with an error planted.

    Attributes
    ----------
    formula : str
    verdicts : tuple of Verdict
        Of the formula as it is, one for each case, adjusted as one family with all others.
    shifted : tuple of Verdict
        The same of the wrong formula, in a family with the unchanged verdicts of all others.
    """

    formula: str
    verdicts: tuple[Verdict, ...]
    shifted: tuple[Verdict, ...]

    @property
    def passed(self) -> bool:
        """Whether the formula is rejected at none of its cases and passes at one at least."""
        words = {verdict.word for verdict in self.verdicts}
        return "rejected" not in words and "pass" in words

    @property
    def rejected(self) -> bool:
        """Whether the wrong formula is rejected at one of the cases."""
        return any(verdict.word == "rejected" for verdict in self.shifted)

    @property
    def largest_shift(self) -> float:
        """The wrong formula's largest z in size, over its cases; oo without a z."""
        scores = [abs(verdict.z) for verdict in self.shifted if verdict.z is not None]
        return max(scores, default=math.inf)


class Campaign(tuple[Verdict, ...]):
    """Verdicts that were adjusted together: a tuple that notebooks show as a table.

    Attributes
    ----------
    power : tuple of PowerRow
        One for each formula, if errors were planted.
    """

    power: tuple[PowerRow, ...] = ()

    def with_power(self, rows: Sequence[PowerRow]) -> Campaign:
        """Return the same verdicts with what became of planted errors."""
        found = Campaign(self)
        found.power = tuple(rows)
        return found

    @property
    def blind(self) -> tuple[str, ...]:
        """The formulas whose planted error went unnoticed at all of their cases."""
        return tuple(row.formula for row in self.power if not row.rejected)

    @property
    def word(self) -> str:
        """The word of the worst: rejected, else undecided, else pass; undecided of none."""
        return min(self, key=lambda verdict: verdict.severity).word if self else "undecided"

    @property
    def passed(self) -> bool:
        """Whether all of them passed."""
        return self.word == "pass"

    def __str__(self) -> str:
        return "\n".join(map(str, self))

    def _repr_html_(self) -> str:
        return verdict_table_html(self)


def family_wise(verdicts: Sequence[Verdict], level: float = 0.01) -> Campaign:
    """Return the verdicts adjusted as one family by Holm's method.

    If every formula is right, the probability that any verdict of the family fails is at most
    ``level``. Undecided verdicts count as members and stay undecided.

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
    return Campaign(adjusted)


def power_rows(
    names: Sequence[str],
    right: Sequence[Sequence[Verdict]],
    wrong: Sequence[Sequence[Verdict]],
    level: float,
) -> tuple[PowerRow, ...]:
    """Return one row for each formula from the verdicts on its cases, as it is and planted."""
    rows = []
    for i, name in enumerate(names):
        others = [verdict for j, group in enumerate(right) if j != i for verdict in group]
        own = len(right[i])
        rows.append(
            PowerRow(
                formula=name,
                verdicts=family_wise([*right[i], *others], level)[:own],
                shifted=family_wise([*wrong[i], *others], level)[:own],
            )
        )
    return tuple(rows)
