"""What the checks were worth, counted."""

from dataclasses import replace

from syncd.model.findings import Ended, Ending
from syncd.report.score import CheckScore, score_of
from tests.report.views import MON_2, found, issue, march, task

(LATE,) = found(task(march(11)), issue(march(20)), MON_2)


def test_a_score_counts_what_was_judged_and_leaves_the_open_out() -> None:
    ends = [Ended(Ending.CAME_TRUE, 9), Ended(Ending.SETTLED, 4), Ended(Ending.SETTLED), Ended(Ending.FALSE, 30), None]
    assert score_of([replace(LATE, ended=each) for each in ends]) == (
        CheckScore("deadline-mismatch", raised=5, came_true=1, false=1, settled=2, precision=0.75, lead_days=6.5),
    )


def test_nothing_is_said_of_a_check_that_was_never_judged() -> None:
    assert score_of([LATE]) == (CheckScore("deadline-mismatch", 1, 0, 0, 0, None, None),)
