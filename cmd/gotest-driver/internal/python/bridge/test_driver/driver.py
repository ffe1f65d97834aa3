"""The run."""

import re
from typing import TYPE_CHECKING

from gotest import Driver
from gotest._bridge import tester

if TYPE_CHECKING:
    from unittest import TestCase as AssertionTester
else:
    AssertionTester = tester()


def pythonize_name(name: str) -> str:
    """The name of the variable for a machine."""
    return re.sub(r"^[^A-Za-z_]|[^A-Za-z0-9_]", "_", name)


__all__ = ["AssertionTester", "Driver", "pythonize_name"]
