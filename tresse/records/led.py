"""Ids of merged records lead to the survivor, at the doors (C42, C63)."""

import functools
from collections.abc import Callable
from typing import Any, TypeVar

from tresse.kernel.errors import TresseError

T = TypeVar("T")


def led(door: Callable[..., T]) -> Callable[..., T]:
    """Let a door that takes the `id` of a record go on with the survivor of a merged one.

    What refuses a merged record does so before anything is written, so the door may begin again.
    """

    @functools.wraps(door)
    def following(*args: Any, **arguments: Any) -> T:
        try:
            return door(*args, **arguments)
        except TresseError as error:
            if error.code != "record_merged" or error.details["id"] != arguments["id"]:
                raise
            return door(*args, **{**arguments, "id": error.details["survivor_id"]})

    return following
