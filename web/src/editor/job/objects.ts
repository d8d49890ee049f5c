/**
 * Theory: an object is a label as a person sees it on one frame, whichever way the wire carries it;
 * this is the one place that knows CVAT's point orders.
 */
import type {
  Annotations,
  AttributeSpec,
  AttributeValue,
  ElementMessage,
  Label,
  ShapeMessage,
  TagMessage,
} from "../../api/wire";
import { classColour } from "../../kernel/colour";
import { decodeMask } from "../../kernel/rle";
import type { Drawable } from "../../kernel/scene";
import type { Shape, SkeletonNode } from "../../kernel/shapes";
import type { Point } from "../../kernel/viewport";
import { skeletonPlan } from "./skeletons";
import { type FrameShape, trackShapeAt } from "./tracks";

export type ObjectKind = ShapeMessage["type"] | "tag";

export interface Attribute {
  readonly name: string;
  readonly value: string;
}

export interface LabelObject {
  /** Stable within a job: "shape-12", "track-3", "tag-7". */
  readonly key: string;
  readonly id: number | null;
  readonly kind: ObjectKind;
  readonly className: string;
  readonly colour: string;
  /** Null for tags and for shapes that can't be drawn. */
  readonly shape: Shape | null;
  /** Why there is no shape though there should be one; null otherwise. */
  readonly problem: string | null;
  readonly attributes: readonly Attribute[];
  readonly occluded: boolean;
  readonly source: string;
  /** How sure a model was, 0..1; null for what people made. */
  readonly score: number | null;
  readonly zOrder: number;
  readonly trackId: number | null;
  /** On a track, between two key frames. */
  readonly interpolated: boolean;
}

interface Classes {
  readonly byId: ReadonlyMap<number, Label>;
  readonly specs: ReadonlyMap<number, AttributeSpec>;
}

function indexClasses(labels: readonly Label[]): Classes {
  const attributes = labels.flatMap((label) => [
    ...label.attributes,
    ...label.sublabels.flatMap((sublabel) => sublabel.attributes),
  ]);
  return {
    byId: new Map(labels.map((label) => [label.id, label])),
    specs: new Map(attributes.map((spec) => [spec.id, spec])),
  };
}

/** The objects on one frame, in the order of their ids. */
export function objectsOn(
  frame: number,
  annotations: Annotations,
  labels: readonly Label[],
): LabelObject[] {
  const classes = indexClasses(labels);
  const tags = annotations.tags
    .filter((tag) => tag.frame === frame)
    .map((tag, index) => tagObject(tag, index, classes));
  const shapes = annotations.shapes
    .filter((shape) => shape.frame === frame && !shape.outside)
    .map((shape, index) => shapeObject(`shape-${shape.id ?? `new${index}`}`, shape, classes));
  const tracks = annotations.tracks.flatMap((track, index) => {
    const shape = trackShapeAt(track, frame);
    return shape ? [shapeObject(`track-${track.id ?? `new${index}`}`, shape, classes)] : [];
  });
  return [...tags, ...shapes, ...tracks].sort((a, b) => (a.id ?? 0) - (b.id ?? 0));
}

/** Number of labels in a whole job: a track counts once. */
export function totalObjects({ tags, shapes, tracks }: Annotations): number {
  return tags.length + shapes.length + tracks.length;
}

function named(values: readonly AttributeValue[], { specs }: Classes): Attribute[] {
  return values.map(({ spec_id, value }) => ({
    name: specs.get(spec_id)?.name ?? `attribute ${spec_id}`,
    value,
  }));
}

function classOf(labelId: number, { byId }: Classes): { className: string; colour: string } {
  const className = byId.get(labelId)?.name ?? `class ${labelId}`;
  return { className, colour: classColour(className) };
}

function tagObject(tag: TagMessage, index: number, classes: Classes): LabelObject {
  return {
    ...classOf(tag.label_id, classes),
    key: `tag-${tag.id ?? `new${index}`}`,
    id: tag.id ?? null,
    kind: "tag",
    shape: null,
    problem: null,
    attributes: named(tag.attributes, classes),
    occluded: false,
    source: tag.source,
    score: null,
    zOrder: 0,
    trackId: null,
    interpolated: false,
  };
}

