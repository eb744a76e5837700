"""`findings mute`, `accept` and `unmute`: an operator asks for silence as people do on the ticket."""

from __future__ import annotations

from tests.cli.house import House
from tests.cli.test_decisions import conflict


def test_a_point_is_muted_agreed_and_spoken_of_again(house: House) -> None:
    conflict(house)
    for until in ("till friday", "friday"):
        assert "Point 1 of MKT-1 is muted until Fri 6 Mar 2026" in house.answer(
            "findings", "mute", "MKT-1", "1", "--until", until
        )
    assert "Muted by an operator, until Fri 6 Mar 2026." in house.answer("findings")
    assert "mute 1, until Fri 6 Mar 2026: syncd findings" in house.answer("history", "MKT-1")
    house.answer("findings", "accept", "MKT-1", "1")
    assert "Agreed by an operator, until its facts change." in house.answer("findings")
    house.answer("findings", "unmute", "MKT-1", "1")
    assert "by an operator" not in house.answer("findings")


def test_what_is_not_there_and_what_is_no_day_is_said(house: House) -> None:
    conflict(house)
    for words, said in (
        (["mute", "MKT-1", "7"], "has no open point 7"),
        (["unmute", "MKT-1", "1"], "point 1 is not muted"),
        (["mute", "MKT-1", "1", "--until", "5/6"], "is no day that syncd understands"),
        (["mute", "MKT-99", "1"], "is no item that syncd knows"),
    ):
        result = house.run("findings", *words)
        assert (result.exit_code, said in result.stderr) == (1, True)
