"""What audit entries about money may say."""

from privacy.ledger.vocabulary import CODE, COUNT, terms

terms(refund=CODE, round=COUNT)
