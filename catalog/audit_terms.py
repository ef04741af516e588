"""What audit entries about the catalogue may say."""

from privacy.ledger.vocabulary import COUNT, terms

terms(change=COUNT, changed=COUNT, created=COUNT, variant=COUNT)
