import common.transaction_ids
import django.contrib.postgres.indexes
import django.utils.timezone
from django.db import migrations, models


# Entries that were there before count as written by transaction 0: a constant default needs no
# rewriting of the table, however many there are.

DOORS = """
CREATE FUNCTION privacy_ledger_forget(people uuid[]) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE changed bigint;
BEGIN
    UPDATE privacy_auditentry e
       SET actor = CASE WHEN e.actor = e.subject THEN NULL ELSE e.actor END, subject = NULL
     WHERE e.subject = ANY(people)
       AND EXISTS (SELECT 1 FROM privacy_ledgerleaf l WHERE l.ledger = 'A' AND l.entry = e.id);
    GET DIAGNOSTICS changed = ROW_COUNT;
    RETURN changed;
END $$;

CREATE FUNCTION privacy_ledger_clear_tokens() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE changed bigint;
BEGIN
    UPDATE privacy_ledgerleaf l
       SET actor_token = NULL, subject_token = NULL
     WHERE l.at < now() - interval '11 months' AND l.at > now() - interval '4 years'
       AND (l.actor_token IS NOT NULL OR l.subject_token IS NOT NULL)
       AND CASE l.ledger
           WHEN 'A' THEN NOT EXISTS (SELECT 1 FROM privacy_auditentry e WHERE e.id = l.entry)
           WHEN 'D' THEN NOT EXISTS (SELECT 1 FROM privacy_disclosureentry e WHERE e.id = l.entry)
           WHEN 'C' THEN NOT EXISTS (SELECT 1 FROM privacy_consententry e WHERE e.id = l.entry)
           ELSE false END;
    GET DIAGNOSTICS changed = ROW_COUNT;
    RETURN changed;
END $$;
"""
NO_DOORS = """
DROP FUNCTION privacy_ledger_clear_tokens();
DROP FUNCTION privacy_ledger_forget(uuid[]);
"""


