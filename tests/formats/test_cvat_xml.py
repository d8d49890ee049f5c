"""CVAT's XML for images as records: what is read, what is left, and what is refused in words."""

from __future__ import annotations

from typing import Any

import pytest

from viewfinder.errors import FormatError
from viewfinder.formats.records import Record, Source
from viewfinder.formats.types import CVATImageDataset

# As CVAT writes it: an image of 10 × 8 pixels with one element of every kind, and an empty one.
DOCUMENT = """<?xml version="1.0" encoding="utf-8"?>
<annotations>
  <version>1.1</version>
  <meta>
    <task>
      <id>7</id>
      <name>pets</name>
      <created>2026-01-02 03:04:05+00:00</created>
      <labels>
        <label>
          <name>cat</name>
          <color>#fafa37</color>
          <type>any</type>
          <attributes>
            <attribute>
              <name>mood</name>
              <mutable>False</mutable>
              <input_type>select</input_type>
              <default_value>calm</default_value>
              <values>calm
grumpy</values>
            </attribute>
          </attributes>
        </label>
        <label>
          <name>body</name>
          <type>skeleton</type>
          <attributes></attributes>
          <svg>&lt;circle data-node-id="2" data-label-name="tail"&gt;&lt;/circle&gt;
&lt;circle data-node-id="1" data-label-name="nose"&gt;&lt;/circle&gt;</svg>
        </label>
        <label><name>tail</name><type>points</type><attributes/><parent>body</parent></label>
        <label><name>nose</name><type>points</type><attributes/><parent>body</parent></label>
      </labels>
    </task>
    <dumped>2026-01-03 00:00:00+00:00</dumped>
  </meta>
  <image id="0" name="one.jpg" width="10" height="8">
    <tag label="cat" source="manual">
      <attribute name="mood">calm</attribute>
    </tag>
    <box label="cat" source="auto" occluded="1" xtl="1.25" ytl="2.00" xbr="6.25" ybr="4.00"
         rotation="30.50" z_order="2" group_id="3">
      <attribute name="age">7</attribute>
      <attribute name="tame">true</attribute>
      <attribute name="label_id">65a000000000000000000001</attribute>
    </box>
    <polygon label="cat" source="manual" occluded="0" points="0.5,0;10,0;10,8" z_order="0"/>
    <polyline label="cat" source="manual" occluded="0" points="0,0;5,4" z_order="0"/>
    <points label="cat" source="manual" occluded="0" points="5,4;2.5,2" z_order="0"/>
    <mask label="cat" source="manual" occluded="0" rle="1, 2, 3" left="4" top="5" width="3"
          height="2" z_order="0"/>
    <ellipse label="cat" source="manual" occluded="0" cx="5.00" cy="4.00" rx="2.00" ry="1.00"
             z_order="0"/>
    <cuboid label="cat" source="manual" occluded="0" xtl1="1" ytl1="1" xbl1="1" ybl1="3" xtr1="4"
            ytr1="1" xbr1="4" ybr1="3" xtl2="6" ytl2="0" xbl2="6" ybl2="2" xtr2="2" ytr2="0"
            xbr2="2" ybr2="2" z_order="0"/>
    <skeleton label="body" source="manual" z_order="0">
      <points label="tail" source="manual" outside="0" occluded="1" points="5,4"/>
      <points label="nose" source="manual" outside="0" occluded="0" points="1,2"/>
    </skeleton>
  </image>
  <image id="1" name="more/zwei ü.png" width="4" height="4"/>
</annotations>
"""


def source(text: str | bytes = DOCUMENT, **options: Any) -> Source:
    data = text.encode() if isinstance(text, str) else text
    return CVATImageDataset.read(data, "labels.xml", options)


def read(text: str | bytes = DOCUMENT, **options: Any) -> list[Record]:
    return list(source(text, **options).records)


def labels(kind: str, text: str = DOCUMENT) -> list[Any]:
    found = read(text)[0].labels[kind]
    assert found is not None
    return list(found.labels)


def image(inside: str) -> str:
    return (
        f'<annotations><image name="one.jpg" width="10" height="8">{inside}</image></annotations>'
    )


def test_images_have_their_names_and_sizes() -> None:
    first, second = read()
    assert (first.filename, first.width, first.height) == ("one.jpg", 10, 8)
    assert (second.filename, second.width, second.height) == ("more/zwei ü.png", 4, 4)
    assert set(second.labels.values()) == {None}
    assert list(first.labels) == ["classifications", "detections", "polylines", "keypoints"]


def test_a_tag_is_a_classification() -> None:
    (tag,) = labels("classifications")
    assert dict(tag.values) == {"label": "cat", "mood": "calm"}


