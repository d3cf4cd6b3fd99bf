"""`python -m engine`: train, evaluate and score from the command line."""

import sys
import time

STARTED = time.perf_counter()

if __name__ == "__main__":
    from engine.cli import main

    sys.exit(main(STARTED))
