"""Background work: queue, worker, schedules, progress, notifications."""
