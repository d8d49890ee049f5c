import { Link } from "react-router";
import { useJobs, useTask, useTaskLabels } from "../../api/queries";
import type { AttributeSpec, Job, Label, Task } from "../../api/wire";
import { classColour } from "../../kernel/colour";
import { Badge, JobStatus, Swatch } from "../../ui/badge";
import { ago, plural } from "../../ui/format";
import { Empty, ErrorNotice } from "../../ui/notice";
import { Crumbs, Page } from "../../ui/page";

export function TaskPage({ taskId }: { readonly taskId: number }) {
  const task = useTask(taskId);
  return (
    <Page title={task.data?.name ?? `Task ${taskId}`}>
      <Crumbs>
        <Link to="/tasks" className="rounded-control hover:text-text">
          Tasks
        </Link>
        <span aria-hidden="true">›</span>
        <span className="tabular font-mono">{taskId}</span>
      </Crumbs>
      {task.data ? (
        <TaskView task={task.data} />
      ) : task.error ? (
        <ErrorNotice
          title={`Task ${taskId} can't be shown`}
          error={task.error}
          onRetry={() => void task.refetch()}
        />
      ) : (
        <div role="status" aria-label="Loading the task" className="skeleton h-7 w-72" />
      )}
    </Page>
  );
}

function TaskView({ task }: { readonly task: Task }) {
  const jobs = useJobs(task.id);
  const labels = useTaskLabels(task.id);
  return (
    <>
      <h1 className="font-medium text-20">{task.name}</h1>
      <p className="mt-1 text-muted">
        {task.size ? plural(task.size, "frame") : "No media yet"}
        {" · "}
        {plural(task.jobs.count, "job")}
        {task.jobs.completed > 0 ? `, ${task.jobs.completed} completed` : ""}
        {" · updated "}
        <time dateTime={task.updated_date}>{ago(task.updated_date)}</time>
      </p>
      <div className="mt-6 grid gap-8 lg:grid-cols-[3fr_2fr]">
        <section aria-labelledby="jobs">
          <h2 id="jobs" className="mb-2 font-medium text-15">
            Jobs
          </h2>
          {jobs.data && jobs.data.length > 0 ? (
            <JobTable task={task} jobs={jobs.data} />
          ) : jobs.data ? (
            <Empty title="No jobs yet">
              <p className="text-muted">
                Jobs appear when the task's pictures have been uploaded and read. If the upload was
                cut off, delete the task and send it again.
              </p>
            </Empty>
          ) : (
            <div role="status" aria-label="Loading jobs" className="skeleton h-12" />
          )}
        </section>
        <section aria-labelledby="classes">
          <h2 id="classes" className="mb-2 font-medium text-15">
            Label classes
          </h2>
          <ul className="divide-y divide-line rounded-card border border-line">
            {(labels.data ?? []).map((label) => (
              <ClassItem key={label.id} label={label} />
            ))}
          </ul>
        </section>
      </div>
    </>
  );
}

function JobTable({ task, jobs }: { readonly task: Task; readonly jobs: readonly Job[] }) {
  return (
    <div className="overflow-x-auto rounded-card border border-line">
      <table className="w-full border-collapse text-left">
        <thead className="bg-surface text-11 text-muted">
          <tr className="[&>th]:h-8 [&>th]:px-3 [&>th]:font-normal">
            <th scope="col">job</th>
            <th scope="col">status</th>
            <th scope="col" className="text-right">
              frames
            </th>
            <th scope="col">assignee</th>
            <th scope="col" className="text-right">
              updated
            </th>
          </tr>
        </thead>
        <tbody>
          {jobs.map((job) => (
            <tr
              key={job.id}
              className="relative border-line border-t transition-colors hover:bg-surface [&>td]:h-10 [&>td]:px-3"
            >
              <td>
                <Link
                  to={`/tasks/${task.id}/jobs/${job.id}`}
                  className="tabular rounded-control font-medium after:absolute after:inset-0"
                >
                  Job {job.id}
                </Link>
              </td>
              <td>
                <JobStatus job={job} />
              </td>
              <td className="tabular text-right">
                {job.frame_count}
                <span className="ml-2 text-muted">
                  {job.start_frame}–{job.stop_frame}
                </span>
              </td>
              <td className={job.assignee ? "" : "text-muted"}>
                {job.assignee?.username ?? "nobody"}
              </td>
              <td className="whitespace-nowrap text-right text-muted">
                <time dateTime={job.updated_date}>{ago(job.updated_date)}</time>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function ClassItem({ label }: { readonly label: Label }) {
  const points = label.sublabels.map(({ name }) => name).join(", ");
  return (
    <li className="flex flex-col gap-1 px-3 py-2">
      <div className="flex items-center gap-2">
        <Swatch colour={classColour(label.name)} />
        <span className="font-medium">{label.name}</span>
        <Badge>{label.type === "any" ? "any shape" : label.type}</Badge>
      </div>
      {points ? <p className="pl-[18px] text-12 text-muted">points: {points}</p> : null}
      {label.attributes.map((attribute) => (
        <p key={attribute.id} className="pl-[18px] text-12 text-muted">
          <span className="text-text">{attribute.name}</span> {describe(attribute)}
        </p>
      ))}
    </li>
  );
}

function describe({ input_type, values }: AttributeSpec): string {
  const choices = values.filter((value) => value !== "");
  const isChoice = input_type === "select" || input_type === "radio";
  return isChoice && choices.length > 0 ? `${input_type}: ${choices.join(", ")}` : input_type;
}
