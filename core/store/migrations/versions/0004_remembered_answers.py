"""Answers that may be given again, the collections that each answer was looked for in, the newest change of a document"""

import sqlalchemy as sa

from alembic import op

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('answers', sa.Column('collections', sa.JSON(), nullable=True))
    op.create_index('ix_documents_updated_at', 'documents', ['updated_at'])
    op.create_table('remembered_answers',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('answer_id', sa.String(length=40), nullable=False),
    sa.Column('feedback_id', sa.String(length=40), nullable=True),
    sa.Column('scope', sa.String(length=64), nullable=False),
    sa.Column('words', sa.String(length=64), nullable=False),
    sa.Column('shape', sa.String(length=64), nullable=False),
    sa.Column('embedder', sa.String(length=200), nullable=True),
    sa.Column('vector', sa.LargeBinary(), nullable=True),
    sa.Column('document_ids', sa.JSON(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['answer_id'], ['answers.id'], ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['feedback_id'], ['feedback.id'], ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('feedback_id'),
    sqlite_autoincrement=True
    )
    op.create_index('ix_remembered_answers_answer_id', 'remembered_answers', ['answer_id'])
    op.create_index('remembered_by_words', 'remembered_answers', ['scope', 'words'])
    op.create_index('remembered_by_shape', 'remembered_answers', ['scope', 'shape'])


def downgrade() -> None:
    op.drop_table('remembered_answers')
    op.drop_index('ix_documents_updated_at', 'documents')
    op.drop_column('answers', 'collections')
