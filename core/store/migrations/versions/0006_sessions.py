"""Sessions of the pages; documents that have the same path because the uploader of one may not see the other"""

import sqlalchemy as sa

from alembic import op

revision = '0006'
down_revision = '0004'
branch_labels = None
depends_on = None

LIVE = sa.text('deleted_at IS NULL')


def upgrade() -> None:
    op.create_table('sessions',
    sa.Column('hash', sa.String(length=64), nullable=False),
    sa.Column('key_id', sa.String(length=40), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['key_id'], ['api_keys.id'], ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('hash')
    )
    op.create_index('ix_sessions_key_id', 'sessions', ['key_id'])
    op.add_column('documents', sa.Column('path_number', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False, server_default='0'))
    op.drop_index('one_live_document_per_path', 'documents')
    op.create_index('one_live_document_per_path', 'documents', ['collection', 'path', 'path_number'], unique=True, sqlite_where=LIVE, postgresql_where=LIVE)


def downgrade() -> None:
    op.drop_index('one_live_document_per_path', 'documents')
    op.drop_column('documents', 'path_number')
    op.create_index('one_live_document_per_path', 'documents', ['collection', 'path'], unique=True, sqlite_where=LIVE, postgresql_where=LIVE)
    op.drop_index('ix_sessions_key_id', 'sessions')
    op.drop_table('sessions')
