"""What the stand-in for the model says in the editors' tests."""

from __future__ import annotations

from tests.agents.messages_api import Text, Turn, Use

BLOCKING = "services/orders/src/orders/clients/notifications.py"
RATES = "services/shipping/src/routes/rates.rs"
_IN_A_THREAD = (
    Use("Edit", {"file_path": BLOCKING, "old_string": "import logging\n", "new_string": "import asyncio\nimport logging\n"}),
    Use("Edit", {"file_path": BLOCKING, "old_string": "requests.post(", "new_string": "await asyncio.to_thread(requests.post, "}),
)
_READ = "fs::read_to_string(&state.config.rates_file)"
REFACTORED = Turn(_IN_A_THREAD)
REFACTORED_ALL = Turn(
    (*_IN_A_THREAD, Use("Edit", {"file_path": RATES, "old_string": f"std::{_READ}", "new_string": f"tokio::{_READ}.await"}))
)
STREAMED = Turn((Text("The event loop waits for the reply.\n\n" * 4000, pieces=4000),), delay=0.05)  # For minutes.
ANSWERED = Turn((Text(f"The event loop waits for the reply [{BLOCKING}:15 `requests.post`]."),))
