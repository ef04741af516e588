"""Print the plan of a table or of a person."""

import json
from typing import Any
from uuid import UUID

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser

from privacy.explain import UnknownModel, explain, explain_person, find
from privacy.registry import registry


class Command(BaseCommand):
    """`manage.py explain MODEL|SUBJECT [--json]`."""

    help = (
        "Prints whose rows a table holds, why, how long and in which order they go; or, for the "
        "subject UUID of a person, what is held about them and what becomes of it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """A table or a person."""
        parser.add_argument("what", help="app.Model, or the subject UUID of a person.")
        parser.add_argument("--json", action="store_true", help="For programs.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print it; something unknown ends with a status other than zero."""
        plan = self._plan(str(options["what"]))
        if options["json"]:
            self.stdout.write(json.dumps(plan, ensure_ascii=False, indent=2))
        elif "subject" in plan:
            self._write_person(plan)
        else:
            self._write_table(plan)

    def _plan(self, what: str) -> dict[str, Any]:
        try:
            subject = UUID(what)
        except ValueError:
            return self._plan_of_table(what)
        plan = explain_person(subject)
        is_known = get_user_model()._base_manager.filter(subject=subject).exists()
        if not is_known and not plan["tables"]:
            raise CommandError("Nothing here is about this person, and no account has this UUID.")
        return plan

    def _plan_of_table(self, name: str) -> dict[str, Any]:
        try:
            return explain(find(name))
        except UnknownModel:
            pass
        for model, because in registry.excused.items():
            if model._meta.label.lower() == name.lower():
                raise CommandError(f"{model._meta.label} holds nothing about people: {because}")
        raise CommandError(f"No declared table is called {name}. Write app.Model.")

    # --- In words -----------------------------------------------------------------------

    def _write_table(self, plan: dict[str, Any]) -> None:
        lines = [
            f"{plan['table']} (database {plan['database']})",
            f"  whose      {plan['owned_by'] or 'nobody: ' + plan['because']}",
            *(f"  also about {what}" for what in plan["also_about"]),
            *(f"  acted by   {path}" for path in plan["acted_by"]),
            f"  family     {plan['family']}",
            *(f"  purpose    {one['code']} ({one['basis']})" for one in plan["purposes"]),
            *(f"  handed to  {code}" for code in plan["recipients"]),
            *(
                f"  kept       {rule['period']}{': ' + rule['law'] if rule['law'] else ''}"
                for rule in plan["kept"]
            ),
            f"  at its end {plan['at_end']}",
            f"  on erasure {plan['on_erasure']}, as number {plan['order']} of {plan['of']}",
            *(f"    {name:24} {what}" for name, what in plan["columns"].items()),
        ]
        self.stdout.write("\n".join(lines))

    def _write_person(self, plan: dict[str, Any]) -> None:
        lines = [f"{plan['subject']}: {plan['rows']} rows, in the order of erasing"]
        for table in plan["tables"]:
            lines.append(
                f"  {table['order']:3} {table['table']:32} {table['rows']:6} {table['strategy']}"
            )
            lines += [
                f"        {kept['count']} kept until {kept['last_ends'] or 'an end that is open'}"
                f" ({kept['law'] or kept['because']})"
                for kept in table["kept"]
            ]
        lines += [f"  acted in {label}: {count}" for label, count in plan["acted_in"].items()]
        lines += [f"  waits: {one['sentence']} ({one['count']})" for one in plan["waits_for"]]
        lines += [
            f"  elsewhere: {one['place']}, {one['found']} found"
            for one in plan["elsewhere"]
            if one["found"]
        ]
        self.stdout.write("\n".join(lines))
