"""The names of nixpkgs' test driver that scripts import. What runs is package gotest."""

from test_driver.driver import Driver
from test_driver.logger import CompositeLogger, JunitXMLLogger, TerminalLogger, XMLLogger

__all__ = ["CompositeLogger", "Driver", "JunitXMLLogger", "TerminalLogger", "XMLLogger"]
