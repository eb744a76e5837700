"""The words of syncd as types. Pure: no I/O, no clock, no randomness; imports nothing of the other rooms."""
