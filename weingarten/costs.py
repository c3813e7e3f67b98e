"""Predicted costs and the limit above which a request is refused."""

from weingarten.errors import CostLimitError

__all__ = ["DEFAULT_MAX_COST", "refuse_above"]

#: Seconds of predicted work above which public functions refuse, unless told to go on.
DEFAULT_MAX_COST = 60.0


def refuse_above(max_cost: float | None, request: str, seconds: float) -> None:
    """Raise :class:`CostLimitError` when ``seconds`` exceeds ``max_cost`` (None: no limit)."""
    if max_cost is not None and seconds > max_cost:
        raise CostLimitError(
            request, seconds, max_cost, "seconds", "pass max_cost=None to go on regardless"
        )
