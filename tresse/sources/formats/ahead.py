"""Work done ahead of who needs it: the next pieces are unpacked while this one is read."""

from collections.abc import Generator, Iterator
from queue import Full, Queue
from threading import Event, Thread
from typing import TypeVar

Item = TypeVar("Item")
_DEPTH = 3
_WAIT_SECONDS = 0.1


class _End:
    """After the last item, with what was raised instead of a further one."""

    def __init__(self, error: BaseException | None = None) -> None:
        self.error = error


def ahead(items: Iterator[Item]) -> Generator[Item, None, None]:
    """The same items, made by a thread up to three ahead; it ends when this is closed."""
    queue: Queue[Item | _End] = Queue(_DEPTH)
    is_over = Event()
    thread = Thread(target=_fill, args=(items, queue, is_over), daemon=True)
    thread.start()
    try:
        while True:
            found = queue.get()
            if isinstance(found, _End):
                if found.error is not None:
                    raise found.error
                return
            yield found
    finally:
        is_over.set()
        thread.join()


def _fill(items: Iterator[Item], queue: "Queue[Item | _End]", is_over: Event) -> None:
    end = _End()
    try:
        for item in items:
            if not _put(item, queue, is_over):
                return
    except BaseException as error:  # noqa: BLE001  raised where the items are asked for
        end = _End(error)
    _put(end, queue, is_over)


def _put(item: Item | _End, queue: "Queue[Item | _End]", is_over: Event) -> bool:
    """Whether it was put there; not once nobody wants it."""
    while not is_over.is_set():
        try:
            queue.put(item, timeout=_WAIT_SECONDS)
        except Full:
            continue
        return True
    return False
