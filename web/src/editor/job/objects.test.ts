import { expect, test } from "vitest";
import type { Annotations, Label, ShapeMessage, TrackedShapeMessage } from "../../api/wire";
import { formatView, parseFrame, parseView } from "./address";
import { changesBetween, describeChanges } from "./changes";
import { drawables, objectsOn, totalObjects } from "./objects";
import { skeletonPlan } from "./skeletons";
import { mixAngle } from "./tracks";

function label(id: number, name: string, extra: Partial<Label> = {}): Label {
  return {
    id,
    name,
    color: "#ffffff",
    attributes: [],
    type: "any",
    sublabels: [],
    parent_id: null,
    has_parent: false,
    ...extra,
  };
}

function shape(id: number, extra: Partial<ShapeMessage> = {}): ShapeMessage {
  return {
    id,
    label_id: 1,
    frame: 0,
    type: "rectangle",
    points: [10.25, 20, 30, 40],
    rotation: 0,
    occluded: false,
    outside: false,
    z_order: 0,
    group: 0,
    source: "manual",
    score: 1,
    attributes: [],
    elements: [],
    ...extra,
  };
}

function annotations(extra: Partial<Annotations>): Annotations {
  return { version: 0, tags: [], shapes: [], tracks: [], ...extra };
}

const CAT = label(1, "cat", {
  attributes: [
    { id: 7, name: "age", mutable: true, input_type: "text", default_value: "", values: [""] },
  ],
});

test("only the frame's own labels, coordinates untouched, attributes by name", () => {
  const [first, ...rest] = objectsOn(
    0,
    annotations({
      shapes: [
        shape(12, { attributes: [{ spec_id: 7, value: "3" }], occluded: true }),
        shape(13, { frame: 1 }),
      ],
    }),
    [CAT],
  );
  expect(rest).toEqual([]);
  expect(first).toMatchObject({
    key: "shape-12",
    className: "cat",
    attributes: [{ name: "age", value: "3" }],
    occluded: true,
    shape: { kind: "rectangle", box: { left: 10.25, top: 20, right: 30, bottom: 40 } },
  });
});

test("an ellipse is its centre, its rightmost x and its topmost y", () => {
  const [object] = objectsOn(
    0,
    annotations({ shapes: [shape(1, { type: "ellipse", points: [20, 15, 30, 5] })] }),
    [CAT],
  );
  expect(object?.shape).toMatchObject({ centre: { x: 20, y: 15 }, radiusX: 10, radiusY: 10 });
});

test("what can't be drawn is listed with the reason", () => {
  const broken = annotations({
    shapes: [shape(1, { type: "mask", points: [3, 0, 0, 1, 1] }), shape(2, { points: [1, 2] })],
  });
  const objects = objectsOn(0, broken, [CAT]);
  expect(objects.map(({ problem }) => problem)).toEqual([
    "The mask's runs cover 3 pixels, its box has 4.",
    "has 2 numbers, a rectangle has 4",
  ]);
  expect(drawables(objects)).toEqual([]);
});

test("a model's labels are dashed and carry its score; a missing score isn't invented", () => {
  const objects = objectsOn(
    0,
    annotations({
      shapes: [shape(1, { source: "auto", score: 0.875 }), shape(2, { source: "auto" }), shape(3)],
    }),
    [CAT],
  );
  const drawn = drawables(objects).map(({ predicted, detail }) => [predicted, detail]);
  expect(drawn).toEqual([
    [true, "0.88"],
    [true, null],
    [false, null],
  ]);
});

test("tags are objects without a shape, and everything is counted once", () => {
  const tag = { id: 5, label_id: 1, frame: 0, group: 0, source: "manual", attributes: [] };
  const data = annotations({ tags: [tag], shapes: [shape(1), shape(2, { frame: 1 })] });
  expect(objectsOn(0, data, [CAT]).map(({ kind }) => kind)).toEqual(["rectangle", "tag"]);
  expect(totalObjects(data)).toBe(3);
});

