"""`python -m hub` is `crossband`."""

import sys

from hub.cli import main

sys.exit(main())