def test_boxes_keep_decimals_turn_flags_numbers_and_the_id() -> None:
    box = labels("detections")[0]
    assert dict(box.values) == {
        "bounding_box": [0.125, 0.25, 0.5, 0.25],
        "rotation": 30.5,
        "label": "cat",
        "occluded": True,
        "group_id": 3,
        "z_order": 2,
        "source": "auto",
        "age": 7,
        "tame": True,
        "id": "65a000000000000000000001",
    }


def test_masks_and_ellipses_are_detections() -> None:
    _, mask, ellipse = labels("detections")
    assert mask.bounding_box == [0.4, 0.625, 0.3, 0.25]
    assert mask.mask.tolist() == [[False, True, True], [False, False, False]]
    assert ellipse.shape_type == "ellipse"
    assert ellipse.bounding_box == [0.3, 0.375, 0.4, 0.25]


def test_polygons_polylines_and_cuboids_are_polylines() -> None:
    polygon, line, cuboid = labels("polylines")
    assert polygon.points == [[(0.05, 0.0), (1.0, 0.0), (1.0, 1.0)]]
    assert (polygon.closed, polygon.filled) == (True, True)
    assert line.points == [[(0.0, 0.0), (0.5, 0.5)]]
    assert (line.closed, line.filled) == (False, False)
    assert cuboid.shape_type == "cuboid"
    assert cuboid.points[0] == [(0.1, 0.125), (0.4, 0.125), (0.4, 0.375), (0.1, 0.375)]
    assert len(cuboid.points[1]) == 4


def test_points_and_skeletons_are_keypoints_in_the_order_of_the_drawing() -> None:
    points, skeleton = labels("keypoints")
    assert points.points == [(0.5, 0.5), (0.25, 0.25)]
    assert skeleton.label == "body"
    assert skeleton.points == [(0.1, 0.25), (0.5, 0.5)]
    assert skeleton.visibility == [2, 1]


@pytest.mark.parametrize("owner", ["task", "project", "job"])
def test_classes_of_tasks_projects_and_jobs_are_known(owner: str) -> None:
    text = DOCUMENT.replace("<task>", f"<{owner}>").replace("</task>", f"</{owner}>")
    found = source(text)
    assert list(found.classes) == ["cat", "body"]
    assert found.info["created"] == "2026-01-02 03:04:05+00:00"
    assert found.info["dumped"] == "2026-01-03 00:00:00+00:00"
    cat = found.info["task_labels"][0]
    assert cat["color"] == "#fafa37"
    assert cat["attributes"][0]["values"] == ["calm", "grumpy"]


def test_images_are_chosen() -> None:
    assert [each.filename for each in read(max_samples=1)] == ["one.jpg"]
    names = list(source(shuffle=True, seed=3).filenames)
    assert names == list(source(shuffle=True, seed=3).filenames)
    assert sorted(names) == ["more/zwei ü.png", "one.jpg"]
    with pytest.raises(TypeError, match="colour"):
        read(colour="red")


def test_subsets_become_values() -> None:
    text = DOCUMENT.replace('name="one.jpg"', 'name="one.jpg" subset="train"')
    assert [each.values for each in read(text)] == [{"subset": "train"}, {"subset": None}]
    names = [each.filename for each in read(text, subset_folders=True)]
    assert names == ["train/one.jpg", "more/zwei ü.png"]


def test_images_of_one_name_need_folders() -> None:
    text = (
        '<annotations><image name="a.jpg" width="1" height="1" subset="train"/>'
        '<image name="a.jpg" width="1" height="1" subset="test"/></annotations>'
    )
    with pytest.raises(FormatError, match="import them with subset_folders=True"):
        read(text)
    assert len(read(text, subset_folders=True)) == 2


def test_a_copy_of_a_label_gets_an_id_of_its_own() -> None:
    box = (
        '<box label="cat" xtl="0" ytl="0" xbr="1" ybr="1">'
        '<attribute name="label_id">65a000000000000000000001</attribute></box>'
    )
    one, other = labels("detections", image(box + box))
    assert one.id == "65a000000000000000000001"
    assert other.id != one.id


def test_attributes_of_taken_names_are_kept_under_others() -> None:
    box = (
        '<box label="cat" xtl="0" ytl="0" xbr="1" ybr="1"><attribute name="mask">x</attribute>'
        '<attribute name="index">first</attribute><attribute name="n">007</attribute></box>'
    )
    (found,) = labels("detections", image(box))
    assert (found.cvat_mask, found.cvat_index, found.n) == ("x", "first", "007")
    assert found.mask is None


