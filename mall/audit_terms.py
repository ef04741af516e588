"""What audit entries about finding people may say."""

from privacy.ledger.vocabulary import terms, words

terms(model=words("mall.find"))
