/** Theory: the messages' types are the server's own, generated; here they get short names. */
import type { components } from "./schema";

type Schemas = components["schemas"];

/** Always null here: CVAT's cloud storages. */
type Unused = "target_storage" | "source_storage";

export type Task = Omit<Schemas["TaskOut"], Unused>;
export type Job = Omit<Schemas["JobOut"], Unused>;
export type Label = Schemas["LabelOut"];
export type AttributeSpec = Schemas["Attribute"];
export type Annotations = Schemas["LabeledData"];
export type ShapeMessage = Schemas["LabeledShape"];
export type ElementMessage = Schemas["Element"];
export type TrackMessage = Schemas["LabeledTrack"];
export type TrackedShapeMessage = Schemas["TrackedShape"];
export type TagMessage = Schemas["LabeledTag"];
export type AttributeValue = Schemas["AttributeValue"];
export type DataMeta = Schemas["DataMeta"];
export type FrameMeta = Schemas["FrameMeta"];
export type User = Schemas["UserOut"];

export interface Page<T> {
  readonly count: number;
  readonly results: T[];
}
