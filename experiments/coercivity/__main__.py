"""`python -m coercivity COMMAND ...`: the same as `coercivity COMMAND ...`."""

import sys

from coercivity.experiments.cli import main

if __name__ == "__main__":
    sys.exit(main())
