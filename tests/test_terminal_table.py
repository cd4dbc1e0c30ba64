import io

import pytest
from rich.console import Console

from lab6.terminal_table import Column, Columns


def shown(table: Columns, width: int) -> list[str]:
    console = Console(file=io.StringIO(), width=width)
    console.print(table)
    return [line.rstrip() for line in console.file.getvalue().splitlines()]


def sizes() -> Columns:
    table = Columns("batch\nsize", "epoch\n(s)", "images\n/s", Column("verdict", left=True), "")
    table.add_row("1", "86.123", "1,234,567", "dominated")
    table.add_row("60,000", "0.470±0.123", "696", "start here", "*")
    return table


def test_a_wide_terminal_shows_a_row_on_one_line():
    assert shown(sizes(), 80)[2:] == [
        "     1      86.123 1,234,567 dominated",
        "60,000 0.470±0.123       696 start here *",
    ]
    assert sizes().fits(41)
    assert not sizes().fits(40)


@pytest.mark.parametrize("width", [40, 30, 20])
def test_a_narrow_terminal_shows_parts_that_each_begin_with_the_first_column(width):
    lines = shown(sizes(), width)
    assert max(map(len, lines)) <= width
    whole = " ".join(lines).split()
    assert {"86.123", "1,234,567", "0.470±0.123", "696", "start", "here", "*"} <= set(whole)
    assert whole.count("60,000") == 1 + lines.count("")


def test_text_is_wrapped_before_numbers_move():
    table = Columns(Column("machine", left=True, wraps=True), "images")
    table.add_row("a machine of many words", "1,234,567")
    assert "1,234,567" in shown(table, 20)[1]
    assert "" not in shown(table, 20)


@pytest.mark.parametrize("width", range(1, 12))
def test_a_terminal_that_is_too_narrow_for_a_number_breaks_it_and_drops_no_digit(width):
    table = Columns("size")
    table.add_row("1,234,567")
    assert "".join("".join(shown(table, width)).split()) == "size1,234,567"
