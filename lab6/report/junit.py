"""A check as JUnit XML, which CI systems show as tests: a case for each row."""

from xml.etree import ElementTree

from lab6.analysis import gate
from lab6.analysis.check import Check
from lab6.report import verdict
from lab6.report.table import Row, known


def render(check: Check) -> str:
    """The XML document. What regressed has failed; what is inconclusive is skipped, or with strict terms has failed
    too."""
    unsettled = "failure" if check.terms.strict else "skipped"
    missing = check.unmatched[check.unmatched["side"] == "baseline"]
    cases = [
        (row, "failure" if regressed else unsettled if open_ else "", _message(row))
        for row, regressed, open_ in zip(check.rows.to_dict("records"), check.regressed, check.unsettled, strict=True)
    ]
    cases += [(row, unsettled, "not measured in the candidate") for row in missing.to_dict("records")]
    suite = ElementTree.Element("testsuite", name="lab6 check", tests=str(len(cases)), errors="0")
    for kind, attribute in (("failure", "failures"), ("skipped", "skipped")):
        suite.set(attribute, str([outcome for _, outcome, _ in cases].count(kind)))
    for row, outcome, message in cases:
        case = ElementTree.SubElement(suite, "testcase", classname=verdict.method_name(row), name=verdict.name(row))
        if outcome:
            ElementTree.SubElement(case, outcome, message=message)
    ElementTree.SubElement(suite, "system-out").text = "\n".join([verdict.headline(check), *verdict.reasons(check)])
    ElementTree.indent(suite)
    return ElementTree.tostring(suite, encoding="unicode", xml_declaration=True) + "\n"


def _message(row: Row) -> str:
    if not known(row["change"]):
        return f"{row['speed']}: no time is left to compare; learns {row['learning']}"
    low, high = verdict.percent(row["change_low"]), verdict.percent(row["change_high"])
    speed = "" if row["speed"] == gate.SAME else f"{row['speed']}: "
    return f"{speed}time {verdict.percent(row['change'])} ({low} to {high}); learns {row['learning']}"
