"""Polling conditions."""

from gotest import PollingConditionError
from gotest._bridge import PollingCondition

__all__ = ["PollingCondition", "PollingConditionError"]
