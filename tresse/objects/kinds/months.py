"""Names of the months in English, French and Polish, as people write them in dates."""

from tresse.kernel.text import folded

NAMES = (
    ("january jan", "janvier janv", "styczeń stycznia sty"),
    ("february feb", "février févr fév", "luty lutego lut"),
    ("march mar", "mars", "marzec marca"),
    ("april apr", "avril avr", "kwiecień kwietnia kwi"),
    ("may", "mai", "maj maja"),
    ("june jun", "juin", "czerwiec czerwca cze"),
    ("july jul", "juillet juil", "lipiec lipca lip"),
    ("august aug", "août", "sierpień sierpnia sie"),
    ("september sep sept", "septembre", "wrzesień września wrz"),
    ("october oct", "octobre", "październik października paź"),
    ("november nov", "novembre", "listopad listopada lis"),
    ("december dec", "décembre déc", "grudzień grudnia gru"),
)
MONTHS = {
    folded(word): number
    for number, names in enumerate(NAMES, start=1)
    for language in names
    for word in language.split()
}
"Folded name to number."
