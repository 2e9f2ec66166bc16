"""The page of a model of pictures: drawings as on paper, patches in words, and no picture that the insurer holds."""

import re
from xml.etree import ElementTree

import pytest

from audits.engine.rowtables import without_rows
from audits.models import DataSet
from portal.audit_story import families_of
from portal.templatetags.plimsoll import saliency_map
from tests.book import audited, model_made
from tests.model_results import with_model
from tests.picture_results import with_pictures
from tests.portal.results import RESULT
from tests.portal.test_portal_pages import inline

RUN = with_pictures(with_model(RESULT))


def family():
    return next(one for one in families_of(RUN) if one.name == "saliency")


def test_maps_are_drawn_and_the_strongest_patches_told():
    drawings = family().charts
    assert [chart["kind"] for chart in drawings] == ["drawing", "drawing"]
    assert "It is no cause" in family().say
    tables = dict(family().tables)
    assert tables["strongest patches, row 417"]["rows"][:2] == [[1, 3, 2.5], [3, 1, -2.25]]
    assert not {"pixels 1", "map 1"} & set(tables)


def test_a_drawing_is_plain_svg_without_styles():
    made = saliency_map(family().charts[1]["seen"], '<script>alert("x")</script>')
    tags = list(ElementTree.fromstring(made).iter())
    assert len(tags) > 30
    assert not any("style" in tag.attrib for tag in tags)
    assert "<script>" not in made


@pytest.mark.django_db
def test_the_page_draws_them_under_the_strict_policy(portal, owner, organisation, now):
    order = audited(model_made(organisation, now)[1], now, told=RUN)
    answer = portal(owner).get(f"/audits/{order.audit_run_id}")
    page = answer.content.decode()
    assert answer.status_code == 200
    assert inline(page) == []
    assert page.count('<div class="pl-drawing">') == 2
    assert re.search(r"Row 417: what speaks for the answer", page)


@pytest.mark.django_db
def test_no_member_sees_a_picture_that_the_insurer_holds(portal, owner, organisation, now):
    order = audited(model_made(organisation, now)[1], now, told=RUN)
    DataSet.objects.update(custody="insurer")
    page = portal(owner).get(f"/audits/{order.audit_run_id}").content.decode()
    assert page.count('<div class="pl-drawing">') == 1
    assert "Row 417" not in page
    assert set(without_rows(RUN)["sections"]["saliency"]) == {"method", "mean map", "deletion", "agreement"}
