"""``python -m genims.audit.verify``, the name that runbooks and stored reports use."""

import sys

from genims.audit.evidence.verify import main

sys.exit(main())
