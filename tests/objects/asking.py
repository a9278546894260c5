"""Reading the pages of the data model."""

import re


def text_of(response):
    """The text of a page, its white space made single spaces."""
    return re.sub(r"\s+", " ", response.content.decode())


def words_of(response):
    """The same without tags."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))
