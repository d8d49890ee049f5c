import { Check, Circle, CircleDot, type LucideIcon, X } from "lucide-react";
import type { ReactNode } from "react";
import type { Job } from "../api/wire";

/** A small outlined word. */
export function Badge({ children, title }: { readonly children: ReactNode; title?: string }) {
  return (
    <span
      title={title}
      className="inline-flex h-5 items-center gap-1 whitespace-nowrap rounded-control border border-line px-1.5 text-11 text-muted"
    >
      {children}
    </span>
  );
}

const STATES: Record<Job["state"], { readonly icon: LucideIcon; readonly tone: string }> = {
  new: { icon: Circle, tone: "text-muted" },
  "in progress": { icon: CircleDot, tone: "text-accent" },
  completed: { icon: Check, tone: "text-good" },
  rejected: { icon: X, tone: "text-bad" },
};

/** A job's stage and state; the state has its own icon, so that colour isn't needed to tell it. */
export function JobStatus({ job }: { readonly job: Pick<Job, "stage" | "state"> }) {
  const { icon: Icon, tone } = STATES[job.state];
  return (
    <span className="inline-flex h-5 items-center whitespace-nowrap rounded-control border border-line text-11">
      <span className="px-1.5 text-muted">{job.stage}</span>
      <span className={`flex h-full items-center gap-1 border-line border-l px-1.5 ${tone}`}>
        <Icon size={12} strokeWidth={2} aria-hidden="true" />
        {job.state}
      </span>
    </span>
  );
}

/** The colour of a class, as it is drawn on pictures. */
export function Swatch({ colour }: { readonly colour: string }) {
  return (
    <span
      aria-hidden="true"
      className="inline-block size-2.5 shrink-0 rounded-[3px] ring-1 ring-black/25 ring-inset"
      style={{ background: colour }}
    />
  );
}
