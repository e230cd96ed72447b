"""The base class of all tables, and the column types that must behave the same on SQLite and PostgreSQL.

The tables themselves are in `core.store.tables`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import ClassVar

from sqlalchemy import JSON, BigInteger, Boolean, DateTime, Dialect, Float, Integer, LargeBinary, Text, TypeDecorator
from sqlalchemy.orm import DeclarativeBase

from core.types import Json

BigId = BigInteger().with_variant(Integer, "sqlite")  # SQLite assigns ids only to INTEGER keys


class UtcDateTime(TypeDecorator[datetime]):
    """A time that is aware on both databases: SQLite drops the zone, so it is added again."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value.replace(tzinfo=UTC) if value and value.tzinfo is None else value


class Table(DeclarativeBase):
    """Base of all tables; maps Python types to column types."""

    type_annotation_map: ClassVar = {
        datetime: UtcDateTime(),
        Json: JSON(),
        str: Text(),
        int: BigInteger().with_variant(Integer, "sqlite"),
        float: Float(53),
        bool: Boolean(),
        bytes: LargeBinary(),
    }
