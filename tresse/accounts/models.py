"""Tables of people, roles, tokens, sessions, settings and the audit log."""

from typing import Any, NoReturn

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models

from tresse.accounts.triggers import REASON
from tresse.kernel.clock import now

ADMINISTRATOR = "administrator"


class Role(models.Model):
    """A named set of rights (C106); `rights` is read by `accounts.rights` only."""

    name = models.CharField(max_length=60, unique=True)
    label = models.CharField(max_length=100)
    rights = models.JSONField(default=dict)
    "`{objects: {name: {action: scope}}, properties: {object: {name: access}}, rights: [name]}`."
    is_builtin = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.label

    @property
    def is_administrator(self) -> bool:
        """Whether this is the role that may everything."""
        return self.name == ADMINISTRATOR


class Team(models.Model):
    """People who see and edit each other's records where a role says `team`."""

    name = models.CharField(max_length=60, unique=True)
    label = models.CharField(max_length=100)

    def __str__(self) -> str:
        return self.label


class User(AbstractBaseUser):
    """A person who signs in with an e-mail address, always kept in lower case."""

    email = models.EmailField(max_length=254, unique=True)
    name = models.CharField(max_length=100)
    language = models.CharField(max_length=5, default="en")
    time_zone = models.CharField(max_length=60, blank=True)
    "Empty: the account's zone."
    theme = models.CharField(max_length=5, blank=True)
    "`light`, `dark` or empty: as the system."
    role = models.ForeignKey(Role, models.PROTECT, related_name="users")
    teams = models.ManyToManyField(Team, related_name="members", blank=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=now)

    objects = BaseUserManager["User"]()
    USERNAME_FIELD = "email"

    def __str__(self) -> str:
        return self.name or self.email

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep the address in lower case, so that the unique index sees two spellings as one."""
        self.email = self.email.strip().lower()
        super().save(*args, **kwargs)


class Invitation(models.Model):
    """A link, good for some days, by which an invited user chooses a password."""

    user = models.ForeignKey(User, models.CASCADE, related_name="invitations")
    hash = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=now)

    def __str__(self) -> str:
        return f"{self.user} until {self.expires_at}"


class Token(models.Model):
    """A key to the API; only its hash is kept."""

    user = models.ForeignKey(User, models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=8)
    "The first 8 characters, by which a person knows the token again."
    hash = models.CharField(max_length=64, unique=True)
    scope = models.CharField(max_length=5, default="write")
    "`read` or `write`."
    objects_allowed = models.JSONField(null=True)
    "Names of object types, or null for all."
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)
    last_used_address = models.CharField(max_length=45, blank=True)
    created_at = models.DateTimeField(default=now)

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"


class Session(AbstractBaseSession):
    """A signed-in browser, with what its person needs to know it again."""

    user = models.ForeignKey(User, models.CASCADE, null=True, related_name="sessions")
    address = models.CharField(max_length=45, blank=True)
    browser = models.CharField(max_length=255, blank=True)
    started_at = models.DateTimeField(default=now)
    seen_at = models.DateTimeField(default=now)


class Setting(models.Model):
    """A setting of this account that was changed from its default; see `accounts.account`."""

    name = models.CharField(max_length=60, primary_key=True)
    value = models.JSONField()

    def __str__(self) -> str:
        return self.name


class AppendOnly(models.QuerySet["AuditEntry"]):
    """Rows that can be added and read. Triggers of the database refuse the same."""

    def update(self, **_values: Any) -> NoReturn:
        """Refused: entries stay as they were written."""
        raise TypeError(REASON)

    def delete(self) -> NoReturn:
        """Refused: entries only age out, see `accounts.audit.forget_old`."""
        raise TypeError(REASON)


class AuditEntry(models.Model):
    """Who did what, when and from where. Holds no foreign key: it outlives what it tells of."""

    at = models.DateTimeField(default=now, db_index=True)
    user_id = models.BigIntegerField(null=True, db_index=True)
    person = models.CharField(max_length=254, blank=True)
    "Name or e-mail as it was then."
    token_id = models.BigIntegerField(null=True)
    address = models.CharField(max_length=45, blank=True)
    action = models.CharField(max_length=60, db_index=True)
    target = models.CharField(max_length=200, blank=True)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    request_id = models.CharField(max_length=40, blank=True)

    objects = AppendOnly.as_manager()

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.person} {self.action} {self.target}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Add the entry; refuse to write an old one anew."""
        if not self._state.adding:
            raise TypeError(REASON)
        super().save(*args, **kwargs)

    def delete(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        """Refused."""
        raise TypeError(REASON)


class StoredAnswer(models.Model):
    """The answer to an API request with an `Idempotency-Key`, kept for a day (C122)."""

    user_id = models.BigIntegerField()
    key = models.CharField(max_length=255)
    body_hash = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    "Null while the first request runs."
    content_type = models.CharField(max_length=100, blank=True)
    headers = models.JSONField(default=dict)
    body = models.BinaryField(default=bytes)
    created_at = models.DateTimeField(default=now, db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user_id", "key"], name="stored_answer_per_key"),
        ]

    def __str__(self) -> str:
        return self.key
