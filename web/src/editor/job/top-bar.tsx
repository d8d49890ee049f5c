import { ChevronLeft, ChevronRight, Keyboard } from "lucide-react";
import { Link } from "react-router";
import type { Job } from "../../api/wire";
import { JobStatus } from "../../ui/badge";
import { Mark } from "../../ui/brand";
import { count, plural } from "../../ui/format";
import { IconButton } from "../../ui/icon-button";
import { ThemeToggle } from "../../ui/theme-toggle";

interface TopBarProps {
  readonly taskId: number;
  readonly job: Job;
  readonly frame: number;
  readonly frameName: string;
  /** Labels in the whole job; null while they load. */
  readonly total: number | null;
  /** What somebody else just changed. */
  readonly news: string | null;
  /** Why the page can't follow the server at the moment. */
  readonly trouble: string | null;
  readonly onFrame: (frame: number) => void;
  readonly onKeys: () => void;
}

export function TopBar(props: TopBarProps) {
  const { taskId, job, total, news, trouble } = props;
  return (
    <header className="grid h-11 grid-cols-[1fr_auto_1fr] items-center gap-4 border-line border-b bg-surface pr-2 pl-4">
      <div className="flex min-w-0 items-center gap-2">
        <Link to="/tasks" aria-label="Tasks" className="rounded-control">
          <Mark />
        </Link>
        <Link to={`/tasks/${taskId}`} className="truncate rounded-control hover:text-accent">
          {job.task_name}
        </Link>
        <span aria-hidden="true" className="text-muted">
          ›
        </span>
        <h1 className="tabular whitespace-nowrap font-medium">Job {job.id}</h1>
        <JobStatus job={job} />
      </div>
      <FrameControl {...props} />
      <div className="flex min-w-0 items-center justify-end gap-2">
        <p role="status" className="truncate text-12">
          {trouble ? (
            <span className="text-bad">{trouble}</span>
          ) : (
            <span className="text-accent">{news}</span>
          )}
        </p>
        <p className="tabular whitespace-nowrap text-12 text-muted">
          {total === null ? "" : `${plural(total, "label")} in this job`}
        </p>
        <IconButton name="Keys" shortcut="?" onClick={props.onKeys}>
          <Keyboard size={16} strokeWidth={1.5} />
        </IconButton>
        <ThemeToggle />
      </div>
    </header>
  );
}

function FrameControl({ job, frame, frameName, onFrame }: TopBarProps) {
  return (
    <nav aria-label="Frames" className="flex min-w-0 items-center gap-1">
      <IconButton
        name="Previous frame"
        shortcut="D"
        disabled={frame <= job.start_frame}
        onClick={() => onFrame(frame - 1)}
      >
        <ChevronLeft size={16} strokeWidth={1.5} />
      </IconButton>
      <p className="flex min-w-0 items-baseline gap-2 px-1">
        <span className="tabular whitespace-nowrap" data-testid="counter">
          {count(frame - job.start_frame + 1)}
          <span className="text-muted"> / {count(job.stop_frame - job.start_frame + 1)}</span>
        </span>
        <span className="max-w-[280px] truncate text-12 text-muted" title={frameName}>
          {frameName}
        </span>
      </p>
      <IconButton
        name="Next frame"
        shortcut="F"
        disabled={frame >= job.stop_frame}
        onClick={() => onFrame(frame + 1)}
      >
        <ChevronRight size={16} strokeWidth={1.5} />
      </IconButton>
    </nav>
  );
}
