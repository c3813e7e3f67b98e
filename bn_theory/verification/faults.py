"""What ends a campaign before its time, other than a mistake in the request."""

from weingarten.errors import WeingartenError

__all__ = ["CampaignError"]


class CampaignError(WeingartenError, RuntimeError):
    """A campaign could not go on: a process died, or a checkpoint could not be written.

    The message says what is kept and what to do.

    Attributes
    ----------
    verdicts : tuple of Verdict
        Those that were known by then, each by itself, before any family-wise adjustment.
    """

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.verdicts: tuple[object, ...] = ()
