"""Renders every page and dialog to PNG files: `python -m tests.shots [FOLDER] [--only NAME]`.

Each theme and scale is a process of its own, since Qt reads its scale only at its start.
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

from tests.shots.scenes import SCENES


def main() -> int:
    parser = argparse.ArgumentParser(prog="shots", description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=Path("shots"))
    parser.add_argument("--only", choices=[scene.__name__ for scene in SCENES])
    parser.add_argument("--theme", choices=["light", "dark"])
    parser.add_argument("--scale", choices=["1", "2"])
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    only = ["--only", options.only] if options.only else []
    for theme in [options.theme] if options.theme else ["light", "dark"]:
        for scale in [options.scale] if options.scale else ["1", "2"]:
            command = [sys.executable, "-m", "tests.shots.scenes", theme, scale]
            environment = os.environ | {
                "QT_QPA_PLATFORM": "offscreen",
                "QT_SCALE_FACTOR": scale,
            }
            subprocess.run(
                [*command, str(options.folder.absolute()), *only], check=True, env=environment
            )
    print(f"{len(list(options.folder.glob('*.png')))} pictures in {options.folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
