"""What Ctrl-C does: at once where a question waits, after what is in hand where something is written."""

from __future__ import annotations

import os
import signal

import pytest

from syncd.cli.stopping import asking, stoppable


def test_a_signal_is_kept_for_later_while_something_is_written() -> None:
    with stoppable() as stop:
        os.kill(os.getpid(), signal.SIGINT)
        assert stop()


def test_a_second_signal_ends_it_in_the_middle() -> None:
    with stoppable():
        os.kill(os.getpid(), signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)


def test_a_signal_ends_a_question_at_once_and_approves_nothing() -> None:
    with stoppable() as stop:
        with pytest.raises(KeyboardInterrupt), asking():
            os.kill(os.getpid(), signal.SIGINT)
        assert not stop()
        assert signal.getsignal(signal.SIGINT) == stop.ask
