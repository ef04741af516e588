#!/usr/bin/env python
"""Django's command-line entry point; commands that need a database find or start the servers."""

import os
import sys
from pathlib import Path

from django.core.management import execute_from_command_line

from mall import embedded

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mall.settings")
    if embedded.needs_servers(sys.argv):
        var = os.environ.get("VAR") or Path(__file__).resolve().parent / "var"
        try:
            embedded.hold(Path(var).resolve())
        except embedded.CannotStart as error:
            sys.exit(f"manage.py: {error}")
    execute_from_command_line(sys.argv)
