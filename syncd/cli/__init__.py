"""The commands. Thin: each asks the rooms below and says the answer; stdout is the answer, stderr the log.

`main.py` knows the names of all commands and imports one when it is run, so that `syncd --help` and completion cost
nothing but click. `session.py` is what every command is handed; `door.py` turns errors into exit codes.
"""
