"""Which kind of product file is this?"""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from django.utils.translation import gettext_lazy as _

from catalog.services.importing import FileError, Reader
from catalog.services.importing_csv import HostedShopCsv
from catalog.services.importing_feed import MerchantTsv, MerchantXml

MOST_BYTES = 200 * 1024 * 1024


@contextmanager
def reader_for(file: BinaryIO, *, name: str, currency: str) -> Iterator[Reader]:
    """The reader for a seekable file, chosen by its name's ending, then by its first line.

    Raises FileError for a file over 200 megabytes, and for text that is not UTF-8.
    """
    if file.seek(0, io.SEEK_END) > MOST_BYTES:
        raise FileError(_("The file is larger than 200 megabytes."))
    file.seek(0)
    if name.lower().endswith(".xml"):
        yield MerchantXml(file, currency=currency)
        return
    first = file.readline(64 * 1024)
    file.seek(0)
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
    try:
        yield (MerchantTsv if b"\t" in first else HostedShopCsv)(text, currency=currency)
    except UnicodeDecodeError as error:
        raise FileError(_("The file is not written in UTF-8.")) from error
    finally:
        text.detach()
