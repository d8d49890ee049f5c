import { QueryClientProvider } from "@tanstack/react-query";
import { Tooltip } from "radix-ui";
import { useState } from "react";
import { BrowserRouter, Link, Route, Routes, useNavigate, useParams } from "react-router";
import { ROOT_PATH } from "../api/http";
import { makeQueryClient } from "../api/queries";
import { Empty } from "../ui/notice";
import { Page } from "../ui/page";
import { JobPage } from "./job/job-page";
import { isLoginAddress, loginAddress } from "./login/address";
import { LoginPage } from "./login/login-page";
import { TaskPage } from "./tasks/task-page";
import { TasksPage } from "./tasks/tasks-page";

export function App() {
  return (
    <BrowserRouter basename={ROOT_PATH || "/"}>
      <Tooltip.Provider delayDuration={350}>
        <Pages />
      </Tooltip.Provider>
    </BrowserRouter>
  );
}

function Pages() {
  const navigate = useNavigate();
  const [client] = useState(() =>
    makeQueryClient(() => {
      const here = window.location.pathname.slice(ROOT_PATH.length) + window.location.search;
      // Several requests may fail at once; the first has already made the detour.
      if (!isLoginAddress(here)) {
        navigate(loginAddress(here), { replace: true });
      }
    }),
  );
  return (
    <QueryClientProvider client={client}>
      <Routes>
        <Route path="/auth/login" element={<LoginPage />} />
        <Route path="/" element={<TasksPage />} />
        <Route path="/tasks" element={<TasksPage />} />
        <Route path="/tasks/:taskId" element={<TaskRoute />} />
        <Route path="/tasks/:taskId/jobs/:jobId" element={<JobRoute />} />
        <Route path="*" element={<NotFound />} />
      </Routes>
    </QueryClientProvider>
  );
}

function id(text: string | undefined): number | null {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : null;
}

function TaskRoute() {
  const taskId = id(useParams().taskId);
  return taskId === null ? <NotFound /> : <TaskPage taskId={taskId} />;
}

function JobRoute() {
  const params = useParams();
  const [taskId, jobId] = [id(params.taskId), id(params.jobId)];
  if (taskId === null || jobId === null) {
    return <NotFound />;
  }
  return <JobPage key={jobId} taskId={taskId} jobId={jobId} />;
}

function NotFound() {
  return (
    <Page title="Not found">
      <Empty title="There is no page at this address">
        <p className="text-muted">
          It may have been mistyped. All work starts at the{" "}
          <Link to="/tasks" className="text-accent underline underline-offset-2">
            list of tasks
          </Link>
          .
        </p>
      </Empty>
    </Page>
  );
}
