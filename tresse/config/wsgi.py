"""What a WSGI server runs."""

import gc
import multiprocessing
import os
import signal
import threading

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tresse.config.settings")
application = get_wsgi_application()
# What is loaded stays for good: without this each full collection would look through all of it.
gc.collect()
gc.freeze()


def _end_with_parent() -> None:
    """End this process of the server when the one that started it has died without a word."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGKILL)


threading.Thread(target=_end_with_parent, daemon=True).start()
