"""ICEWS: sectors say who acts, and events become shares."""

from __future__ import annotations

import doctest

import pytest

from comity.errors import InputFileError
from comity.sources import icews
from comity.sources.publisher import take_sample
from comity.sources.registry import recognise

HEADER = (
    "Event ID\tEvent Date\tSource Name\tSource Sectors\tSource Country\tEvent Text\tCAMEO Code\t"
)
HEADER += "Intensity\tTarget Name\tTarget Sectors\tTarget Country\n"


def event(number, sectors, first="India", second="Russian Federation", day="2018-06-01"):
    return f"{number}\t{day}\tA\t{sectors}\t{first}\tConsult\t040\t1\tB\tNA\t{second}\n"


def ties_of(path):
    publisher, found = recognise(path)
    assert publisher.id == "icews"
    ties = publisher.read(path, found)["ties"]
    assert not ties.duplicated(["indicator", "year", "origin", "destination"]).any()
    return ties.set_index(["indicator", "year", "origin", "destination"])["value"].to_dict()


@pytest.mark.parametrize(
    ("sectors", "actor"),
    [
        ("Executive,Foreign Ministry,Government", "government"),
        ("Elite,Business,Parties", "business"),
        ("Multinational Corporation", "business"),
        ("Business,Finance / Economy / Commerce / Trade Ministry", "government"),
        ("Nongovernmental Organizations / Activists", "society"),
        ("General Population / Civilian / Social,Social", "society"),
        ("International Government Organization,Global Diplomatic IGOs", ""),
        ("Parties,(National) Major Party,Government Major Party (In Government)", ""),
        ("Unidentified Forces", ""),
        ("NA", ""),
    ],
)
def test_who_acts(sectors, actor):
    assert icews.actor_of(sectors) == actor


def test_events_become_shares(written):
    path = written(
        HEADER
        + event(1, "Foreign Ministry")
        + event(1, "Foreign Ministry")  # the same event twice
        + event(2, "Business", "Russian Federation", "India")
        + event(3, "NA")
        + event(4, "Military", "NA", "India"),
        "events.tab",
    )
    million = 1e6
    assert ties_of(path) == pytest.approx(
        {
            ("news_events", 2018, "IND", "RUS"): 2 / 4 * million,
            ("news_events", 2018, "RUS", "IND"): 1 / 4 * million,
            ("news_events_government", 2018, "IND", "RUS"): 1 / 4 * million,
            ("news_events_business", 2018, "RUS", "IND"): 1 / 4 * million,
        }
    )


def test_a_date_that_is_none_is_named(written):
    path = written(HEADER + event(1, "NA") + event(2, "NA", day="June"), "events.tab")
    with pytest.raises(InputFileError, match=r"line 3: 'June' in column 'Event Date'"):
        ties_of(path)


def test_others_are_left_alone(written):
    assert icews.recognise(take_sample(written("Event ID\tEvent Date\n1\t2018-06-01\n"))) is None


def test_sample_of_two_days(shared_data):
    path = shared_data / "events" / "icews" / "events.2018.sample.tab"
    _, found = recognise(path)
    assert (found.source, found.years) == ("icews-events-20180601", "2018")
    ties = ties_of(path)
    # The Singapore summit is near: what the United States and North Korea do to each other leads.
    pair = [key for key in ties if key[0] == "news_events"]
    assert max(pair, key=ties.get)[2:] in {("USA", "PRK"), ("PRK", "USA")}
    everyone = sum(value for key, value in ties.items() if key[0] == "news_events")
    assert everyone < 1e6
    by_actor = sum(value for key, value in ties.items() if key[0] != "news_events")
    assert by_actor < everyone


def test_examples():
    assert doctest.testmod(icews).failed == 0
