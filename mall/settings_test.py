"""Overrides for speed only; behaviour under test stays as in production."""

import os

os.environ.setdefault("MALL_TESTING", "1")

from mall.settings import *  # noqa: E402, F403 - the environment above comes first

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
