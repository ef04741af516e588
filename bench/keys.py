"""Destroying everybody's keys of one month, among as many keys of another month."""

from bench import figures, place

FILL = """
INSERT INTO privacy_datakey (id, subject, key_class, bucket, state, wrapped, created_at)
SELECT gen_random_uuid(), gen_random_uuid(), 'MESSAGE', bucket, 'ACTIVE',
    decode(repeat(md5(random()::text), 4), 'hex'), now()
FROM generate_series(1, %(number)s), unnest(ARRAY['2019-01', '2019-02']) AS bucket
"""


def measure(number: int) -> None:
    """By one decision, journal included."""

    def destroy() -> float:
        empty()
        with place.plain("keyring") as connection:
            connection.execute(FILL, {"number": number})
        place.tidy_up("privacy_datakey", alias="keyring")
        done = place.child("bench.keys:destroy")
        assert done["keys"] == number, done
        return done["seconds"]

    seconds = figures.in_turns({"bucket": destroy})["bucket"]
    empty()
    figures.within("keys.bucket", seconds * 1_000_000 / number, "s per 1,000,000", number, 2)


def empty() -> None:
    """None of the keys that were invented here, nor their traces."""
    with place.plain("keyring", owner=True) as connection:
        connection.execute("DELETE FROM privacy_datakey WHERE bucket IN ('2019-01', '2019-02')")
        connection.execute("DELETE FROM privacy_destroyedkeys WHERE bucket = '2019-01'")


def destroy() -> dict:
    """In a process of its own."""
    from privacy import keyring
    from privacy.enums import KeyClass

    found = {}

    def act() -> None:
        found["keys"] = keyring.destroy_bucket(KeyClass.MESSAGE, "2019-01")

    found["seconds"] = figures.timed(act)
    return found
