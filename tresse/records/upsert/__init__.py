"""Many records made or changed in one call, as sets: matched, checked, then written (C121).

`changes.upsert_records` is the door; here are its steps. `asked` reads items, `matching` finds the
records they mean, `checking` says what each would write or why not, `writing` writes.
"""
