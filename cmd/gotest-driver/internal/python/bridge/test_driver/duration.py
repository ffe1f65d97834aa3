"""Durations: numbers of seconds, or timedeltas."""

from datetime import timedelta
from typing import Union

from gotest._bridge import seconds as as_seconds

Duration = Union[timedelta, int, float]


def as_timedelta(duration: Duration) -> timedelta:
    """A duration as a timedelta."""
    return timedelta(seconds=as_seconds(duration))


__all__ = ["Duration", "as_seconds", "as_timedelta"]
