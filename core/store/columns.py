"""What every table is made of: the base class, and the column types that SQLite and PostgreSQL must agree on.

The tables themselves are in `core.store.tables`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import ClassVar

from sqlalchemy import JSON, BigInteger, Boolean, DateTime, Dialect, Float, Integer, LargeBinary, Text, TypeDecorator
from sqlalchemy.orm import DeclarativeBase

from core.types import Json

BigId = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts up only in INTEGER keys


class UtcDateTime(TypeDecorator[datetime]):
    """A time that is aware on both databases: SQLite drops the zone, so it is put back."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value.replace(tzinfo=UTC) if value and value.tzinfo is None else value


class Table(DeclarativeBase):
    """Base of all tables: Python types to columns."""

    type_annotation_map: ClassVar = {
        datetime: UtcDateTime(),
        Json: JSON(),
        str: Text(),
        int: BigInteger().with_variant(Integer, "sqlite"),
        float: Float(53),
        bool: Boolean(),
        bytes: LargeBinary(),
    }
