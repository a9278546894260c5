"""Erasing a person: what is found of them, what goes of it, and what keeps them from coming back.

A person is the records of one golden record (`scope.Scope`). Their rows leave the files of versions
(`files`, `versions`), the rows of this database (`records.erasing.PLACES`, `rows`), and leave
keyed hashes behind (`tombstones`). `run` is the job.
"""
