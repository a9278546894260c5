"""Files of text: their format, encoding, layout and records, each line told apart.

Imports (`transfers`) and sources read files by the same rules; what both need stands here. Nothing
here knows a database or a person.
"""
