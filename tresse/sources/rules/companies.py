"""Rule of names of companies."""

import re

from tresse.kernel.marks import N_
from tresse.sources.rules.base import TextRule
from tresse.sources.rules.spacing import trimmed

_FORMS = """
SA SAS SASU SARL EURL SNC SCS SCA SCI SCOP SCP SELARL GIE EI EIRL SCE SE
GmbH gGmbH UG AG KG KGaA OHG GbR e.V. e.K. eG mbH GmbH & Co. KG|GmbH & Co KG|UG (haftungsbeschränkt)
Ltd Limited LLP LLC LP PLC Inc Incorporated Corp Corporation Co Company CIC Pty Ltd|Pty
BV NV VOF CV CVBA BVBA SPRL ASBL VZW SComm
sp. z o.o.|sp. z o. o.|spółka z o.o.|spółka z ograniczoną odpowiedzialnością|spółka akcyjna|
sp. j.|sp. k.|sp. p.|spółka jawna|spółka komandytowa|s.c.|S.K.A.|P.S.A.|sp. z o.o. sp. k.
SL SLU SLL SAU SCoop S. de R.L.|S.A. de C.V.
SpA Srl SrlS SAPA SAS SNC s.s.
AB A/S ApS AS ASA Oy Oyj HB
s.r.o. a.s. v.o.s. k.s. spol. s r.o.|spol. s r. o.
Kft Zrt Nyrt Bt Rt
d.o.o. d.d. OOD EOOD AD EAD SRL OÜ UAB SIA
""".strip()


def _words() -> set[str]:
    """Legal forms; a line with bars is of forms with blanks, others of one word each."""
    found: set[str] = set()
    for line in _FORMS.replace("|\n", "|").split("\n"):
        first, *others = line.split("|")
        found.update(each.strip() for each in others)
        # The first piece before a bar may end in a form with blanks, told by its known beginning.
        for several in ("GmbH & Co. KG", "Pty Ltd", "S. de R.L.", "spol. s r.o.", "sp. z o.o."):
            if first.endswith(several):
                found.add(several)
                first = first.removesuffix(several)
        found.update(first.split())
    return found


def _pattern(form: str) -> str:
    """A form with or without dots, in any case."""
    dotted = [
        r"\.?\s*".join(map(re.escape, word.replace(".", ""))) if word.isupper() or "." in word
        else re.escape(word)
        for word in form.split()
    ]  # fmt: skip
    return r"\.?\s+".join(dotted) + r"\.?"


_ALL = "|".join(sorted(map(_pattern, _words()), key=len, reverse=True))
LEGAL_FORM = re.compile(rf"(?:\s*,\s*|\s+)(?:-\s+)?\(?(?:{_ALL})\)?$", re.IGNORECASE)
LOOSE_END = re.compile(r"[\s,;&\-\u2013]+$")


def company_name(text: str) -> str:
    """A name without the legal forms at its end; one that is nothing else stays."""
    name = " ".join(trimmed(text).split())
    while True:
        shorter = LOOSE_END.sub("", LEGAL_FORM.sub("", name))
        if not shorter or shorter == name:
            return name
        name = shorter


class CompanyName(TextRule):
    """Names of companies."""

    name = "company_name"
    label = N_("Name of a company")
    does = N_("Drops legal forms at the end: SA, SARL, GmbH, AG, Ltd, Inc, BV, sp. z o.o. …")
    python = staticmethod(company_name)
    examples = (
        ({}, "Acme sp. z o.o.", "Acme"),
        ({}, "Acme, Inc.", "Acme"),
        ({}, "Société Durand S.A.S.", "Société Durand"),
        ({}, "Müller GmbH & Co. KG", "Müller"),
        ({}, "SA", "SA"),
    )
