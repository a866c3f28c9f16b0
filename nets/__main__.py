"""``python -m nets``: the same program as ``autograd-mini``."""

from __future__ import annotations

import sys

__all__ = ["main"]


def main() -> int:
    """Run the program and return its exit status.

    Its packages are an extra, so that the engine can do without them; where they are missing one
    line says how to get them.
    """
    try:
        from nets.cli.app import run
    except ModuleNotFoundError as missing:
        if missing.name is None or missing.name.partition(".")[0] in ("autograd_mini", "nets"):
            raise
        sys.stderr.write(
            f"autograd-mini: the program needs {missing.name}, which comes with its extra: "
            'pip install "autograd_mini[cli]"\n'
        )
        return 2
    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