def test_pixels_that_were_moved_count_more_than_our_coordinates() -> None:
    box = '<box label="cat" xtl="{}" ytl="2.0" xbr="6.0" ybr="4.0" relative="0.1,0.25,0.5,0.25"/>'
    (stayed,) = labels("detections", image(box.format("1.0")))
    (moved,) = labels("detections", image(box.format("2.0")))
    assert stayed.bounding_box == [0.1, 0.25, 0.5, 0.25]
    assert moved.bounding_box == [0.2, 0.25, 0.4, 0.25]


def test_what_is_not_known_is_left_out_with_a_warning() -> None:
    unseen = '<skeleton label="b"><points label="1" outside="1" points="1,1"/></skeleton>'
    seen = (
        '<skeleton label="b"><points label="1" points="1,1"><attribute name="a">1</attribute>'
        "</points></skeleton>"
    )
    text = image(f'<blob label="cat"/>\n<blob label="cat"/>{unseen}<tag label="cat"/>\n{seen}')
    with pytest.warns(UserWarning, match="labels.xml") as warned:
        (record,) = read(text)
    assert [str(each.message) for each in warned] == [
        "labels.xml: <blob>, which is not known here, was left out (line 1 and 1 more).",
        "labels.xml: <skeleton> of which no node is to be seen, was left out (line 2).",
        "labels.xml: an attribute of a node, which has no place here, was left out (line 3).",
    ]
    assert record.labels["classifications"] is not None


BILLION = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><annotations>&b;</annotations>'


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "the file is empty"),
        ("{}", "not valid XML: line 1, column 1"),
        (DOCUMENT[:900], "The file seems to be cut short. Correct it there or export it anew"),
        (BILLION, "line 1: it declares a document type.*Remove the <!DOCTYPE"),
        ('<?xml version="1.0" encoding="no"?><annotations/>', "not valid XML"),
        ("<html/>", 'not <html>. Export the task from CVAT as "CVAT for images 1.1"'),
        ('<annotations><track id="0"/></annotations>', "file of a video"),
        ("<annotations>\n<image/></annotations>", "line 2: an <image> has no name"),
        (DOCUMENT.replace('width="10"', ""), "the width of image 'one.jpg' is missing"),
        (DOCUMENT.replace('width="10"', 'width="-1"'), "is '-1'; give it in pixels"),
        (DOCUMENT.replace("more/zwei ü.png", "one.jpg"), "was there in line 38 already"),
        ("<annotations><meta><task><labels><label/></labels></task></meta></annotations>",
         "a <label> has no <name>"),
    ],
)  # fmt: skip
def test_broken_files_are_refused_with_place_and_mend(text: str, words: str) -> None:
    with pytest.raises(FormatError, match=words) as refused:
        read(text)
    assert str(refused.value).startswith("labels.xml: ")


@pytest.mark.parametrize(
    ("element", "words"),
    [
        ("<tag/>", "it has no label; give it a class"),
        ('<box label="c" xtl="1" ytl="1" xbr="x" ybr="2"/>', "its xbr is 'x', which is no number"),
        ('<box label="c" xtl="1" ytl="1" ybr="2"/>', "its xbr is missing"),
        ('<box label="c" xtl="nan" ytl="1" xbr="2" ybr="2"/>', "its xtl is 'nan'"),
        ('<polygon label="c" points="1,2;3"/>', "points are pairs of numbers"),
        ('<polygon label="c" points="1,2;3,4"/>', "a polygon of 4 numbers is damaged"),
        ('<mask label="c" rle="1,2" left="0" top="0" width="2" height="2"/>', "add up to 3"),
        ('<mask label="c" rle="4" left="0.5" top="0" width="2" height="2"/>', "no whole number"),
        ('<mask label="c" rle="4" left="0" top="0" width="2"/>', "its height is missing"),
        ('<tag label="c" group_id="one"/>', "its group_id is 'one'"),
    ],
)
def test_broken_elements_are_refused_with_line_and_image(element: str, words: str) -> None:
    with pytest.raises(FormatError, match=words) as refused:
        read(image(f"\n\n{element}"))
    name = element.strip("</>").partition(" ")[0]
    assert f"line 3: <{name}> of image 'one.jpg'" in str(refused.value)


def test_other_encodings_are_read() -> None:
    text = image('<tag label="größe"/>')
    data = f'<?xml version="1.0" encoding="iso-8859-1"?>{text}'.encode("latin-1")
    found = read(data)[0].labels["classifications"]
    assert found is not None
    assert found.labels[0].label == "größe"


def test_nodes_of_any_name_stand_in_the_order_of_the_drawing() -> None:
    text = DOCUMENT.replace('data-label-name="nose"', 'data-label-name="a&amp;amp;b"')
    text = text.replace("<name>nose<", "<name>a&amp;b<").replace('label="nose"', 'label="a&amp;b"')
    assert labels("keypoints", text)[1].points == [(0.1, 0.25), (0.5, 0.5)]
