"""`python -m architrave` is `architrave`."""

import sys

from architrave.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
