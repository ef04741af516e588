"""Static files under names made of their contents, compressed when they are collected."""

from typing import Any

from django.conf import settings
from whitenoise.compress import Compressor
from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticStorage(CompressedManifestStaticFilesStorage):
    """WhiteNoise's storage. The demo does without Brotli, which takes most of the time."""

    def create_compressor(self, **kwargs: Any) -> Compressor:
        """The compressor for every file."""
        return Compressor(**{"use_brotli": not settings.DEMO, **kwargs})
