"""Charts are well-formed SVG that says its figures in words too."""

from xml.etree.ElementTree import Element, fromstring

from crnn.evaluation.confidence import reliability
from crnn.evaluation.report.figures import Group
from crnn.evaluation.report.page import HEIGHT, WIDTH, bar_chart, reliability_diagram, risk_curve


def tree(chart: str) -> Element:
    return fromstring(chart)  # noqa: S314  # our own drawing


def group(name: str, right: int, n: int) -> Group:
    return Group(name=name, n=n, right=right, accuracy=100 * right / n, interval=(10.0, 90.0))


def test_a_bar_is_as_high_as_its_accuracy_and_says_it() -> None:
    chart = tree(bar_chart([group("1", 10, 10), group("2", 5, 10)], "by length", "symbols"))
    full, half = chart.findall("g/rect")
    assert float(half.attrib["height"]) * 2 == float(full.attrib["height"])
    assert half.findtext("title") == "2: 5 of 10 right, 50.0 % (10.0-90.0)"


def test_whatever_stands_in_a_name_is_escaped() -> None:
    drawn = bar_chart([group("</svg><script>", 1, 2)], 'a "title"', "<b>")
    assert "<script>" not in drawn
    assert tree(drawn).attrib["aria-label"] == 'a "title"'


def test_an_empty_chart_is_drawn_all_the_same() -> None:
    assert tree(bar_chart([], "by width", "px")).findall("g/rect") == []


def test_every_bin_is_a_point_inside_the_field() -> None:
    chart = tree(reliability_diagram(reliability([0.0, 0.5, 1.0], [False, True, True])))
    points = chart.findall("g/circle")
    assert len(points) == 3
    assert all(0 <= float(point.attrib["cx"]) <= WIDTH for point in points)
    assert all(0 <= float(point.attrib["cy"]) <= HEIGHT for point in points)


def test_a_long_curve_is_thinned_but_keeps_its_end() -> None:
    n = 100_000
    chart = tree(risk_curve([(i + 1) / n for i in range(n)], [0.25] * n, [n // 2]))
    line = chart.find("g/polyline")
    assert line is not None
    points = line.attrib["points"].split()
    assert len(points) < 300
    assert float(points[-1].split(",")[0]) == WIDTH - 14
    assert chart.findtext("g/circle/title") == "50.0 % of the words at 25.0 % errors"
