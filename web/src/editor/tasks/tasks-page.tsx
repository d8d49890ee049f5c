import { ChevronLeft, ChevronRight } from "lucide-react";
import { Link, useNavigate, useSearchParams } from "react-router";
import { TASKS_PER_PAGE, useJobs, useTaskLabels, useTasks } from "../../api/queries";
import type { Task } from "../../api/wire";
import { classColour } from "../../kernel/colour";
import { JobStatus, Swatch } from "../../ui/badge";
import { ago, count, plural } from "../../ui/format";
import { IconButton } from "../../ui/icon-button";
import { CopyCode, Empty, ErrorNotice } from "../../ui/notice";
import { Page } from "../../ui/page";

const FIRST_TASK = `import viewfinder as vf

dataset = vf.zoo.load_zoo_dataset("quickstart")
view = dataset.take(5, seed=51)
view.annotate(
    "first_fix",
    label_field="ground_truth",
    launch_editor=True,
)`;

const JOBS_SHOWN = 3;
const CLASSES_SHOWN = 5;

export function TasksPage() {
  const [search, setSearch] = useSearchParams();
  const page = Math.max(1, Number(search.get("page")) || 1);
  const tasks = useTasks(page);
  const total = tasks.data?.count ?? 0;
  return (
    <Page title="Tasks">
      <div className="mb-4 flex items-baseline gap-3">
        <h1 className="font-medium text-20">Tasks</h1>
        {total > 0 ? <span className="tabular text-muted">{count(total)}</span> : null}
        <Pager page={page} total={total} onPage={(next) => setSearch({ page: `${next}` })} />
      </div>
      {tasks.error && !tasks.data ? (
        <ErrorNotice
          title="The tasks can't be listed"
          error={tasks.error}
          onRetry={() => void tasks.refetch()}
        />
      ) : tasks.isPending ? (
        <Waiting />
      ) : total === 0 ? (
        <NoTasks />
      ) : (
        <TaskTable tasks={tasks.data?.results ?? []} />
      )}
    </Page>
  );
}

function NoTasks() {
  return (
    <Empty title="Nothing to label yet">
      <p className="text-muted">
        Tasks appear here when a view is sent to annotation. In Python, this sends five samples and
        opens the first one:
      </p>
      <CopyCode code={FIRST_TASK} />
      <p className="text-muted">
        Other CVAT clients can make tasks on this server too, with the same address and password.
      </p>
    </Empty>
  );
}

function Waiting() {
  return (
    <div role="status" aria-label="Loading tasks" className="flex flex-col gap-2">
      {["a", "b", "c"].map((row) => (
        <div key={row} className="skeleton h-12" />
      ))}
    </div>
  );
}

interface PagerProps {
  readonly page: number;
  readonly total: number;
  readonly onPage: (page: number) => void;
}

function Pager({ page, total, onPage }: PagerProps) {
  const last = Math.max(1, Math.ceil(total / TASKS_PER_PAGE));
  if (last === 1) {
    return null;
  }
  return (
    <div className="ml-auto flex items-center gap-1 self-center">
      <IconButton name="Newer tasks" disabled={page <= 1} onClick={() => onPage(page - 1)}>
        <ChevronLeft size={16} strokeWidth={1.5} />
      </IconButton>
      <span className="tabular text-12 text-muted">
        page {page} of {last}
      </span>
      <IconButton name="Older tasks" disabled={page >= last} onClick={() => onPage(page + 1)}>
        <ChevronRight size={16} strokeWidth={1.5} />
      </IconButton>
    </div>
  );
}

function TaskTable({ tasks }: { readonly tasks: readonly Task[] }) {
  return (
    <div className="overflow-x-auto rounded-card border border-line">
      <table className="w-full border-collapse text-left">
        <thead className="bg-surface text-11 text-muted">
          <tr className="[&>th]:h-8 [&>th]:px-3 [&>th]:font-normal">
            <th scope="col" className="text-right">
              id
            </th>
            <th scope="col">task</th>
            <th scope="col" className="text-right">
              frames
            </th>
            <th scope="col">jobs</th>
            <th scope="col">label classes</th>
            <th scope="col" className="text-right">
              updated
            </th>
          </tr>
        </thead>
        <tbody>
          {tasks.map((task) => (
            <TaskRow key={task.id} task={task} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function TaskRow({ task }: { readonly task: Task }) {
  const navigate = useNavigate();
  const address = `/tasks/${task.id}`;
  return (
    <tr
      // The link in the row does the same by keyboard.
      onClick={(event) => !event.defaultPrevented && navigate(address)}
      className="cursor-pointer border-line border-t align-baseline transition-colors hover:bg-surface [&>td]:px-3 [&>td]:py-3"
    >
      <td className="tabular text-right font-mono text-12 text-muted">{task.id}</td>
      <td>
        <Link
          to={address}
          onClick={(event) => event.stopPropagation()}
          className="rounded-control font-medium hover:underline hover:underline-offset-2"
        >
          {task.name}
        </Link>
      </td>
      <td className="tabular text-right">
        {task.size ? count(task.size) : <span className="text-muted">no media yet</span>}
      </td>
      <td>
        <TaskJobs task={task} />
      </td>
      <td>
        <TaskClasses taskId={task.id} />
      </td>
      <td className="whitespace-nowrap text-right text-muted">
        <time dateTime={task.updated_date}>{ago(task.updated_date)}</time>
      </td>
    </tr>
  );
}

function TaskJobs({ task }: { readonly task: Task }) {
  const jobs = useJobs(task.id);
  const all = jobs.data ?? [];
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
      {all.slice(0, JOBS_SHOWN).map((job) => (
        <Link
          key={job.id}
          to={`/tasks/${task.id}/jobs/${job.id}`}
          onClick={(event) => event.stopPropagation()}
          className="flex items-center gap-1.5 rounded-control hover:text-accent"
        >
          <span className="tabular font-mono text-12">{job.id}</span>
          <JobStatus job={job} />
        </Link>
      ))}
      {all.length > JOBS_SHOWN ? (
        <span className="text-12 text-muted">
          and {plural(all.length - JOBS_SHOWN, "more job")}
        </span>
      ) : null}
    </div>
  );
}

function TaskClasses({ taskId }: { readonly taskId: number }) {
  const labels = useTaskLabels(taskId);
  if (!labels.data) {
    return null;
  }
  const shown = labels.data.slice(0, CLASSES_SHOWN);
  return (
    <span
      className="flex items-center gap-2"
      title={labels.data.map(({ name }) => name).join(", ")}
    >
      <span className="tabular w-5 text-right">{count(labels.data.length)}</span>
      <span className="flex gap-1">
        {shown.map((label) => (
          <Swatch key={label.id} colour={classColour(label.name)} />
        ))}
      </span>
    </span>
  );
}
