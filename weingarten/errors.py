"""The exceptions of the package: each names the argument, the constraint, the value, the remedy."""

from math import inf

__all__ = [
    "NOTHING",
    "CampaignError",
    "CostLimitError",
    "InvalidInputError",
    "MissingPackageError",
    "WeingartenError",
]


class _Nothing:
    """What an error shows as the value of an argument that was left out."""

    def __repr__(self) -> str:
        return "nothing"

    def __reduce__(self) -> str:
        return "NOTHING"


NOTHING = _Nothing()


class WeingartenError(Exception):
    """Base class of every error this package raises on purpose."""


class CampaignError(WeingartenError, RuntimeError):
    """Sampling could not go on: a process died, or a checkpoint could not be written.

    The message says what is kept and what to do.

    Attributes
    ----------
    verdicts : tuple
        Those of a campaign that were known by then, each by itself, before any family-wise
        adjustment.
    """

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.verdicts: tuple[object, ...] = ()


class InvalidInputError(WeingartenError, ValueError):
    """An argument lies outside the domain of the function it was given to.

    Parameters
    ----------
    argument : str
        Name of the offending argument.
    constraint : str
        What the argument has to satisfy.
    value : object
        What was given.
    remedy : str
        What to do instead.

    Examples
    --------
    >>> raise InvalidInputError("n", "must be a non-negative integer", -1, "pass n >= 0")
    Traceback (most recent call last):
        ...
    weingarten.errors.InvalidInputError: n must be a non-negative integer; got -1; pass n >= 0
    """

    def __init__(self, argument: str, constraint: str, value: object, remedy: str) -> None:
        self.argument = argument
        self.constraint = constraint
        self.value = value
        self.remedy = remedy
        super().__init__(argument, constraint, value, remedy)

    def __str__(self) -> str:
        return (
            f"{self.argument} {self.constraint}; got {_shortened(repr(self.value))}; {self.remedy}"
        )


class CostLimitError(WeingartenError, RuntimeError):
    """The cost of a request, predicted or already spent, is above the limit.

    Parameters
    ----------
    request : str
        What was asked for.
    estimate, limit : float
        Predicted cost and the limit it exceeds, in the same unit.
    unit : str
        What is counted, for instance ``"seconds"`` or ``"pairings"``.
    override : str
        How to go on regardless.
    spent : bool, optional
        Whether ``estimate`` was spent already, by work that was stopped, and not predicted.

    Examples
    --------
    >>> print(CostLimitError("gram_matrix(9)", 3.4e7, 1e4, "rows", "pass max_cost=None"))
    gram_matrix(9) needs about 3.4e+07 rows, over the limit of 1e+04; pass max_cost=None
    """

    def __init__(
        self,
        request: str,
        estimate: float,
        limit: float,
        unit: str,
        override: str,
        spent: bool = False,
    ) -> None:
        self.request = request
        self.estimate = estimate
        self.limit = limit
        self.unit = unit
        self.override = override
        self.spent = spent
        super().__init__(request, estimate, limit, unit, override, spent)

    def __str__(self) -> str:
        needs = "was stopped after" if self.spent else "needs about"
        much = f"{self.estimate:.3g} {self.unit}"
        if self.estimate == inf:
            needs, much = "needs", f"more {self.unit} than a float holds"
        return (
            f"{_shortened(self.request)} {needs} {much}, "
            f"over the limit of {self.limit:.3g}; {self.override}"
        )


class MissingPackageError(WeingartenError, ImportError):
    """What was asked for needs another package, which an extra of this one brings.

    Parameters
    ----------
    request : str
        What was asked for.
    package : str
        The package that is not installed, as installing it calls it.
    extra : str, optional
        The extra of ``weingarten-bn`` that brings it.

    Examples
    --------
    >>> print(MissingPackageError("draw", "matplotlib"))
    draw needs matplotlib, which is not installed: pip install matplotlib (of the extra report)
    """

    def __init__(self, request: str, package: str, extra: str = "report") -> None:
        self.request = request
        self.package = package
        self.extra = extra
        super().__init__(request, package, extra)

    def __str__(self) -> str:
        return (
            f"{self.request} needs {self.package}, which is not installed: "
            f"pip install {self.package} (of the extra {self.extra})"
        )


def _shortened(text: str, limit: int = 200) -> str:
    return text if len(text) <= limit else f"{text[: limit - 20]} … {text[-17:]}"
