"""Signed receipts of what the mall promised a person and did.

receipt = receipts.issue(ReceiptKind.ERASURE, {...}, subject=subject)   # what will be done
receipts.complete(receipt, {...})                                      # what was done
receipts.cancel(receipt)                                               # the person took it back
"""

from privacy.receipts.checking import Verdict, check_code, check_file
from privacy.receipts.issuing import AlreadyEnded, NamesSomebody, cancel, complete, issue

__all__ = [
    "AlreadyEnded",
    "NamesSomebody",
    "Verdict",
    "cancel",
    "check_code",
    "check_file",
    "complete",
    "issue",
]
