# SPDX-License-Identifier: BSD-2-Clause
"""What the tests themselves stand on: a console's text is read whole."""
from machine import Machine

IN_PIECES = 'printf "it has ended with 4"; sleep 0.3; echo 2; sleep 5'


def test_text_that_comes_in_pieces_is_read_whole():
    """The half of a number is not the number."""
    with Machine(["sh", "-c", IN_PIECES]) as m:
        assert m.expect(r"has ended with (\d+)").group(1) == "42"
