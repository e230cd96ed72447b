"""Blocks of chunks; the text of documents with its tree; the reader that read a version; what its uploader gave"""

import sqlalchemy as sa

from alembic import op

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('chunks', sa.Column('blocks', sa.JSON(), nullable=False, server_default='[]'))
    op.add_column('versions', sa.Column('reader', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True))
    op.add_column('versions', sa.Column('given', sa.JSON(), nullable=False, server_default='{}'))
    op.create_table('texts',
    sa.Column('document_id', sa.String(length=40), nullable=False),
    sa.Column('version', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('body', sa.LargeBinary(), nullable=False),
    sa.ForeignKeyConstraint(['document_id'], ['documents.id'], ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('document_id')
    )


def downgrade() -> None:
    op.drop_table('texts')
    op.drop_column('versions', 'given')
    op.drop_column('versions', 'reader')
    op.drop_column('chunks', 'blocks')
