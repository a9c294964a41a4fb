"""What the commands share: the settings, the language, the services, the flags."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated

import typer

from casebase.bootstrap import build, open_accounts
from casebase.config import Settings
from casebase.errors import UsageError
from casebase.i18n import translate

if TYPE_CHECKING:
    from collections.abc import Iterable

    from casebase.bootstrap import Services
    from casebase.services.accounts import Accounts

JsonFlag = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@dataclass(slots=True)
class Context:
    """What the commands share. `casebase.cli.main` makes it, so that it knows the language when a command has failed."""

    settings: Settings = field(default_factory=Settings)

    def say(self, key: str, **values: object) -> str:
        """Return a message of the command line."""
        return translate(f"cli.{key}", self.settings.lang, **values)

    def services(self) -> Services:
        """Return the services; raise UsageError where there is no database yet."""
        self._demand_database()
        return build(self.settings)

    def accounts(self) -> Accounts:
        """Return the accounts alone, which need no model; raise UsageError where there is no database yet."""
        self._demand_database()
        return open_accounts(self.settings)

    def unknown_value(self, value: str, *, option: str, values: Iterable[str]) -> typer.BadParameter:
        """Return the error that a value is none of those that the option takes."""
        return typer.BadParameter(self.say("unknown_value", value=value, option=option, values=", ".join(values)))

    def _demand_database(self) -> None:
        if not self.settings.database.is_file():
            raise UsageError(why=self.say("not_initialised"))


def context_of(context: typer.Context) -> Context:
    """Return what the commands share."""
    return context.ensure_object(Context)
