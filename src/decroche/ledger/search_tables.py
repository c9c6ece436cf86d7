"""The tables by which what was written with people is found again: each word beside what it stands in."""

from __future__ import annotations

import sqlalchemy as sa

from decroche.ledger import privacy_tables
from decroche.ledger.tables import Utc

#: Every table of the ledger, these included.
metadata = privacy_tables.metadata

#: An increasing number; SQLite only counts in a column that it calls INTEGER.
_Number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
#: Sorted sign by sign on both databases, so that all words with one beginning stand together.
_Word = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")

# A text, a note, a voicemail or a name of which words are known.
search_entries = sa.Table(
    "search_entries",
    metadata,
    # Later ones are greater: of one word, the latest are found first.
    sa.Column("id", _Number, primary_key=True, autoincrement=True),
    sa.Column("account_id", sa.Text, sa.ForeignKey("accounts.id"), nullable=False),
    # text, note, voicemail, name
    sa.Column("kind", sa.Text, nullable=False),
    # The id of the text, the note or the call; empty for a name.
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("person", sa.BigInteger, nullable=False),
    sa.Column("at", Utc, nullable=False),
    sa.UniqueConstraint("account_id", "kind", "subject", "person"),
    sa.Index("ix_search_entries_account_person", "account_id", "person"),
)

# The words of each, as understand.search_words writes them.
search_words = sa.Table(
    "search_words",
    metadata,
    sa.Column("account_id", sa.Text, sa.ForeignKey("accounts.id"), nullable=False),
    sa.Column("word", _Word, nullable=False),
    sa.Column("entry", _Number, sa.ForeignKey("search_entries.id", ondelete="CASCADE"), nullable=False),
    sa.PrimaryKeyConstraint("account_id", "word", "entry"),
    sa.Index("ix_search_words_entry", "entry"),
    sqlite_with_rowid=False,
)
