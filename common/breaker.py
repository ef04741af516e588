"""A breaker keeps a silent server from making everyone wait."""

import threading
import time


class Breaker:
    """Opens for `seconds` after `failures` in a row; one caller tries again afterwards."""

    def __init__(self, *, failures: int = 1, seconds: float = 5.0) -> None:
        self._limit = failures
        self._seconds = seconds
        self._failed = 0
        self._closed_again_at = 0.0
        self._lock = threading.Lock()

    def allows(self) -> bool:
        """Whether a call may be tried now; while open, one trial per period is let through."""
        with self._lock:
            if self._failed < self._limit:
                return True
            now = time.monotonic()
            if now < self._closed_again_at:
                return False
            self._closed_again_at = now + self._seconds
            return True

    def succeeded(self) -> None:
        """Close the breaker."""
        with self._lock:
            self._failed = 0

    def failed(self) -> None:
        """Count a failure; open when there were enough."""
        with self._lock:
            self._failed += 1
            if self._failed >= self._limit:
                self._closed_again_at = time.monotonic() + self._seconds
