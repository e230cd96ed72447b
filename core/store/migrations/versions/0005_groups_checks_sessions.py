"""Groups of versions; checks of stored files; sessions of the pages; documents that share a path unseen by each other"""

import sqlalchemy as sa

from alembic import op

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None

versions = sa.table('versions', sa.column('document_id'), sa.column('version'), sa.column('groups', sa.JSON()))
documents = sa.table('documents', sa.column('id'), sa.column('serving_version'), sa.column('latest_version'))
document_groups = sa.table('document_groups', sa.column('document_id'), sa.column('name'))
jobs = sa.table('jobs', sa.column('id'), sa.column('document_id'), sa.column('version'), sa.column('payload', sa.JSON()))
audit = sa.table('audit', sa.column('id'), sa.column('action'), sa.column('target'), sa.column('detail', sa.JSON()))


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
    op.create_table('blob_checks',
    sa.Column('blob', sa.String(length=64), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('checked_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('blob')
    )
    op.create_index('ix_blob_checks_checked_at', 'blob_checks', ['checked_at'])
    op.add_column('versions', sa.Column('groups', sa.JSON(), nullable=True))
    connection = op.get_bind()
    now = {row.id: [] for row in connection.execute(sa.select(documents.c.id))}
    for row in connection.execute(sa.select(document_groups).order_by(document_groups.c.name)):
        now[row.document_id].append(row.name)
    found = _from_audit(connection)
    for row in connection.execute(sa.select(documents)).all():
        for number in filter(None, {row.serving_version, row.latest_version}):
            found[row.id, number] = now[row.id]
    # groups that wait for a version to be published are in its job
    for row in connection.execute(sa.select(jobs).order_by(jobs.c.id)).all():
        if (groups := (row.payload or {}).get('groups')) is not None and (row.document_id, row.version) in found:
            found[row.document_id, row.version] = groups
    for (document_id, number), groups in found.items():
        row = (versions.c.document_id == document_id) & (versions.c.version == number)
        connection.execute(sa.update(versions).where(row).values(groups=groups))


def _from_audit(connection: sa.Connection) -> dict:
    """Return the groups of versions whose uploads are all in the audit trail; of others nobody knows any more."""
    found, last = {}, {}
    uploads = sa.select(audit).where(audit.c.action == 'document.upload').order_by(audit.c.id)
    for row in connection.execute(uploads).all():
        number, groups = row.detail.get('version'), row.detail.get('groups')
        if groups is None:
            groups = [] if number == 1 and row.target not in last else last.get(row.target)
        last[row.target] = groups
        if groups is not None:
            found[row.target, number] = groups
    return found


def downgrade() -> None:
    op.drop_index('one_live_document_per_path', 'documents')
    op.drop_column('documents', 'path_number')
    op.create_index('one_live_document_per_path', 'documents', ['collection', 'path'], unique=True, sqlite_where=LIVE, postgresql_where=LIVE)
    op.drop_index('ix_sessions_key_id', 'sessions')
    op.drop_table('sessions')
    op.drop_table('blob_checks')
    op.drop_column('versions', 'groups')
