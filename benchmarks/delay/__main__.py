"""Scores the forecast on every project of a folder.

python -m benchmarks.delay --data DIR [--json]
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from benchmarks.delay.data import ENDING, read_folder
from benchmarks.delay.figures import measure, plain, render


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.delay", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help=f"a folder of files PROJECT{ENDING}")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")
    arguments = parser.parse_args()
    histories = read_folder(arguments.data)
    if not histories:
        print(f"no file *{ENDING} in {arguments.data}", file=sys.stderr)
        return 1
    figures = measure(histories)
    print(json.dumps(plain(figures), indent=2) if arguments.json else render(figures))
    return 0


if __name__ == "__main__":
    sys.exit(main())
