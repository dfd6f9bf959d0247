"""Finders: one of several resources, schedules and contacts, by what it is."""

from __future__ import annotations

from lxml import etree

from protocols.formats.edxl_rm.places import (
    at,
    author,
    contact,
    named,
    resources,
    schedule,
    text_at,
    typed,
    values,
    whole_number,
)
from protocols.formats.slots import children

ROOT = etree.fromstring(
    """<CommitResource xmlns="urn:x">
<ContactInformation><ContactDescription>o</ContactDescription><ContactRole>Owner</ContactRole>
</ContactInformation><ContactInformation><ContactRole>RespondingOrg</ContactRole>
</ContactInformation>
<ResourceInformation><Resource><Name> </Name><ResourceID>TD48</ResourceID><TypeInfo><a><b>Dozer</b>
</a></TypeInfo><Keyword><ValueListURN>urn:k</ValueListURN><Value>1</Value><Value>2</Value>
</Keyword><Keyword><ValueListURN>urn:l</ValueListURN><Value>3</Value></Keyword></Resource>
<ScheduleInformation><ScheduleType>ReportTo</ScheduleType></ScheduleInformation>
</ResourceInformation></CommitResource>"""
)


def test_ways_lead_to_the_first_element_of_that_name_in_any_case() -> None:
    assert text_at(ROOT, "resourceinformation/Resource/ResourceID") == "TD48"
    assert text_at(ROOT, "Resource/None") == ""
    assert at(None, "a") is None
    assert len(children(ROOT, "ContactInformation")) == 2


def test_the_author_is_the_most_telling_role() -> None:
    found = author(ROOT)
    assert found is not None
    assert text_at(found, "ContactRole") == "RespondingOrg"
    assert contact(ROOT, "owner") is children(ROOT, "ContactInformation")[0]
    assert contact(ROOT, "Approver") is None
    assert author(etree.fromstring("<ReleaseResource/>")) is None


def test_a_resource_has_a_name_and_a_type() -> None:
    (resource,) = resources(ROOT)
    name, kind = named(resource), typed(resource)
    assert name is not None
    assert kind is not None
    assert (name.text, kind.text) == ("TD48", "Dozer")
    assert named(etree.fromstring("<ResourceInformation/>")) is None
    assert typed(etree.fromstring("<ResourceInformation/>")) is None


def test_lists_and_schedules_are_found_by_their_names() -> None:
    (resource,) = resources(ROOT)
    assert [e.text for e in values(at(resource, "Resource"), "Keyword", "urn:k")] == ["1", "2"]
    assert list(values(None, "Keyword", "urn:k")) == []
    assert schedule(resource, "reportto") is not None
    assert schedule(resource, "Route") is None
    assert schedule(None, "Route") is None


def test_only_plain_numbers_are_quantities() -> None:
    assert whole_number("12") == 12
    assert [whole_number(text) for text in ("", "-1", "1.5", "²", "12345678")] == [None] * 5
