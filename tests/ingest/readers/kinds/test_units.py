"""Tables of measuring instruments: units in a second line of the header, decimal commas, times with dates."""

from __future__ import annotations

from tests.ingest.conftest import Read
from tests.ingest.readers.kinds.rows import rows, value

LOG = (
    "Zeit;Temperatur;Druck;Feuchte;Bemerkung\r\n;°C;bar;% rF;\r\n01.03.2026 08:00;21,5;1,013;45;\r\n"
    "01.03.2026 08:10;21,7;1,012;44;Tür offen\r\n01.03.2026 08:20;-3,25;1,009;;Fühler gestört\r\n"
    '01.03.2026 08:30;1.021,0;0,987;47;"Wert geprüft; siehe Protokoll"\r\n'
)


def test_units_below_the_names_are_a_part_of_the_header_and_values_stay_in_their_columns(read: Read) -> None:
    (table,) = read(LOG.encode("cp1252"), "log.csv").elements

    assert [row.header for row in table.block.children] == [True, True, False, False, False, False]
    assert rows(table)[1] == ["", "°C", "bar", "% rF"]
    assert value(table, "°C", "Tür offen") == "21,7"
    assert value(table, "Temperatur", "Fühler gestört") == "-3,25"
    assert value(table, "Feuchte", "Fühler gestört") == ""
    assert value(table, "Druck", "1.021,0") == "0,987"
    assert value(table, "Bemerkung", "01.03.2026 08:30") == "Wert geprüft; siehe Protokoll"


def test_times_with_their_dates_are_dates_and_decimal_commas_are_numbers(read: Read) -> None:
    (table,) = read(LOG.encode("cp1252"), "log.csv").elements

    types = {(cell.column, cell.type) for row in table.block.children[2:] for cell in row.children[:3]}
    assert types == {(0, "date"), (1, "number"), (2, "number")}
