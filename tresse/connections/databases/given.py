"""Queries that people give: one SELECT, or refused (S79)."""

from typing import TYPE_CHECKING

from tresse.connections.refusals import (
    QUERY_CHANGES,
    QUERY_EMPTY,
    QUERY_EXECUTES,
    QUERY_NO_SELECT,
    QUERY_SEVERAL,
    QUERY_UNREAD,
)

if TYPE_CHECKING:
    from sqlglot.tokenizer_core import Token

BEGINNINGS = {"SELECT", "WITH", "("}


def checked_query(query: str, dialect: str) -> str:
    """The query without the semicolons at its end, if it is one SELECT.

    What a function in it does is bounded by the rights of the user and by the transaction, which
    only reads.

    Args:
        query: As a person wrote it.
        dialect: `postgres` or `mysql`, as sqlglot calls it.

    Raises:
        TresseError: `query_refused`.
    """
    # It takes a tenth of a second to load, which every command would wait for.
    import sqlglot  # noqa: PLC0415
    from sqlglot import exp  # noqa: PLC0415
    from sqlglot.errors import SqlglotError  # noqa: PLC0415

    if dialect == "mysql" and ("/*!" in query or "/*M!" in query):
        raise QUERY_EXECUTES()
    if "\0" in query:
        raise QUERY_UNREAD(reason="\\0")
    try:
        tokens = sqlglot.tokenize(query, read=dialect)
        text = query[: _end(tokens, query)]
        found = [each for each in sqlglot.parse(text, read=dialect) if each is not None]
    except (SqlglotError, RecursionError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise QUERY_UNREAD(reason=reason.replace("\x1b[4m", "").replace("\x1b[0m", "")) from None
    if len(found) > 1:
        raise QUERY_SEVERAL()
    if not isinstance(found[0], exp.Select | exp.SetOperation | exp.Subquery):
        raise QUERY_NO_SELECT(word=tokens[0].text.upper())
    changing = (exp.Insert, exp.Update, exp.Delete, exp.Merge, exp.Into, exp.Lock, exp.Command)
    for node in found[0].find_all(*changing, exp.DDL, exp.Alter, exp.Drop):
        raise QUERY_CHANGES(word=node.key.upper())
    return text.strip()


def _end(tokens: "list[Token]", query: str) -> int:
    """Where the statement ends: before the semicolons that end it."""
    from sqlglot.tokenizer_core import TokenType  # noqa: PLC0415

    end = len(query)
    left = list(tokens)
    while left and left[-1].token_type == TokenType.SEMICOLON:
        end = left.pop().start
    if not left:
        raise QUERY_EMPTY()
    # What else there is, sqlglot may fall back to take for a command of its own.
    if left[0].text.upper() not in BEGINNINGS:
        raise QUERY_NO_SELECT(word=left[0].text.upper())
    return end
