"""Users and teams as filters name them: by e-mail, `me`, `my_teams` or the name of a team."""

from functools import cached_property

from tresse.accounts.models import Team, User


class People:
    """Ids of users, read once per filter and only if it asks for any."""

    @cached_property
    def by_email(self) -> dict[str, int]:
        """Ids of all users, inactive ones included (G10), by e-mail in lower case."""
        return dict(User.objects.values_list("email", "id"))

    @cached_property
    def names(self) -> dict[str, str]:
        """What users are called, by e-mail."""
        return dict(User.objects.values_list("email", "name"))

    @cached_property
    def teams(self) -> dict[str, frozenset[int]]:
        """Ids of the members of each team, by the team's name."""
        members: dict[str, set[int]] = {}
        for name, user in Team.objects.values_list("name", "members"):
            members.setdefault(name, set())
            if user is not None:
                members[name].add(user)
        return {name: frozenset(ids) for name, ids in members.items()}
