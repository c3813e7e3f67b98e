"""The exceptions: what they say, what they carry, how they are caught."""

import pickle

import pytest

import weingarten
from weingarten.errors import (
    CostLimitError,
    InvalidInputError,
    MissingPackageError,
    WeingartenError,
)


def test_invalid_input_says_argument_constraint_value_and_remedy():
    error = InvalidInputError("n", "must be a non-negative integer", -1, "pass n >= 0")
    assert str(error) == "n must be a non-negative integer; got -1; pass n >= 0"
    assert (error.argument, error.value) == ("n", -1)
    assert isinstance(error, ValueError | WeingartenError)
    with pytest.raises(ValueError, match="n must be"):
        raise error


def test_cost_limit_says_request_estimate_limit_and_override():
    error = CostLimitError("gram_matrix(9)", 3.4e7, 1e4, "rows", "pass max_cost=None")
    expected = (
        "gram_matrix(9) needs about 3.4e+07 rows, over the limit of 1e+04; pass max_cost=None"
    )
    assert str(error) == expected
    assert (error.estimate, error.limit) == (3.4e7, 1e4)
    assert isinstance(error, RuntimeError)


@pytest.mark.parametrize(
    "error",
    [
        InvalidInputError("d", "must be positive", 0, "x"),
        CostLimitError("f", 2.0, 1.0, "s", "y"),
        MissingPackageError("f", "p"),
    ],
)
def test_errors_survive_the_way_back_from_another_process(error):
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is type(error)
    assert str(copy) == str(error)
    assert vars(copy) == vars(error)


def test_every_error_of_the_package_has_one_base():
    for error in (InvalidInputError, CostLimitError, MissingPackageError):
        assert issubclass(error, WeingartenError)
        assert getattr(weingarten, error.__name__) is error
