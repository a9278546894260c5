"""Reads the text of a formula into a tree, or refuses it.

The grammar is the allow-list: what is not in it cannot be said. Nothing of the text survives but
names, numbers and texts, which become columns and bound values (D100). `product.category` is one
name with a dot in it: whether there is such a column is for whoever builds the formula to say.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NoReturn

from tresse.engine.formulas.refusals import (
    FORMULA_AGGREGATE,
    FORMULA_JOIN,
    FORMULA_STATEMENT,
    FORMULA_SUBQUERY,
    FORMULA_SYNTAX,
    FORMULA_TOO_LONG,
    FORMULA_WINDOW,
)
from tresse.kernel.errors import TresseError
from tresse.kernel.marks import N_

MOST_CHARACTERS = 2_000
MOST_NODES = 200
MOST_LEVELS = 30
MOST_LITERAL = 200
# fmt: off
KEYWORDS = frozenset({
    "and", "or", "not", "is", "null", "true", "false", "in", "between", "like", "ilike", "case",
    "when", "then", "else", "end", "cast", "distinct",
})
STATEMENTS = frozenset({
    "select", "from", "where", "union", "except", "intersect", "group", "order", "having", "limit",
    "offset", "insert", "update", "delete", "merge", "drop", "create", "alter", "truncate",
    "attach", "detach", "copy", "export", "install", "load", "set", "reset", "pragma", "call",
    "with", "values", "explain", "begin", "commit", "rollback", "vacuum", "grant", "revoke",
    "execute", "prepare", "do", "use", "describe", "show", "summarize", "pivot", "unpivot",
    "returning", "qualify", "as",
})
JOINS = frozenset({"join", "inner", "cross", "natural", "lateral"})
AGGREGATES = frozenset({
    "sum", "avg", "min", "max", "count", "median", "mode", "stddev", "variance", "string_agg",
    "array_agg", "list", "first", "last", "any_value", "group_concat", "listagg", "product",
    "quantile", "arg_max", "arg_min", "max_by", "min_by", "bool_and", "bool_or", "histogram",
    "most_frequent", "count_distinct",
})
RELATED = frozenset({
    "sum", "avg", "min", "max", "count", "count_distinct", "first", "last", "most_frequent", "list",
})
# fmt: on
"`RELATED`: aggregates of related rows, where a formula may have them (D110)."
COMPARISONS = {"=": "=", "<>": "<>", "!=": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_TOKEN = re.compile(
    r"""(?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?(?!\w))
      | (?P<text>'(?:[^']|'')*')
      | (?P<quoted>"[^"]+")
      | (?P<name>[^\W\d]\w*)
      | (?P<sign>--|/\*|\|\||//|<=|>=|<>|!=|[-+*/%(),=<>;.])""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Token:
    """A word of a formula. `sort`: number, text, quoted, name, sign or end."""

    sort: str
    text: str
    start: int
    end: int

    @property
    def word(self) -> str:
        """A bare name or sign in lower case; empty for anything else."""
        return self.text.lower() if self.sort in {"name", "sign"} else ""


@dataclass(frozen=True)
class Node:
    """A part of a formula.

    `sort`: number, text, boolean, null, column, call, cast, case, operator, aggregate. `text`: the
    number, text, name or operator; of a cast its type. `start`, `end`: where it stands. Parts of an
    aggregate: the column it is of, and the condition of its rows if it has one.
    """

    sort: str
    text: str
    parts: tuple["Node", ...]
    start: int
    end: int

    @cached_property
    def levels(self) -> int:
        """How deep it is."""
        return 1 + max((part.levels for part in self.parts), default=0)

    def walk(self) -> Iterator["Node"]:
        """It and all of its parts."""
        yield self
        for part in self.parts:
            yield from part.walk()


def read(text: str, *, related: bool = False) -> Node:
    """Read a formula.

    Args:
        text: The formula.
        related: Whether it may hold aggregates of related rows: `SUM(orders.amount)`.

    Raises:
        TresseError: One of the codes of D104 that say nothing of columns, functions and types.
    """
    if len(text) > MOST_CHARACTERS:
        raise FORMULA_TOO_LONG(
            number=len(text),
            things=N_("characters"),
            most=MOST_CHARACTERS,
            position=MOST_CHARACTERS,
        )
    return _Reader(text, related=related).whole()


def columns_named(node: Node) -> tuple[str, ...]:
    """Names of the columns that a formula uses, each once, in order."""
    return tuple(dict.fromkeys(each.text for each in node.walk() if each.sort == "column"))


def _tokens(text: str) -> list[Token]:
    found: list[Token] = []
    at = 0
    while True:
        while at < len(text) and text[at].isspace():
            at += 1
        if at == len(text):
            return [*found, Token("end", "", at, at)]
        match = _TOKEN.match(text, at)
        if match is None or match[0] in {"--", "/*"}:
            raise FORMULA_SYNTAX(position=at + 1, found=f'"{text[at : at + 12]}"')
        token = Token(str(match.lastgroup), match[0], at, match.end())
        if len(token.text) > MOST_LITERAL:
            raise FORMULA_TOO_LONG(
                number=len(token.text),
                things=N_("characters in one text"),
                most=MOST_LITERAL,
                position=at + 1,
            )
        found.append(token)
        at = match.end()


def _bare(token: Token) -> str:
    return token.text[1:-1] if token.sort == "quoted" else token.text


class _Reader:
    """One reading in progress: the words, and where it stands."""

    def __init__(self, text: str, *, related: bool = False) -> None:
        self._tokens = _tokens(text)
        self._related = related
        self._at = 0
        self._nodes = 0
        self._level = 0

    def whole(self) -> Node:
        node = self._expression()
        if self._token.sort != "end":
            raise self._refusal()
        return node

    @property
    def _token(self) -> Token:
        return self._tokens[self._at]

    def _next(self) -> Token:
        token = self._tokens[self._at]
        self._at = min(self._at + 1, len(self._tokens) - 1)
        return token

    def _took(self, *words: str) -> bool:
        """Whether the next words are these; then they are taken."""
        ahead = self._tokens[self._at : self._at + len(words)]
        if [token.word for token in ahead] != list(words):
            return False
        self._at += len(words)
        return True

    def _expect(self, word: str) -> Token:
        if self._token.word != word:
            raise self._refusal()
        return self._next()

    def _refusal(self) -> TresseError:
        """Why the next word cannot stand where it does."""
        token, word = self._token, self._token.word
        position = token.start + 1
        if word in JOINS:
            return FORMULA_JOIN(position=position)
        if word == "over":
            return FORMULA_WINDOW(position=position)
        if word in STATEMENTS or word == ";":
            shown = '";"' if word == ";" else word.upper()
            return FORMULA_STATEMENT(word=shown, position=position)
        found = f'"{token.text}"' if token.text else N_("it ends here")
        return FORMULA_SYNTAX(position=position, found=found)

    def _node(self, sort: str, text: str, *parts: Node, start: int) -> Node:
        self._nodes += 1
        node = Node(sort, text, parts, start, self._tokens[self._at - 1].end if self._at else 0)
        if self._nodes > MOST_NODES:
            self._too_long(MOST_NODES, N_("parts"), start)
        if node.levels > MOST_LEVELS:
            self._too_long(MOST_LEVELS, N_("levels"), start)
        return node

    def _too_long(self, most: int, things: str, start: int) -> NoReturn:
        raise FORMULA_TOO_LONG(number=f"{most}+", things=things, most=most, position=start + 1)

    def _deeper(self, rule: Callable[[], Node]) -> Node:
        self._level += 1
        if self._level > MOST_LEVELS:
            self._too_long(MOST_LEVELS, N_("levels"), self._token.start)
        node = rule()
        self._level -= 1
        return node

    def _expression(self) -> Node:
        return self._several("or", lambda: self._several("and", self._negation))

    def _several(self, word: str, rule: Callable[[], Node]) -> Node:
        start = self._token.start
        parts = [rule()]
        while self._took(word):
            parts.append(rule())
        return parts[0] if len(parts) == 1 else self._node("operator", word, *parts, start=start)

    def _negation(self) -> Node:
        start = self._token.start
        if self._took("not"):
            return self._node("operator", "not", self._deeper(self._negation), start=start)
        return self._comparison()

    def _comparison(self) -> Node:
        start = self._token.start
        node = self._joined()
        while True:
            further = self._further(node, start)
            if further is None:
                return node
            node = further

    def _further(self, left: Node, start: int) -> Node | None:
        """A comparison that begins with what was read; None if nothing follows that compares."""
        if self._token.word in COMPARISONS:
            operator = COMPARISONS[self._next().word]
            return self._node("operator", operator, left, self._joined(), start=start)
        if self._took("is"):
            return self._is(left, start)
        negated = self._token.word == "not" and self._tokens[self._at + 1].word in {
            "in",
            "between",
            "like",
            "ilike",
        }
        if negated:
            self._next()
        found = self._of_several(left, start)
        if found and negated:
            return self._node("operator", "not", found, start=start)
        return found

    def _of_several(self, left: Node, start: int) -> Node | None:
        if self._took("in"):
            self._expect("(")
            values = self._list()
            return self._node("operator", "in", left, *values, start=start)
        if self._took("between"):
            low = self._joined()
            self._expect("and")
            return self._node("operator", "between", left, low, self._joined(), start=start)
        for word in ("like", "ilike"):
            if self._took(word):
                return self._node("operator", word, left, self._joined(), start=start)
        return None

    def _is(self, left: Node, start: int) -> Node:
        negated = self._took("not")
        if self._took("distinct", "from"):
            word = "is not distinct" if negated else "is distinct"
            return self._node("operator", word, left, self._joined(), start=start)
        for word in ("null", "true", "false"):
            if self._took(word):
                node = self._node("operator", f"is {word}", left, start=start)
                return self._node("operator", "not", node, start=start) if negated else node
        raise self._refusal()

    def _joined(self) -> Node:
        return self._chain(("||",), self._sum)

    def _sum(self) -> Node:
        return self._chain(("+", "-"), self._product)

    def _product(self) -> Node:
        return self._chain(("*", "/", "//", "%"), self._signed)

    def _chain(self, signs: tuple[str, ...], rule: Callable[[], Node]) -> Node:
        start = self._token.start
        node = rule()
        while self._token.sort == "sign" and self._token.text in signs:
            sign = self._next().text
            node = self._node("operator", sign, node, rule(), start=start)
        return node

    def _signed(self) -> Node:
        start = self._token.start
        if self._took("-"):
            return self._node("operator", "negative", self._deeper(self._signed), start=start)
        if self._took("+"):
            return self._deeper(self._signed)
        return self._single()

    def _single(self) -> Node:
        token = self._token
        if token.sort == "number":
            return self._node("number", self._next().text, start=token.start)
        if token.sort == "text":
            text = self._next().text[1:-1].replace("''", "'")
            return self._node("text", text, start=token.start)
        if token.sort == "quoted":
            return self._column()
        if self._took("("):
            return self._bracketed(token.start)
        if token.sort == "name":
            return self._named(token)
        raise self._refusal()

    def _bracketed(self, start: int) -> Node:
        if self._token.word in {"select", "with", "values"}:
            raise FORMULA_SUBQUERY(position=start + 1)
        node = self._deeper(self._expression)
        self._expect(")")
        return node

    def _named(self, token: Token) -> Node:
        word = token.word
        follows = self._tokens[self._at + 1].word
        if follows == ".":
            return self._column()
        if word in {"true", "false"}:
            self._next()
            return self._node("boolean", word, start=token.start)
        if self._took("null"):
            return self._node("null", "null", start=token.start)
        if self._took("case"):
            return self._deeper(lambda: self._case(token.start))
        if self._took("cast", "("):
            return self._deeper(lambda: self._cast(token.start))
        if follows == "(" and word not in KEYWORDS:
            return self._deeper(lambda: self._call(token))
        if word in KEYWORDS or word in STATEMENTS:
            raise self._refusal()
        return self._column()

    def _column(self) -> Node:
        """A name, or several with dots between."""
        start = self._token.start
        names = [_bare(self._next())]
        while self._token.word == ".":
            self._next()
            if self._token.sort not in {"name", "quoted"}:
                raise self._refusal()
            names.append(_bare(self._next()))
        return self._node("column", ".".join(names), start=start)

    def _aggregate(self, token: Token) -> Node:
        """`SUM(orders.amount) FILTER (WHERE orders.channel = 'web')`."""
        # Inside it, rows have no related rows of their own.
        self._related = False
        self._at += 2
        word = token.word
        if word == "count" and self._took("distinct"):
            word = "count_distinct"
        if self._token.sort not in {"name", "quoted"}:
            raise FORMULA_AGGREGATE(name=token.text.upper(), position=token.start + 1)
        parts = [self._column()]
        self._expect(")")
        if self._took("filter"):
            self._expect("(")
            self._expect("where")
            parts.append(self._expression())
            self._expect(")")
        self._related = True
        return self._node("aggregate", word, *parts, start=token.start)

    def _call(self, token: Token) -> Node:
        word = token.word
        if word in STATEMENTS | JOINS:
            raise self._refusal()
        if self._related and word in RELATED:
            return self._aggregate(token)
        if word in AGGREGATES:
            raise FORMULA_AGGREGATE(name=token.text.upper(), position=token.start + 1)
        self._at += 2
        arguments = [] if self._took(")") else self._list()
        return self._node("call", word, *arguments, start=token.start)

    def _list(self) -> list[Node]:
        """Values with commas between, and the bracket that ends them."""
        if self._token.word in {"select", "with"}:
            raise FORMULA_SUBQUERY(position=self._token.start + 1)
        values = [self._deeper(self._expression)]
        while self._took(","):
            values.append(self._deeper(self._expression))
        self._expect(")")
        return values

    def _cast(self, start: int) -> Node:
        value = self._expression()
        self._expect("as")
        if self._token.sort != "name":
            raise self._refusal()
        wanted = self._next().word
        self._expect(")")
        return self._node("cast", wanted, value, start=start)

    def _case(self, start: int) -> Node:
        subject = None if self._token.word == "when" else self._expression()
        parts = []
        while self._took("when"):
            place = self._token.start
            condition = self._expression()
            if subject:
                condition = self._node("operator", "=", subject, condition, start=place)
            self._expect("then")
            parts += [condition, self._expression()]
        if not parts:
            raise self._refusal()
        if self._took("else"):
            parts.append(self._expression())
        self._expect("end")
        return self._node("case", "case", *parts, start=start)
