"""What audit entries of the privacy engine itself may say; see `privacy.ledger.vocabulary`."""

from privacy.ledger.vocabulary import CODE, COLUMN, COLUMNS, COUNT, KEY, MODEL, ROW, terms

terms(
    case=CODE,
    column=COLUMN,
    columns=COLUMNS,
    found=COUNT,
    key=KEY,
    model=MODEL,
    row=ROW,
    rows=COUNT,
    run=CODE,
)