const SVG =
  '<line x1="1" y1="1" x2="2" y2="2" data-type="edge" data-node-from="1" data-node-to="2"></line>' +
  '<circle r="1" cx="1" cy="1" data-type="element node" data-node-id="1" data-label-id="91"></circle>' +
  '<circle r="1" cx="2" cy="2" data-type="element node" data-node-id="2" data-label-id="90"></circle>';
const POINT = { color: "", attributes: [], type: "points", has_parent: true };
const BODY = label(2, "body", {
  svg: SVG,
  sublabels: [
    { id: 90, name: "neck", ...POINT },
    { id: 91, name: "nose", ...POINT },
  ],
});

test("a skeleton's nodes and bones come from its class", () => {
  expect(skeletonPlan(BODY)).toEqual({
    nodes: [
      { labelId: 90, name: "neck" },
      { labelId: 91, name: "nose" },
    ],
    edges: [[1, 0]],
  });
});

test("a skeleton's missing point is outside", () => {
  const { elements: _, ...element } = shape(31, { label_id: 91, type: "points", points: [3, 4] });
  const skeleton = shape(30, { label_id: 2, type: "skeleton", points: [], elements: [element] });
  const [object] = objectsOn(0, annotations({ shapes: [skeleton] }), [CAT, BODY]);
  expect(object?.shape).toMatchObject({
    nodes: [
      { name: "neck", outside: true },
      { name: "nose", outside: false, point: { x: 3, y: 4 } },
    ],
  });
});

function key(frame: number, points: number[], outside = false): TrackedShapeMessage {
  const { id, type, rotation, occluded, z_order } = shape(frame);
  return {
    id: id ?? null,
    type,
    rotation,
    occluded,
    z_order,
    outside,
    frame,
    points,
    attributes: [],
  };
}

test("a track moves straight between keys and ends where it's outside", () => {
  const track = {
    id: 4,
    label_id: 1,
    frame: 0,
    group: 0,
    source: "manual",
    attributes: [],
    elements: [],
    shapes: [key(2, [0, 0, 10, 10]), key(6, [40, 0, 50, 10]), key(8, [40, 0, 50, 10], true)],
  };
  const at = (frame: number) => objectsOn(frame, annotations({ tracks: [track] }), [CAT])[0];
  expect(at(1)).toBeUndefined();
  expect(at(2)).toMatchObject({ key: "track-4", interpolated: false });
  expect(at(3)).toMatchObject({ interpolated: true, shape: { box: { left: 10, right: 20 } } });
  expect(at(8)).toBeUndefined();
});

test("angles turn the short way round", () => {
  expect(mixAngle(350, 10, 0.5)).toBeCloseTo(0);
  expect(mixAngle(10, 350, 0.5)).toBeCloseTo(0);
  expect(mixAngle(0, 90, 1 / 3)).toBeCloseTo(30);
});

test("changes of somebody else are found by key and told in one line", () => {
  const on = (shapes: ShapeMessage[]) => objectsOn(0, annotations({ shapes }), [CAT]);
  const before = on([shape(1), shape(2), shape(3)]);
  const after = on([shape(1), shape(2, { points: [0, 0, 30, 40] }), shape(4)]);
  const changes = changesBetween(before, after);
  expect(changes).toEqual({ changed: ["shape-2"], added: ["shape-4"], removed: ["shape-3"] });
  expect(describeChanges(changes)).toBe("1 label changed, 1 added, 1 removed");
  expect(describeChanges(changesBetween(before, before))).toBe("");
});

test("the view in the address survives the way there and back; nonsense is no view", () => {
  const view = { scale: 2.5, centre: { x: 310.5, y: 220 } };
  expect(parseView(formatView(view))).toEqual(view);
  expect(parseView(null)).toBeNull();
  expect(parseView("0,1,2")).toBeNull();
  expect(parseView("a,b")).toBeNull();
});

test("a frame outside of the job is brought inside", () => {
  expect(parseFrame("7", 4, 9)).toBe(7);
  expect(parseFrame("99", 4, 9)).toBe(9);
  expect(parseFrame(null, 4, 9)).toBe(4);
  expect(parseFrame("-1", 4, 9)).toBe(4);
});
