"""`python -m coercivity.experiments COMMAND ...`."""

import sys

from coercivity.experiments.cli import main

if __name__ == "__main__":
    sys.exit(main())
