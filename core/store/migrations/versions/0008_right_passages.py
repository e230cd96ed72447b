"""The passages that answer, as picked by the author of an opinion"""

import sqlalchemy as sa

from alembic import op

revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('feedback', sa.Column('right_passages', sa.JSON(), nullable=False, server_default='[]'))


def downgrade() -> None:
    op.drop_column('feedback', 'right_passages')
