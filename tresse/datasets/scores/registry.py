"""The score library (SC1): its members, in the order they are offered to people."""

from tresse.datasets.scores.base import Score
from tresse.datasets.scores.members.basket import BASKET
from tresse.datasets.scores.members.engagement import ENGAGEMENT
from tresse.datasets.scores.members.engagement_mail import MAIL_ENGAGEMENT
from tresse.datasets.scores.members.future import FUTURE
from tresse.datasets.scores.members.gap import GAPS
from tresse.datasets.scores.members.habits import HABITS
from tresse.datasets.scores.members.loyalty import LOYALTY
from tresse.datasets.scores.members.periods import PERIODS_OF_YEAR
from tresse.datasets.scores.members.preference import PREFERENCE
from tresse.datasets.scores.members.promotion import PROMOTION
from tresse.datasets.scores.members.rfm import RFM
from tresse.datasets.scores.members.rhythm import RHYTHM
from tresse.datasets.scores.members.value import VALUE
from tresse.datasets.scores.members.value_relative import VALUE_RELATIVE
from tresse.kernel.marks import N_
from tresse.kernel.registry import Registry

SCORES: Registry[Score] = Registry(
    N_("score"),
    (
        *VALUE,
        *VALUE_RELATIVE,
        *RHYTHM,
        *GAPS,
        *HABITS,
        *PERIODS_OF_YEAR,
        *RFM,
        *ENGAGEMENT,
        *MAIL_ENGAGEMENT,
        *PROMOTION,
        *BASKET,
        *PREFERENCE,
        *LOYALTY,
        *FUTURE,
    ),
)
