/**
 * Theory: what the server knows is a cache that refreshes itself: small messages are asked for
 * every few seconds and on return to the page, large ones only when a small one says they changed.
 */
import {
  keepPreviousData,
  QueryCache,
  QueryClient,
  useMutation,
  useQuery,
  useQueryClient,
} from "@tanstack/react-query";
import { ApiError, api, body } from "./http";
import type { Annotations, Page } from "./wire";

const WATCH_MS = 2_000;
const LIST_MS = 5_000;
const PAGE_SIZE = 100;
export const TASKS_PER_PAGE = 20;

/** A cache that calls `onSignedOut` whenever the server doesn't know who is asking. */
export function makeQueryClient(onSignedOut: () => void): QueryClient {
  return new QueryClient({
    queryCache: new QueryCache({
      onError: (error) => {
        if (error instanceof ApiError && error.status === 401) {
          onSignedOut();
        }
      },
    }),
    defaultOptions: {
      mutations: { networkMode: "always" },
      queries: {
        // The server may be on this very machine, which a browser that is offline still reaches.
        networkMode: "always",
        // 4xx won't get better by asking again; a server that restarts will.
        retry: (failures, error) =>
          failures < 2 && !(error instanceof ApiError && error.status >= 400 && error.status < 500),
        refetchOnWindowFocus: "always",
        staleTime: 1_000,
      },
    },
  });
}

/** Filters and page of a list; the server reads them by name and its description has none. */
function filtered(filters: Readonly<Record<string, string | number>>) {
  return { params: { query: filters as never } };
}

async function everyPage<T>(read: (page: number) => Promise<Page<T>>): Promise<T[]> {
  const first = await read(1);
  const all = [...first.results];
  for (let page = 2; all.length < first.count; page += 1) {
    const { results } = await read(page);
    if (results.length === 0) {
      break;
    }
    all.push(...results);
  }
  return all;
}

export function useSelf() {
  return useQuery({
    queryKey: ["self"],
    queryFn: () => body(api.GET("/api/users/self")),
    staleTime: 60_000,
  });
}

export function useTasks(page: number) {
  return useQuery({
    queryKey: ["tasks", page],
    queryFn: () =>
      body(api.GET("/api/tasks", filtered({ page, page_size: TASKS_PER_PAGE, sort: "-id" }))),
    placeholderData: keepPreviousData,
    refetchInterval: LIST_MS,
  });
}

export function useTask(taskId: number) {
  return useQuery({
    queryKey: ["task", taskId],
    queryFn: () => body(api.GET("/api/tasks/{task_id}", { params: { path: { task_id: taskId } } })),
    refetchInterval: LIST_MS,
  });
}

/** The jobs of a task in the order of their frames. */
export function useJobs(taskId: number) {
  return useQuery({
    queryKey: ["jobs", taskId],
    queryFn: async () => {
      const jobs = await everyPage((page) =>
        body(api.GET("/api/jobs", filtered({ task_id: taskId, page, page_size: PAGE_SIZE }))),
      );
      return jobs.sort((a, b) => a.start_frame - b.start_frame || a.id - b.id);
    },
    refetchInterval: LIST_MS,
  });
}

export function useTaskLabels(taskId: number) {
  return useLabels({ task_id: taskId });
}

export function useJobLabels(jobId: number) {
  return useLabels({ job_id: jobId });
}

function useLabels(owner: { task_id: number } | { job_id: number }) {
  return useQuery({
    queryKey: ["labels", owner],
    queryFn: () =>
      everyPage((page) =>
        body(api.GET("/api/labels", filtered({ ...owner, page, page_size: PAGE_SIZE }))),
      ),
    staleTime: 30_000,
  });
}

/** The job, asked for every two seconds: its `updated_date` tells when its labels changed. */
export function useJob(jobId: number) {
  return useQuery({
    queryKey: ["job", jobId],
    queryFn: () => body(api.GET("/api/jobs/{job_id}", { params: { path: { job_id: jobId } } })),
    refetchInterval: WATCH_MS,
  });
}

export function useFrames(jobId: number) {
  return useQuery({
    queryKey: ["frames", jobId],
    queryFn: () =>
      body(api.GET("/api/jobs/{job_id}/data/meta", { params: { path: { job_id: jobId } } })),
    staleTime: 60_000,
  });
}

/** All labels of a job as of `version`, which is the job's `updated_date`. */
export function useAnnotations(jobId: number, version: string | undefined) {
  return useQuery({
    queryKey: ["annotations", jobId, version],
    queryFn: (): Promise<Annotations> =>
      body(api.GET("/api/jobs/{job_id}/annotations", { params: { path: { job_id: jobId } } })),
    enabled: version !== undefined,
    // The labels stay in sight while newer ones of the same job are on their way.
    placeholderData: (previous, query) => (query?.queryKey[1] === jobId ? previous : undefined),
    gcTime: 10_000,
  });
}

export function useSignIn() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (credentials: { username: string; password: string }) =>
      api.POST("/api/auth/login", { body: { email: "", ...credentials } }),
    onSuccess: () => client.clear(),
  });
}

export function useSignOut() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => api.POST("/api/auth/logout"),
    onSuccess: () => client.clear(),
  });
}
