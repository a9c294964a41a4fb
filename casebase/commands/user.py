"""`casebase user …`: the accounts. Who may run this may do everything, so the first administrator is made here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from casebase.commands.context import Context, JsonFlag, context_of
from casebase.domain.account import Account, Scope
from casebase.domain.vocabulary import vocabularies
from casebase.domain.workflow import Role
from casebase.i18n import translate
from casebase.services.accounts import CONSOLE
from casebase.terminal import print_json, print_message, print_table

if TYPE_CHECKING:
    from casebase.services.accounts import Invitation

user_app = typer.Typer(no_args_is_help=True, help="The accounts.")

RoleName = Literal["author", "reviewer", "moderator", "administrator"]
Email = Annotated[str, typer.Argument(help="The e-mail address that the person signs in with.")]
RoleArgument = Annotated[RoleName, typer.Argument(help="What the person may do from now on.")]
RoleOption = Annotated[RoleName, typer.Option("--role", help="What the person may do.")]
Agency = Annotated[str | None, typer.Option(help="Agency of the person, by name; an author needs one.")]
Sectors = Annotated[list[str] | None, typer.Option("--sector", help="A moderator's sector; may be repeated; all without.")]
Places = Annotated[list[str] | None, typer.Option("--place", help="A moderator's place; may be repeated; all without.")]


@user_app.command("add")
def add(
    context: typer.Context,
    email: Email,
    name: Annotated[str, typer.Option(help="Name of the person.")],
    role: RoleOption,
    agency: Agency = None,
    sector: Sectors = None,
    place: Places = None,
    *,
    json_: JsonFlag = False,
) -> None:
    """Add an account and print, once, the link that its owner sets a password with."""
    here = context_of(context)
    scope = _scope(here, sector, place)
    invitation = here.accounts().add_user(email, name=name, role=Role(role), agency=agency, scope=scope, by=CONSOLE)
    _print_invitation(here, invitation, as_json=json_)


@user_app.command("link")
def link(context: typer.Context, email: Email, *, json_: JsonFlag = False) -> None:
    """Print, once, a new link for somebody who lost theirs or forgot the password."""
    here = context_of(context)
    _print_invitation(here, here.accounts().new_link(email, by=CONSOLE), as_json=json_)


@user_app.command("list")
def list_(context: typer.Context, *, json_: JsonFlag = False) -> None:
    """List the accounts."""
    here = context_of(context)
    users = here.accounts().users(by=CONSOLE)
    if json_:
        print_json([_account_json(account) for account in users])
    elif users:
        print_table([(user.email, user.name, user.duty, _standing(here, user)) for user in users])
    else:
        print_message(here.say("no_users"))


@user_app.command("disable")
def disable(context: typer.Context, email: Email, *, json_: JsonFlag = False) -> None:
    """Keep an account from signing in; whoever is signed in is out at the next action."""
    here = context_of(context)
    _print_account(here, here.accounts().disable(email, by=CONSOLE), as_json=json_)


@user_app.command("enable")
def enable(context: typer.Context, email: Email, *, json_: JsonFlag = False) -> None:
    """Let a disabled account sign in again."""
    here = context_of(context)
    _print_account(here, here.accounts().enable(email, by=CONSOLE), as_json=json_)


@user_app.command("role")
def role(
    context: typer.Context,
    email: Email,
    role: RoleArgument,
    agency: Agency = None,
    sector: Sectors = None,
    place: Places = None,
    *,
    json_: JsonFlag = False,
) -> None:
    """Give an account another role, agency or scope, from its next action on."""
    here = context_of(context)
    scope = _scope(here, sector, place)
    changed = here.accounts().change_role(email, Role(role), agency=agency, scope=scope, by=CONSOLE)
    _print_account(here, changed, as_json=json_)


def _scope(here: Context, sectors: list[str] | None, places: list[str] | None) -> Scope:
    known = vocabularies()["sectors"]
    for sector in sectors or ():
        if sector not in known:
            raise here.unknown_value(sector, option="--sector", values=known)
    return Scope(tuple(sectors or ()), tuple(places or ()))


def _print_invitation(here: Context, invitation: Invitation, *, as_json: bool) -> None:
    address = invitation.address(here.settings.address)
    if as_json:
        print_json(_account_json(invitation.account) | {"link": address, "expires_at": invitation.expires_at.isoformat()})
    else:
        until = invitation.expires_at.strftime("%Y-%m-%d %H:%M UTC")
        print_message(here.say("user_link", email=invitation.account.email, until=until))
        typer.echo(address)


def _print_account(here: Context, account: Account, *, as_json: bool) -> None:
    if as_json:
        print_json(_account_json(account))
    else:
        print_message(here.say("user_now", email=account.email, duty=account.duty, standing=_standing(here, account)))


def _standing(here: Context, account: Account) -> str:
    return translate("account.disabled" if account.disabled else "account.enabled", here.settings.lang)


def _account_json(account: Account) -> dict[str, object]:
    return {
        "id": account.id,
        "email": account.email,
        "name": account.name,
        "role": account.role.value,
        "agency": account.agency.name if account.agency else None,
        "sectors": list(account.scope.sectors),
        "places": list(account.scope.places),
        "disabled": account.disabled,
    }
