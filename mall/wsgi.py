"""What the web server serves."""

import os

import pypinyin  # noqa: F401 - the first search must not wait for it
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mall.settings")

application = get_wsgi_application()

from mall.checks import refuse_unsafe_settings  # noqa: E402 - apps are ready only now
from privacy.grants import refuse_strong_roles  # noqa: E402
from privacy.vault import gate  # noqa: E402

refuse_unsafe_settings()
refuse_strong_roles()
gate.begin()
gate.is_open()  # Looks before the first request does.