function shapeObject(key: string, message: FrameShape, classes: Classes): LabelObject {
  const { shape, problem } = toShape(message, classes.byId.get(message.label_id));
  return {
    ...classOf(message.label_id, classes),
    key,
    id: message.id ?? null,
    kind: message.type,
    shape,
    problem,
    attributes: named(message.attributes, classes),
    occluded: message.occluded,
    source: message.source,
    score: certainty(message),
    zOrder: message.z_order,
    trackId: message.trackId ?? null,
    interpolated: message.interpolated ?? false,
  };
}

/** The wire fills a missing score with 1, so 1 says nothing and isn't shown. */
function certainty({ source, score }: FrameShape): number | null {
  return source === "manual" || score === undefined || score === 1 ? null : score;
}

function pairs(points: readonly number[]): Point[] {
  return Array.from({ length: Math.floor(points.length / 2) }, (_, index) => ({
    x: points[2 * index] as number,
    y: points[2 * index + 1] as number,
  }));
}

const POINTS_NEEDED: Partial<Record<ShapeMessage["type"], number>> = {
  rectangle: 4,
  ellipse: 4,
  cuboid: 16,
};

interface Drawn {
  readonly shape: Shape | null;
  readonly problem: string | null;
}

/** Turns a message into a shape; what can't be drawn is told and never left out in silence. */
export function toShape(message: FrameShape, label: Label | undefined): Drawn {
  const { type, points } = message;
  const needed = POINTS_NEEDED[type];
  if (needed !== undefined && points.length !== needed) {
    return { shape: null, problem: `has ${points.length} numbers, a ${type} has ${needed}` };
  }
  if (type === "mask") {
    try {
      return { shape: { kind: "mask", mask: decodeMask(points) }, problem: null };
    } catch (error) {
      return { shape: null, problem: error instanceof Error ? error.message : "broken mask" };
    }
  }
  return { shape: pointShape(message, label), problem: null };
}

function pointShape(message: FrameShape, label: Label | undefined): Shape {
  const { type, points, rotation } = message;
  const [a, b, c, d] = points as [number, number, number, number];
  switch (type) {
    case "rectangle": {
      const box = { left: a, top: b, right: c, bottom: d };
      return { kind: "rectangle", box, rotation };
    }
    case "ellipse": {
      // CVAT keeps an ellipse as its centre, its rightmost x and its topmost y.
      const [radiusX, radiusY] = [Math.abs(c - a), Math.abs(b - d)];
      return { kind: "ellipse", centre: { x: a, y: b }, radiusX, radiusY, rotation };
    }
    case "cuboid":
      return { kind: "cuboid", corners: pairs(points) };
    case "skeleton":
      return skeletonShape(message.elements ?? [], label);
    case "polygon":
    case "polyline":
      return { kind: type, points: pairs(points) };
    default:
      return { kind: "points", points: pairs(points) };
  }
}

function skeletonShape(elements: readonly ElementMessage[], label: Label | undefined): Shape {
  const plan = skeletonPlan(label);
  const byLabel = new Map(elements.map((element) => [element.label_id, element]));
  const nodes = plan.nodes.map(({ labelId, name }): SkeletonNode => {
    const element = byLabel.get(labelId);
    const [point] = pairs(element?.points ?? []);
    return {
      name,
      point: point ?? { x: 0, y: 0 },
      occluded: element?.occluded ?? false,
      outside: point === undefined || (element?.outside ?? true),
    };
  });
  return { kind: "skeleton", nodes, edges: plan.edges };
}

/** What the canvas draws of some objects. */
export function drawables(objects: readonly LabelObject[]): Drawable[] {
  return objects.flatMap((object) =>
    object.shape
      ? [
          {
            key: object.key,
            shape: object.shape,
            label: object.className,
            detail: object.score === null ? trackMark(object) : object.score.toFixed(2),
            colour: object.colour,
            predicted: object.source === "auto",
            occluded: object.occluded,
            zOrder: object.zOrder,
          },
        ]
      : [],
  );
}

function trackMark({ trackId }: LabelObject): string | null {
  return trackId === null ? null : `#${trackId}`;
}
