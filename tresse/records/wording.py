"""Labels of definitions inside sentences."""


def inside(label: str) -> str:
    """A label as it stands within a sentence: "Contact" → "contact", while "VAT rate" stays.

    Right for English, French and Polish, which write common nouns small.
    """
    first = label.split(" ", 1)[0]
    is_word = len(first) == 1 or first[1:].islower()
    return label[:1].lower() + label[1:] if is_word and len(label) > 1 else label
