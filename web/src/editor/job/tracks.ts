/**
 * Theory: a track says where its object is on key frames only; between two of them of the same form
 * it moves in a straight line, after the last it stays, and where it is outside there is nothing.
 */
import type {
  ElementMessage,
  ShapeMessage,
  TrackedShapeMessage,
  TrackMessage,
} from "../../api/wire";

/** A shape on one frame, drawn there itself or taken from a track. */
export type FrameShape = Omit<ShapeMessage, "elements" | "score" | "frame"> & {
  readonly elements?: ElementMessage[];
  readonly score?: number;
  readonly trackId?: number | null;
  readonly interpolated?: boolean;
};

const MOVES_STRAIGHT: ReadonlySet<string> = new Set(["rectangle", "ellipse", "cuboid", "points"]);

function mix(a: number, b: number, share: number): number {
  return a + (b - a) * share;
}

/** Degrees between two angles the short way round. */
export function mixAngle(a: number, b: number, share: number): number {
  const turn = ((b - a + 540) % 360) - 180;
  return (a + turn * share + 360) % 360;
}

function between(before: TrackedShapeMessage, after: TrackedShapeMessage, frame: number) {
  const isSameForm =
    before.type === after.type &&
    before.points.length === after.points.length &&
    MOVES_STRAIGHT.has(before.type);
  if (!isSameForm) {
    return before;
  }
  const share = (frame - before.frame) / (after.frame - before.frame);
  return {
    ...before,
    rotation: mixAngle(before.rotation, after.rotation, share),
    points: before.points.map((value, index) => mix(value, after.points[index] as number, share)),
  };
}

/** Where a track's object is on a frame; null before its first key frame and where it's outside. */
export function trackShapeAt(track: TrackMessage, frame: number): FrameShape | null {
  const keys = [...track.shapes].sort((a, b) => a.frame - b.frame);
  const before = keys.findLast((key) => key.frame <= frame);
  const after = keys.find((key) => key.frame > frame);
  if (!before || before.outside) {
    return null;
  }
  const isKey = before.frame === frame;
  const shape = isKey || !after ? before : between(before, after, frame);
  const changing = new Set(shape.attributes.map(({ spec_id }) => spec_id));
  return {
    ...shape,
    id: track.id ?? null,
    label_id: track.label_id,
    group: track.group ?? null,
    source: track.source,
    attributes: [
      ...track.attributes.filter(({ spec_id }) => !changing.has(spec_id)),
      ...shape.attributes,
    ],
    elements: track.elements.flatMap((element) => elementAt(element, frame)),
    trackId: track.id ?? null,
    interpolated: !isKey,
  };
}

function elementAt(element: TrackMessage["elements"][number], frame: number): ElementMessage[] {
  const shape = trackShapeAt({ ...element, elements: [] }, frame);
  return shape ? [{ ...shape, frame, score: 1 }] : [];
}
