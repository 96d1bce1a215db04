"""The local stack: the servers that the package works with, run from below one directory, its *home*."""

from dev.stack.stack import DEFAULT_HOME, SERVICES, Stack
from dev.stack.steps import StackError

__all__ = ["DEFAULT_HOME", "SERVICES", "Stack", "StackError"]
