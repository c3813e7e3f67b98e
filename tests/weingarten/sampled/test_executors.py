"""Work given to executors, and Ctrl-C while their futures are locked."""

import signal
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from weingarten.errors import CampaignError
from weingarten.sampled.executors import submitted, uninterrupted


@pytest.fixture(autouse=True)
def handler():
    """Answer Ctrl-C as Python does, whatever the shell of these tests made of it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield signal.default_int_handler
    signal.signal(signal.SIGINT, before)


def test_ctrl_c_waits_for_the_end_of_the_block(handler):
    done = []

    @uninterrupted()
    def work():
        signal.raise_signal(signal.SIGINT)
        done.append("the rest")

    with pytest.raises(KeyboardInterrupt):
        work()
    assert done
    assert signal.getsignal(signal.SIGINT) is handler


def test_ctrl_c_is_not_lost_when_the_block_fails(handler):
    @uninterrupted()
    def work():
        signal.raise_signal(signal.SIGINT)
        raise ValueError

    with pytest.raises(KeyboardInterrupt):
        work()
    assert signal.getsignal(signal.SIGINT) is handler


def test_without_ctrl_c_nothing_is_raised(handler):
    with uninterrupted():
        pass
    assert signal.getsignal(signal.SIGINT) is handler


def test_other_threads_have_no_signals_to_keep_back():
    ended = []

    def work():
        with uninterrupted():
            ended.append(threading.current_thread())

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert ended == [thread]


def test_ctrl_c_while_work_is_handed_over_leaves_no_lock_behind():
    class Interrupted(ThreadPoolExecutor):
        def submit(self, *arguments):
            future = super().submit(*arguments)
            with future._condition:
                signal.raise_signal(signal.SIGINT)
            return future

    with Interrupted(1) as executor, pytest.raises(KeyboardInterrupt):
        submitted(executor, int)
    # it shut down, and so did not wait for a lock


def test_an_executor_that_is_shut_down():
    executor = ThreadPoolExecutor(1)
    executor.shutdown()
    with pytest.raises(CampaignError, match="pass one that is not shut down"):
        submitted(executor, int)
