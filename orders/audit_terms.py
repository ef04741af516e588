"""What audit entries about orders may say."""

from orders.enums import EndReason
from privacy.ledger.vocabulary import CODE, COUNT, terms, words

terms(
    amount=COUNT,
    decision=words("approved", "refused", "received"),
    order=CODE,
    orders=COUNT,
    purchase=CODE,
    reason=words(*EndReason.values),
    **{"return": CODE},
)
