"""What audit entries about parcels may say."""

from privacy.ledger.vocabulary import CODE, terms, words

terms(parcel=CODE, step=words("announced", "ready", "handed_over"))
