/**
 * Theory: one door to the server: same origin, session cookie, CSRF header on writes, and one kind
 * of error that says what happened and what to do.
 */
import createClient, { type Middleware } from "openapi-fetch";
import type { paths } from "./schema";

/** An answer other than success, or none at all (`status` 0). */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/**
 * Address of the server's root, with a slash at the end. The server's `<base>` is its `static/`
 * folder; a development server has none and sits at the root.
 */
export const ROOT = document.querySelector("base")
  ? new URL("../", document.baseURI)
  : new URL("/", document.baseURI);
/** Path of the root without the slash at the end: "" or "/prefix". */
export const ROOT_PATH = ROOT.pathname.replace(/\/$/, "");

function cookie(name: string): string | undefined {
  return document.cookie
    .split("; ")
    .find((entry) => entry.startsWith(`${name}=`))
    ?.slice(name.length + 1);
}

/** The sentences in a CVAT error body, whatever its form. */
export function sentences(body: unknown): string[] {
  if (typeof body === "string") {
    return body.trim() === "" ? [] : [body];
  }
  if (Array.isArray(body)) {
    return body.flatMap(sentences);
  }
  if (typeof body === "object" && body !== null) {
    return Object.values(body).flatMap(sentences);
  }
  return [];
}

async function failure(response: Response): Promise<ApiError> {
  const text = await response.text();
  let said: string[] = [];
  try {
    said = sentences(JSON.parse(text));
  } catch {
    // A body that is no JSON is a proxy's or a crash page, of no use to a person.
    said = [];
  }
  const fallback = `The server answered ${response.status} ${response.statusText}.`;
  return new ApiError(response.status, said.join(" ") || fallback);
}

const door: Middleware = {
  onRequest({ request }) {
    const csrf = cookie("csrftoken");
    if (csrf && request.method !== "GET") {
      request.headers.set("X-CSRFToken", csrf);
    }
    return request;
  },
  async onResponse({ response }) {
    if (!response.ok) {
      throw await failure(response);
    }
    return response;
  },
  onError({ error }) {
    if (error instanceof DOMException && error.name === "AbortError") {
      return error;
    }
    return new ApiError(0, "The server doesn't answer. Is it still running?");
  },
};

export const api = createClient<paths>({
  baseUrl: ROOT.href.replace(/\/$/, ""),
  credentials: "same-origin",
});
api.use(door);

/** The body of an answer that must have one. */
export async function body<T>(answer: Promise<{ data?: T }>): Promise<T> {
  const { data } = await answer;
  if (data === undefined) {
    throw new ApiError(0, "The server's answer was empty. Reload the page.");
  }
  return data;
}
