"""A loop that fails again and again tells of it once, and once that it works again."""

import logging
from logging import Logger


class Outage:
    """Whether a loop fails at the moment, as its operator was told."""

    def __init__(self, logger: Logger, *, failing: str, working: str) -> None:
        """It works.

        Args:
            logger: of the loop.
            failing: what is logged when it begins to fail.
            working: what is logged when it works again.
        """
        self._logger = logger
        self._failing = failing
        self._working = working
        self._is_on = False

    def fails(self, error: Exception) -> None:
        """The operator knows that it fails, and since when."""
        if not self._is_on:
            self._logger.warning(self._failing, extra={"error": type(error).__name__})
        else:
            self._logger.log(logging.DEBUG, self._failing, extra={"error": type(error).__name__})
        self._is_on = True

    def works(self) -> None:
        """The operator knows that it works."""
        if self._is_on:
            self._logger.warning(self._working)
        self._is_on = False
