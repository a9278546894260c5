"""How people take the e-mails they get (section 6): rates, the hour they read, fatigue."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from tresse.datasets.scores.arithmetic import WHOLE, count, counted, share
from tresse.datasets.scores.base import (
    Facts,
    Figures,
    Measures,
    Need,
    Output,
    Row,
    Score,
    Setting,
    Settings,
)
from tresse.datasets.scores.inputs import Inputs
from tresse.datasets.scores.inputs_events import CLICKED, OPENED
from tresse.datasets.scores.members.engagement import COUNT_MACHINE, by_people
from tresse.datasets.scores.members.figures import step
from tresse.kernel.marks import N_

Value = sa.ColumnElement[Any]
MAILS = Need("email_events", ("at", "kind", "message"))


class _OfMails(Score):
    """What these have in common: e-mail events."""

    group = "engagement"
    over = "email_events"
    needs: tuple[Need, ...] = (MAILS,)


class EmailRate(_OfMails):
    """What share of the messages delivered to somebody was opened, or clicked."""

    settings = (
        Setting("window", "window", N_("Window"), "6 months", hint=N_("By the delivery.")),
        Setting("min_delivered", "whole", N_("Fewest messages"), 3, 1,
                hint=N_("Whoever got fewer gets no rate.")),
        COUNT_MACHINE,
    )  # fmt: skip

    def __init__(
        self, name: str, label: str, told: str, meaning: str, kind: str, part: str
    ) -> None:
        """See the class.

        Args:
            name: Of the score.
            label: As people read it.
            told: The sum in words.
            meaning: What it says of a person.
            kind: `opened` or `clicked`.
            part: Label of the messages that were.
        """
        self.name, self.label, self.told, self._kind = name, label, told, kind
        self.meaning = meaning
        self.formula = f"distinct messages {kind} ÷ delivered"
        self.outputs = (Output(name, "number", label, 0, 1, unit="share"),)
        self.parts = (
            Output(kind, "integer", part, 0),
            Output("delivered", "integer", N_("Messages delivered"), 0),
        )

    def measures(self, inputs: Inputs, settings: Settings) -> Measures:
        """Messages delivered in the window, and those of them that were opened or clicked."""
        mails = inputs.table("mails")
        counts = inputs.within(settings["window"], mails.c.day)
        by_any = "_by_any" if settings["count_machine"] else ""
        done = mails.c[f"is_{self._kind}{by_any}"]
        return {"mails": {"delivered": counted(counts), "done": counted(sa.and_(counts, done))}}

    def values(self, inputs: Inputs, settings: Settings, facts: Facts, row: Row) -> Figures:
        """NULL for too few messages."""
        enough = row["delivered"] >= int(settings["min_delivered"])
        return {
            self.name: sa.case((enough, share(row["done"], row["delivered"]))),
            self._kind: sa.func.coalesce(row["done"], 0),
            "delivered": sa.func.coalesce(row["delivered"], 0),
        }


class PreferredSendHour(_OfMails):
    """The hour at which somebody opens and clicks most."""

    name = "preferred_send_hour"
    label = N_("Preferred hour for e-mails")
    needs = (Need("email_events", ("at", "kind")),)
    formula = "hour of most human opens and clicks of 12 months; tie: the one with the latest"
    meaning = N_("The hour in which the person most often opens and clicks.")
    told = N_(
        "Opens and clicks in the hour from {preferred_send_hour} o'clock: {of_hour} of {deeds}."
    )
    outputs = (Output(name, "integer", label, 0, 23),)
    parts = (
        Output("of_hour", "integer", N_("Opens and clicks of that hour"), 0),
        Output("deeds", "integer", N_("Opens and clicks"), 0),
    )
    settings = (
        Setting("window", "window", N_("Window"), "12 months"),
        Setting("min_deeds", "whole", N_("Fewest opens and clicks"), 3, 1),
        COUNT_MACHINE,
    )

    def tables(
        self, inputs: Inputs, settings: Settings, facts: Facts, row: Row, base: Inputs
    ) -> Mapping[str, sa.FromClause]:
        """`best`: `id, hour, number, whole` of whoever opened or clicked."""
        messages = inputs.table("messages")
        by_hour = (
            sa.select(
                messages.c.id,
                messages.c.hour,
                count().label("number"),
                sa.func.max(messages.c.at).label("latest"),
            )
            .where(
                messages.c.kind.in_((OPENED, CLICKED)),
                by_people(messages, settings),
                inputs.within(settings["window"], messages.c.day),
            )
            .group_by(messages.c.id, messages.c.hour)
            .subquery("by_hour")
        )
        whole = sa.func.sum(by_hour.c.number).over(partition_by=by_hour.c.id)
        place = sa.func.row_number().over(
            partition_by=by_hour.c.id,
            order_by=(by_hour.c.number.desc(), by_hour.c.latest.desc(), by_hour.c.hour),
        )
        placed = sa.select(
            by_hour.c.id,
            by_hour.c.hour,
            by_hour.c.number,
            sa.type_coerce(whole, WHOLE).label("whole"),
            place.label("place"),
        ).subquery("placed")
        best = sa.select(*(each for each in placed.c if each.name != "place")).where(
            placed.c.place == 1
        )
        return {"best": inputs.keep(step(self.name, settings), best)}

    def values(self, inputs: Inputs, settings: Settings, facts: Facts, row: Row) -> Figures:
        """NULL for too few."""
        whole = row.of("best", "whole")
        enough = whole >= int(settings["min_deeds"])
        return {
            self.name: sa.case((enough, row.of("best", "hour"))),
            "of_hour": sa.func.coalesce(row.of("best", "number"), 0),
            "deeds": sa.func.coalesce(whole, 0),
        }


class EmailFatigue(_OfMails):
    """What share of the last messages somebody left alone."""

    name = "email_fatigue"
    label = N_("E-mail fatigue")
    formula = "share of the last 10 delivered messages neither opened nor clicked"
    meaning = N_("Share of the last messages that the person neither opened nor clicked in.")
    told = N_(
        "Neither opened nor clicked, of the last messages: {ignored} of {looked_at}; "
        "{email_fatigue}."
    )  # fmt: skip
    outputs = (Output(name, "number", label, 0, 1, unit="share"),)
    parts = (
        Output("ignored", "integer", N_("Neither opened nor clicked"), 0),
        Output("looked_at", "integer", N_("Messages looked at"), 0),
    )
    settings = (
        Setting("last", "whole", N_("Last messages"), 10, 1, 100),
        Setting("min_delivered", "whole", N_("Fewest messages"), 5, 1,
                hint=N_("Whoever got fewer gets no value.")),
        COUNT_MACHINE,
    )  # fmt: skip

    def measures(self, inputs: Inputs, settings: Settings) -> Measures:
        """Messages delivered, the last of them, and those of these that were left alone."""
        mails = inputs.table("mails")
        is_last = mails.c.place <= int(settings["last"])
        by_any = "_by_any" if settings["count_machine"] else ""
        seen = sa.or_(mails.c[f"is_opened{by_any}"], mails.c[f"is_clicked{by_any}"])
        return {
            "mails": {
                "delivered": count(),
                "last": counted(is_last),
                "ignored": counted(sa.and_(is_last, sa.not_(seen))),
            }
        }

    def values(self, inputs: Inputs, settings: Settings, facts: Facts, row: Row) -> Figures:
        """NULL for too few messages."""
        enough = row["delivered"] >= int(settings["min_delivered"])
        return {
            self.name: sa.case((enough, share(row["ignored"], row["last"]))),
            "ignored": sa.func.coalesce(row["ignored"], 0),
            "looked_at": sa.func.coalesce(row["last"], 0),
        }


MAIL_ENGAGEMENT: tuple[Score, ...] = (
    EmailRate(
        "email_open_rate",
        N_("Open rate of e-mails"),
        N_("Delivered messages that were opened: {opened} of {delivered}; {email_open_rate}."),
        N_("Share of the delivered messages that the person opened."),
        OPENED,
        N_("Messages opened"),
    ),
    EmailRate(
        "email_click_rate",
        N_("Click rate of e-mails"),
        N_("Delivered messages that were clicked: {clicked} of {delivered}; {email_click_rate}."),
        N_("Share of the delivered messages that the person clicked in."),
        CLICKED,
        N_("Messages clicked"),
    ),
    PreferredSendHour(),
    EmailFatigue(),
)