class Migration(migrations.Migration):

    dependencies = [
        ('privacy', '0020_runs_and_retention'),
    ]

    operations = [
        migrations.CreateModel(
            name='LedgerBatch',
            fields=[
                ('id', models.BigIntegerField(primary_key=True, serialize=False, verbose_name='Number')),
                ('sealed_at', models.DateTimeField(verbose_name='Sealed')),
                ('size', models.PositiveIntegerField(verbose_name='Entries')),
                ('total', models.BigIntegerField(verbose_name='Entries so far')),
                ('root', models.CharField(max_length=64)),
                ('previous', models.CharField(max_length=64)),
                ('hash', models.CharField(max_length=64, verbose_name='Hash')),
                ('key', models.CharField(max_length=16)),
                ('signature', models.CharField(max_length=120)),
                ('reached', models.JSONField(default=dict)),
                ('cluster', models.CharField(max_length=24)),
            ],
            options={
                'verbose_name': 'batch of the ledgers',
                'verbose_name_plural': 'batches of the ledgers',
            },
        ),
        migrations.CreateModel(
            name='LedgerCheck',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(choices=[('waiting', 'Waiting'), ('running', 'Running'), ('clean', 'Nothing found'), ('found', 'Something is wrong')], default='waiting', max_length=10, verbose_name='State')),
                ('progress', models.JSONField(default=dict)),
                ('batches', models.BigIntegerField(default=0, verbose_name='Batches')),
                ('entries', models.BigIntegerField(default=0, verbose_name='Entries')),
                ('expired', models.BigIntegerField(default=0, verbose_name='Expired by rule')),
                ('forgotten', models.BigIntegerField(default=0, verbose_name='Of people who are gone')),
                ('pending', models.BigIntegerField(default=0, verbose_name='Not sealed yet')),
                ('found', models.BigIntegerField(default=0, verbose_name='Findings')),
                ('findings', models.JSONField(default=list)),
                ('started_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='Started')),
                ('finished_at', models.DateTimeField(null=True, verbose_name='Ended')),
            ],
            options={
                'verbose_name': 'verification of the ledgers',
                'verbose_name_plural': 'verifications of the ledgers',
            },
        ),
        migrations.CreateModel(
            name='LedgerHead',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField(unique=True, verbose_name='Day')),
                ('document', models.JSONField()),
            ],
            options={
                'verbose_name': 'published head',
                'verbose_name_plural': 'published heads',
            },
        ),
        migrations.CreateModel(
            name='LedgerLeaf',
            fields=[
                ('id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('ledger', models.CharField(choices=[('A', 'Access to data'), ('D', 'Data that left the house'), ('C', 'Consents')], max_length=1)),
                ('entry', models.BigIntegerField()),
                ('at', models.DateTimeField()),
                ('kept_as', models.CharField(choices=[('S', 'As a log of security'), ('P', 'As a proof')], max_length=1)),
                ('content', models.BinaryField()),
                ('actor_token', models.BinaryField(null=True)),
                ('subject_token', models.BinaryField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='SigningKey',
            fields=[
                ('id', models.CharField(max_length=16, primary_key=True, serialize=False)),
                ('public', models.BinaryField()),
                ('secret_name', models.CharField(max_length=120, unique=True)),
                ('made_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('retired_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.AddField(
            model_name='auditentry',
            name='written_xid',
            field=models.BigIntegerField(db_default=0, editable=False),
        ),
        migrations.AlterField(
            model_name='auditentry',
            name='written_xid',
            field=models.BigIntegerField(db_default=common.transaction_ids.CurrentTransaction(), editable=False),
        ),
        migrations.AddField(
            model_name='consententry',
            name='written_xid',
            field=models.BigIntegerField(db_default=0, editable=False),
        ),
        migrations.AlterField(
            model_name='consententry',
            name='written_xid',
            field=models.BigIntegerField(db_default=common.transaction_ids.CurrentTransaction(), editable=False),
        ),
        migrations.AddField(
            model_name='disclosureentry',
            name='written_xid',
            field=models.BigIntegerField(db_default=0, editable=False),
        ),
        migrations.AlterField(
            model_name='disclosureentry',
            name='written_xid',
            field=models.BigIntegerField(db_default=common.transaction_ids.CurrentTransaction(), editable=False),
        ),
        migrations.AlterField(
            model_name='auditentry',
            name='action',
            field=models.CharField(choices=[('SIGNED_UP', 'Signed up'), ('SIGNED_IN', 'Signed in'), ('SIGN_IN_FAILED', 'Sign-in failed'), ('PASSWORD_CHANGED', 'Password changed'), ('IDENTIFIER_CHANGED', 'Phone or e-mail changed'), ('IDENTIFIER_CHANGE_STOPPED', 'Change of identifier stopped'), ('SESSION_ENDED', 'Session ended elsewhere'), ('PROFILE_CHANGED', 'Profile changed'), ('ADDRESS_CHANGED', 'Address book changed'), ('STAFF_LISTED', 'Staff listed people, masked'), ('STAFF_SEARCHED', 'Staff searched for a person'), ('VALUE_OPENED', 'Staff opened a masked value'), ('BATCH_OPENED', 'Staff opened values for a batch'), ('ROLE_CHANGED', 'Role changed'), ('ORDER_PLACED', 'Order placed'), ('ORDER_CANCELLED', 'Order cancelled'), ('ORDER_SHIPPED', 'Order shipped'), ('REFUND_STARTED', 'Refund started'), ('RETURN_DECIDED', 'Return decided'), ('CATALOGUE_IMPORTED', 'Catalogue imported'), ('STOCK_CHANGED', 'Stock changed by hand'), ('KEYS_DESTROYED', 'Keys destroyed'), ('LEDGERS_CHECKED', 'Verification of the ledgers asked for'), ('HOLD_PLACED', 'Hold placed'), ('HOLD_APPROVED', 'Hold approved'), ('HOLD_RELEASED', 'Hold released'), ('RUN_STARTED', 'Run started by hand'), ('RUN_CONFIRMED', 'Held-back part of a run confirmed'), ('RUN_CANCELLED', 'Run cancelled'), ('KEPT_LONGER', 'Longer retention chosen'), ('KEPT_AS_USUAL', 'Longer retention taken back'), ('UNKNOWN_KEY', 'A key that nobody declared was written')], max_length=30, verbose_name='Action'),
        ),
        migrations.AlterField(
            model_name='datakey',
            name='key_class',
            field=models.CharField(choices=[('ACCOUNT', 'Account'), ('TRANSACTION', 'Transaction'), ('MESSAGE', 'Message'), ('SECURITY', 'Security'), ('SESSION', 'Session'), ('STATUTORY', 'Kept by law'), ('LEDGER', 'Name in the ledgers')], max_length=12),
        ),
        migrations.AddIndex(
            model_name='auditentry',
            index=models.Index(fields=['written_xid', 'id'], name='privacy_audit_order'),
        ),
        migrations.AddIndex(
            model_name='consententry',
            index=models.Index(fields=['written_xid', 'id'], name='privacy_consent_order'),
        ),
        migrations.AddIndex(
            model_name='disclosureentry',
            index=models.Index(fields=['written_xid', 'id'], name='privacy_disclosure_order'),
        ),
        migrations.AddIndex(
            model_name='ledgerleaf',
            index=django.contrib.postgres.indexes.BrinIndex(fields=['at'], name='privacy_leaf_at'),
        ),
        migrations.AddConstraint(
            model_name='ledgerleaf',
            constraint=models.UniqueConstraint(fields=('ledger', 'entry'), name='privacy_sealed_once'),
        ),
        migrations.RunSQL(DOORS, NO_DOORS, hints={'database': 'default'}),
    ]
