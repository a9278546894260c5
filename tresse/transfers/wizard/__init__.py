"""The first half of the import wizard: a file is taken in and read, its columns get a meaning.

`file_step` and `map_step` are the pages; `shown` says what they show of each column, `choices` what
a column may be answered with. The check and what follows is the page of the import itself.
"""
