"""manage.py bootstrap: the first administrator. Everything after has an API route."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.services import administrator_bootstrap
from core.actors import system
from core.errors import PlimsollError


class Command(BaseCommand):
    help = "Make the first administrator and print the password, once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--email", required=True)
        parser.add_argument("--name", default="Administrator")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            user, password = administrator_bootstrap(
                email=options["email"], name=options["name"], actor=system("bootstrap"), at=timezone.now()
            )
        except PlimsollError as refused:
            raise CommandError(" ".join(filter(None, (refused.message, refused.remedy)))) from None
        self.stdout.write(f"email: {user.email}\npassword: {password}")
