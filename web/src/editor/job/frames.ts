/** Theory: frame numbers count through the whole task; a job's list of frames may be its own part. */
import type { DataMeta, FrameMeta, Job } from "../../api/wire";

/** Name and size of a frame; null when the list has no such frame. */
export function frameInfo(
  frame: number,
  meta: DataMeta,
  job: Pick<Job, "start_frame" | "frame_count">,
): FrameMeta | null {
  const { frames } = meta;
  if (frames.length === 1) {
    // A video's frames share one entry.
    return frames[0] ?? null;
  }
  const isJobsOwn = frames.length === job.frame_count;
  return frames[isJobsOwn ? frame - job.start_frame : frame] ?? null;
}
