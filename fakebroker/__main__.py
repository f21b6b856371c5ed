"""``python -m fakebroker`` is the command line ``fakebroker``."""

import sys

from fakebroker.control.main import main

sys.exit(main())
