"""Batches from outside: what is read, and what is refused in one line."""

import numpy as np
import pytest

from bn_theory.study.batches import as_batch, digits, read_samples
from weingarten.errors import InvalidInputError


def test_the_first_digits_have_full_rank():
    images = digits(32)
    assert images.shape == (32, 64)
    assert np.linalg.matrix_rank(images) == 32
    with pytest.raises(InvalidInputError, match="samples must be at most 1797"):
        digits(2000)


def test_a_batch_is_transposed_and_scaled():
    rows = np.array([[3.0, 0.0, 1.0], [0.0, 2.0, 5.0]])
    batch = as_batch(rows)
    assert batch.shape == (3, 2)
    assert np.sum(batch**2) == pytest.approx(2)
    np.testing.assert_allclose(batch * rows[0, 0] / batch[0, 0], rows.T)
    np.testing.assert_allclose(as_batch(1e-200 * rows), batch)
    np.testing.assert_allclose(as_batch(rows.astype(int)), batch)
    np.testing.assert_allclose(as_batch(np.vstack([rows, rows]), 2), batch)


def test_files_round_trip(tmp_path):
    rows = np.array([[1.0, 2.5, -3.0], [4.0, 5.0, 1e-7]])
    np.save(tmp_path / "batch.npy", rows)
    np.testing.assert_array_equal(read_samples(tmp_path / "batch.npy"), rows)
    np.savetxt(tmp_path / "batch.csv", rows, delimiter=",")
    np.testing.assert_array_equal(read_samples(tmp_path / "batch.csv"), rows)
    text = "\ufeffa, b, c\n1, 2.5, -3\n\n4,5,1e-7\n"
    (tmp_path / "header.CSV").write_text(text, encoding="utf-8")
    np.testing.assert_array_equal(read_samples(tmp_path / "header.CSV"), rows)


class Harmful:
    def __reduce__(self):
        return exec, ("raise SystemExit('unpickled')",)


def write(path, content):
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif isinstance(content, str):
        path.write_text(content, encoding="utf-8")
    else:
        np.save(path, content, allow_pickle=True)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.npy", b"", "data must not be empty"),
        ("a.npy", b"no array", "data must be a complete .npy file of numbers"),
        ("a.npy", b"\x93NUMPY\x01\x00", "data must be a complete .npy file of numbers"),
        ("a.npy", np.array([Harmful()]), "data must be a complete .npy file of numbers"),
        ("a.npy", np.array([["1", "2"]]), "data must hold real numbers; got 'dtype <U1'"),
        ("a.npy", np.array([[1j]]), "data must hold real numbers; got 'dtype complex128'"),
        ("a.npy", np.array([[True]]), "data must hold real numbers; got 'dtype bool'"),
        ("a.csv", "", "data must hold at least one sample"),
        ("a.csv", "x,y\n", "data must hold at least one sample"),
        ("a.csv", "1,2\n3\n",
         "data must have equally long rows (2 cells); got '1 cells in line 2'"),
        ("a.csv", "x,y\n1,2,3\n", "data must have equally long rows (2 cells)"),
        ("a.csv", "1,2\n3,seven\n",
         "data must hold numbers only, separated by commas; got \"'seven' in line 2, column 2\""),
        ("a.csv", "1,2\n3,\n", "data must hold numbers only"),
        ("a.csv", "1_0,2\n", "data must hold numbers only"),
        ("a.csv", "x,y\nx,y\n", "data must hold numbers only"),
        ("a.csv", "__import__('os'),1\n", "data must hold numbers only"),
        ("a.csv", b"\xff\xfe\x00\x01", "data must be a text file of comma-separated numbers"),
        ("a.txt", "1,2", "data must be a .npy or .csv file"),
    ],
)  # fmt: skip
def test_files_that_cannot_be_read(tmp_path, name, content, message):
    write(tmp_path / name, content)
    with pytest.raises(InvalidInputError) as caught:
        read_samples(tmp_path / name)
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)


def test_archives_missing_files_and_folders_are_refused(tmp_path):
    np.savez(tmp_path / "a.npz", x=np.eye(2))
    (tmp_path / "a.npz").rename(tmp_path / "a.npy")
    with pytest.raises(InvalidInputError, match="data must hold a single array"):
        read_samples(tmp_path / "a.npy")
    with pytest.raises(InvalidInputError, match="data must be an existing file"):
        read_samples(tmp_path / "none.npy")
    with pytest.raises(InvalidInputError, match="data must be a file"):
        read_samples(tmp_path)


def with_entry(value):
    rows = np.eye(3, 5)
    rows[1, 2] = value
    return rows


@pytest.mark.parametrize(
    ("rows", "count", "message"),
    [
        (with_entry(np.nan), None, "data must be finite; got 'nan in sample 2, feature 3'"),
        (with_entry(np.inf), None, "data must be finite; got 'inf in sample 2, feature 3'"),
        (np.ones(4), None, "data must be a matrix; got 'an array of shape (4,)'"),
        (np.ones((4, 8, 8)), None, "data must be a matrix; got 'an array of shape (4, 8, 8)'; "
         "reshape it to one sample per row, one feature per column, here with reshape(4, -1)"),
        (np.ones((1, 5)), None, "data must have at least 2 samples and 2 features"),
        (np.zeros((0, 5)), None, "data must have at least 2 samples and 2 features"),
        (np.eye(5, 3), None, "data must have at least as many features as samples to be of full "
         "rank; got '5 samples of 3 features'; keep at most 3 rows"),
        (np.eye(3, 5), 4, "batch must be at most the 3 samples of the data; got 4"),
        (np.eye(3, 5), 1, "batch must be an integer >= 2"),
        (np.zeros((2, 3)), None, "data must have full rank 2 (its isometry gap is infinite "
         "otherwise); got 'a batch of rank 0'; remove sample 1, which is all zero"),
        (np.eye(3, 5)[[0, 1, 0]], None, "data must have full rank 3 (its isometry gap is infinite "
         "otherwise); got 'a batch of rank 2'; remove sample 3, which repeats sample 1"),
        (np.array([[1, 0, 0], [0, 1, 0], [1, 1, 0]]), None, "data must have full rank 3"),
        (np.array([["a", "b"], ["c", "d"]]), None, "data must hold real numbers"),
    ],
)  # fmt: skip
def test_batches_that_do_not_fit(rows, count, message):
    with pytest.raises(InvalidInputError) as caught:
        as_batch(rows, count)
    assert str(caught.value).startswith(message)
