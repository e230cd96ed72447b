"""When the bytes of each stored file were last compared with its key"""

import sqlalchemy as sa

from alembic import op

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('blob_checks',
    sa.Column('blob', sa.String(length=64), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('checked_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('blob')
    )
    op.create_index('ix_blob_checks_checked_at', 'blob_checks', ['checked_at'])


def downgrade() -> None:
    op.drop_table('blob_checks')
