import { useEffect, useMemo, useState } from "react";
import { Link } from "react-router";
import { pictureUrl, prefetchPictures, usePicture } from "../../api/pictures";
import { useAnnotations, useFrames, useJob, useJobLabels } from "../../api/queries";
import type { Job } from "../../api/wire";
import type { Stage } from "../../kernel/stage";
import { KeysDialog } from "../../ui/keys-dialog";
import { ErrorNotice } from "../../ui/notice";
import { Crumbs, Page, useTitle } from "../../ui/page";
import { type JobAddress, useJobAddress } from "./address";
import { CanvasPane } from "./canvas-pane";
import { frameInfo } from "./frames";
import { KEY_GROUPS, useKeys } from "./keys";
import { useNews } from "./live";
import { type LabelObject, objectsOn, totalObjects } from "./objects";
import { ObjectsPanel } from "./objects-panel";
import { TopBar } from "./top-bar";

interface JobPageProps {
  readonly taskId: number;
  readonly jobId: number;
}

export function JobPage({ taskId, jobId }: JobPageProps) {
  const job = useJob(jobId);
  if (job.data) {
    return <JobView taskId={taskId} job={job.data} trouble={job.error?.message ?? null} />;
  }
  if (job.error) {
    return (
      <Page title={`Job ${jobId}`}>
        <Crumbs>
          <Link to="/tasks">Tasks</Link>
          <span aria-hidden="true">›</span>
          <Link to={`/tasks/${taskId}`}>{taskId}</Link>
        </Crumbs>
        <ErrorNotice
          title={`Job ${jobId} can't be shown`}
          error={job.error}
          onRetry={() => void job.refetch()}
        />
      </Page>
    );
  }
  return <div role="status" aria-label="Loading the job" className="h-full bg-bg" />;
}

/** The objects of a frame, null until everything that names them is there. */
function useObjects(job: Job, frame: number) {
  const annotations = useAnnotations(job.id, job.updated_date);
  const labels = useJobLabels(job.id);
  const objects = useMemo<LabelObject[] | null>(
    () =>
      annotations.data && labels.data ? objectsOn(frame, annotations.data, labels.data) : null,
    [annotations.data, labels.data, frame],
  );
  const total = annotations.data ? totalObjects(annotations.data) : null;
  return { objects, total, error: annotations.error ?? labels.error };
}

function useFramePicture(job: Job, frame: number) {
  const meta = useFrames(job.id);
  const info = meta.data ? frameInfo(frame, meta.data, job) : null;
  const [width, height] = [info?.width, info?.height];
  const size = useMemo(
    () => (width !== undefined && height !== undefined ? { width, height } : null),
    [width, height],
  );
  const picture = usePicture(pictureUrl(job.id, frame));
  const isReady = picture.status === "ready";
  useEffect(() => {
    if (isReady) {
      const near = [frame + 1, frame - 1, frame + 2].filter(
        (other) => other >= job.start_frame && other <= job.stop_frame,
      );
      prefetchPictures(near.map((other) => pictureUrl(job.id, other)));
    }
  }, [isReady, frame, job.id, job.start_frame, job.stop_frame]);
  return { picture, size, name: info?.name ?? `frame ${frame}` };
}

function useJobKeys(job: Job, address: JobAddress, stage: Stage | null, onKeys: () => void): void {
  const { frame, goToFrame, select } = address;
  useKeys({
    d: () => goToFrame(frame - 1),
    f: () => goToFrame(frame + 1),
    home: () => goToFrame(job.start_frame),
    end: () => goToFrame(job.stop_frame),
    "0": () => stage?.showAll(),
    "1": () => stage?.showActualSize(),
    "+": () => stage?.zoomIn(),
    "=": () => stage?.zoomIn(),
    "-": () => stage?.zoomOut(),
    escape: () => select(null),
    "?": onKeys,
  });
}

const NOTHING: readonly never[] = [];

interface JobViewProps {
  readonly taskId: number;
  readonly job: Job;
  readonly trouble: string | null;
}

function JobView({ taskId, job, trouble }: JobViewProps) {
  const address = useJobAddress(job.start_frame, job.stop_frame);
  const { frame, selected } = address;
  const [stage, setStage] = useState<Stage | null>(null);
  const [keysShown, setKeysShown] = useState(false);
  const { objects, total, error } = useObjects(job, frame);
  const { picture, size, name } = useFramePicture(job, frame);
  const news = useNews(frame, objects);
  useTitle(`${name} · Job ${job.id}`);
  useJobKeys(job, address, stage, () => setKeysShown(true));
  return (
    <div className="grid h-full grid-rows-[auto_1fr]">
      <TopBar
        taskId={taskId}
        job={job}
        frame={frame}
        frameName={name}
        total={total}
        news={news?.text ?? null}
        trouble={trouble ?? error?.message ?? null}
        onFrame={address.goToFrame}
        onKeys={() => setKeysShown(true)}
      />
      <main className="grid min-h-0 grid-cols-[1fr_280px]">
        <CanvasPane
          name={name}
          picture={picture}
          size={size}
          objects={objects ?? NOTHING}
          selected={selected}
          changed={news?.keys ?? NOTHING}
          initialView={address.view}
          onSelect={address.select}
          onView={address.showView}
          onStage={setStage}
        />
        <ObjectsPanel objects={objects} selected={selected} onSelect={address.select} />
      </main>
      <KeysDialog groups={KEY_GROUPS} open={keysShown} onClose={() => setKeysShown(false)} />
    </div>
  );
}
