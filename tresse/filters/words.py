"""A checked filter as one sentence, in the language of the person (G40)."""

from django.utils.translation import gettext

from tresse.filters.shape import AnyOf, Checked, Condition, Node, Not


def words(checked: Checked) -> str:
    """`Country is any of France and Belgium, and (Amount is at least 20 or …)`."""
    return node_words(checked.node)


def node_words(node: Node, *, inside: bool = False) -> str:
    """A node in words; within another group, a group of several stands in brackets."""
    if isinstance(node, Condition):
        return node.kind.words(node.facts)
    if isinstance(node, Not):
        return gettext("not (%(condition)s)") % {"condition": node_words(node.part)}
    if not node.parts:
        return gettext("every one")
    parts = [node_words(part, inside=len(node.parts) > 1) for part in node.parts]
    if len(parts) == 1:
        return parts[0]
    between = gettext("or") if isinstance(node, AnyOf) else gettext("and")
    text = f" {between} ".join(parts)
    return f"({text})" if inside else text
