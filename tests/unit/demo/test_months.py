"""The months side by side, and the one whose labels show the loss."""

from ci_ml.demo.months import Month, table, worst_of
from ci_ml.evaluation.results import Interval


def month(name, value, **moved):
    interval = Interval(low=value - 0.05, high=value + 0.05)
    return Month(name=name, flights=27_000, late=0.25, value=value, interval=interval, moved=moved)


def test_worst_of__months_that_moved_less_but_were_worse__goes_by_the_labels():
    months = (month("March", 0.71, temp=0.6), month("April", 0.63, temp=2.0), month("May", 0.70, temp=3.1))

    assert worst_of(months).name == "April"


def test_table__months__fits_the_terminal():
    months = (month("March", 0.7082, pressure=0.71, temp=0.58), month("April", 0.637, temp=1.98))

    assert table(months) == (
        "month  flights    late  roc_auc  95 %, by day    moved most, by\n"
        "March   27,000  25.0 %    0.708  [0.658, 0.758]  pressure 0.71\n"
        "April   27,000  25.0 %    0.637  [0.587, 0.687]  temp 1.98"
    )
