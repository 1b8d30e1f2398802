"""`python -m architrave`."""

from __future__ import annotations

import sys

from architrave.cli.main import main

sys.exit(main())
