"""A check as JUnit XML, with a test case for each row."""

from xml.etree import ElementTree

from lab6.check import speed, words
from lab6.check.check import Check
from lab6.render.numbers import change
from lab6.render.table import Row, known


def render(check: Check) -> str:
    """The XML document. Rows that regressed fail. Rows without a verdict on speed are skipped; with strict terms, all
    unsettled rows fail."""
    strict = check.terms.strict
    unsettled = "failure" if strict else "skipped"
    missing = check.unmatched[check.unmatched["side"] == "baseline"]
    open_rows = check.unsettled if strict else ~check.settled
    cases = [
        (row, "failure" if regressed else unsettled if open_ else "", _message(row))
        for row, regressed, open_ in zip(check.rows.to_dict("records"), check.regressed, open_rows, strict=True)
    ]
    cases += [(row, unsettled, "not measured in the candidate") for row in missing.to_dict("records")]
    suite = ElementTree.Element("testsuite", name="lab6 check", tests=str(len(cases)), errors="0")
    for kind, attribute in (("failure", "failures"), ("skipped", "skipped")):
        suite.set(attribute, str([outcome for _, outcome, _ in cases].count(kind)))
    for row, outcome, message in cases:
        case = ElementTree.SubElement(suite, "testcase", classname=words.method_name(row), name=words.name(row))
        if outcome:
            ElementTree.SubElement(case, outcome, message=message)
    lines = [words.headline(check), *words.reasons(check), words.outlook(check)]
    ElementTree.SubElement(suite, "system-out").text = "\n".join(lines)
    ElementTree.indent(suite)
    return ElementTree.tostring(suite, encoding="unicode", xml_declaration=True) + "\n"


def _message(row: Row) -> str:
    if sentence := words.row_sentence(row):
        return sentence
    time = f"time {change(row['change'])}" if known(row["change"]) else "nothing to compare"
    if known(row["change_low"]):
        time += f" ({change(row['change_low'])} to {change(row['change_high'])})"
    verdict = "" if row["speed"] == speed.SAME else f"{row['speed']}: "
    return f"{verdict}{time}; learning {row['learning']}"
