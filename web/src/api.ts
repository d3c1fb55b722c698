/**
 * Every call to the server. A call never throws: it answers `success`, `aborted` (somebody lost interest;
 * show nothing) or `error` with a sentence for the viewer. Nothing else in the page knows addresses of the
 * interface.
 */

import { ANSWER_WAIT_MS, PAGE_ITEMS, STORYBOARD_BYTES_MAX, SUBTITLE_BYTES_MAX } from "./limits";
import { t } from "./text/words";
import type {
  Collection,
  Collections,
  FilterChoices,
  Finding,
  Genres,
  Home,
  Outline,
  Page,
  Progress,
  ProgressUpdate,
  Scan,
  ScanAsked,
  SearchAnswer,
  Status,
  TitleDetail,
  TitleItem,
} from "./types";

export type Outcome<Value> =
  | { status: "success"; value: Value }
  | { status: "aborted" }
  /** `retryAfter_ms`: how long the server asked to wait before the next try, where it did. */
  | { status: "error"; message: string; httpStatus: number | null; retryAfter_ms?: number };

export type Sort = "name" | "-name" | "added" | "-added" | "year" | "-year" | "duration" | "-duration";

/** What titles must be like; all that is given must hold, of a list with commas one. */
export interface TitleFilter {
  kind?: string;
  genre?: string;
  year_min?: number;
  year_max?: number;
  watched?: string;
  resolution?: string;
  hdr?: boolean;
  video_codec?: string;
  language?: string;
  favourite?: boolean;
  collection?: string;
  person?: string;
}

export interface ListQuery extends TitleFilter {
  sort?: Sort;
}

export interface TitleQuery extends ListQuery {
  limit?: number;
  cursor?: string;
}

export const fetchHome = (signal: AbortSignal) => get<Home>("/api/v1/home", signal);

export const fetchStatus = (signal: AbortSignal) => get<Status>("/api/v1/status", signal);

export const fetchGenres = (signal: AbortSignal) => get<Genres>("/api/v1/genres", signal);

export const fetchTitle = (id: string, signal: AbortSignal) =>
  get<TitleDetail>(`/api/v1/titles/${encodeURIComponent(id)}`, signal);

export const fetchTitles = (query: TitleQuery, signal: AbortSignal) =>
  get<Page<TitleItem>>(withQuery("/api/v1/titles", { limit: PAGE_ITEMS, ...query }), signal);

/** How long a list is, and a cursor for each `every` of its titles. */
export const fetchOutline = (query: ListQuery, every: number, signal: AbortSignal) =>
  get<Outline>(withQuery("/api/v1/titles/outline", { ...query, every }), signal);

/** By what titles of some kinds can be told apart. */
export const fetchFilterChoices = (kind: string, signal: AbortSignal) =>
  get<FilterChoices>(withQuery("/api/v1/filters", { kind }), signal);

export const fetchSearch = (q: string, signal: AbortSignal) =>
  get<SearchAnswer>(withQuery("/api/v1/search", { q }), signal);

export const storeFavourite = (id: string, isFavourite: boolean) =>
  call<null>(`/api/v1/titles/${encodeURIComponent(id)}/favourite`, {
    method: isFavourite ? "PUT" : "DELETE",
    keepalive: true,
  });

/** Of a series, a `season` of it or all. Not watched is as if it had never been begun. */
export const storeWatched = (id: string, isWatched: boolean, season: number | null) =>
  call<null>(withQuery(`/api/v1/titles/${encodeURIComponent(id)}/watched`, { season }), {
    method: isWatched ? "PUT" : "DELETE",
    keepalive: true,
  });

export const fetchCollections = (signal: AbortSignal) => get<Collections>("/api/v1/collections", signal);

export const fetchCollection = (id: string, signal: AbortSignal) =>
  get<Collection>(collectionUrl(id), signal);

export const createCollection = (name: string) =>
  call<Collection>("/api/v1/collections", withJson("POST", { name }));

export const renameCollection = (id: string, name: string) =>
  call<Collection>(collectionUrl(id), withJson("PATCH", { name }));

export const deleteCollection = (id: string) => call<null>(collectionUrl(id), { method: "DELETE" });

/** Puts a title into a collection, or takes it out. */
export const storeInCollection = (id: string, titleId: string, isIn: boolean) =>
  call<null>(`${collectionUrl(id)}/titles/${encodeURIComponent(titleId)}`, {
    method: isIn ? "PUT" : "DELETE",
  });

const collectionUrl = (id: string) => `/api/v1/collections/${encodeURIComponent(id)}`;

const withJson = (method: string, body: object): RequestInit => ({
  method,
  headers: { "Content-Type": "application/json" },
  body: JSON.stringify(body),
});

/** A picture of a file at a position, made when it is asked for. */
export const thumbnailUrl = (fileId: string, position_ms: number): string =>
  `/api/v1/files/${encodeURIComponent(fileId)}/thumbnail?position_ms=${Math.round(position_ms)}`;

export const fetchScans = (cursor: string | null, limit: number, signal: AbortSignal) =>
  get<Page<Scan>>(withQuery("/api/v1/scans", { limit, cursor }), signal);

export const fetchFindings = (cursor: string | null, limit: number, signal: AbortSignal) =>
  get<Page<Finding>>(withQuery("/api/v1/findings", { limit, cursor }), signal);

export const requestScan = (signal: AbortSignal) =>
  call<ScanAsked>("/api/v1/scans", { method: "POST", signal });

/** Stores where a viewer is. `keepalive` lets it outlive a page that is being closed. */
export const storeProgress = (id: string, update: ProgressUpdate, keepalive: boolean) =>
  call<Progress>(`/api/v1/titles/${encodeURIComponent(id)}/progress`, {
    method: "PUT",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(update),
    keepalive,
  });

export const forgetProgress = (id: string, signal: AbortSignal) =>
  call<null>(`/api/v1/titles/${encodeURIComponent(id)}/progress`, { method: "DELETE", signal });

/** A subtitle beside a file as it is, where it is Unicode. */
export const fetchSubtitle = (url: string, signal: AbortSignal) =>
  call<string>(url, { signal }, async (response) => {
    const bytes = await response.arrayBuffer();
    if (bytes.byteLength > SUBTITLE_BYTES_MAX) throw new Error(t("The subtitle file is too long."));
    const [first, second] = new Uint8Array(bytes, 0, Math.min(2, bytes.byteLength));
    const encoding = first === 0xff && second === 0xfe ? "utf-16le" : "utf-8";
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  });

/** Where a file's storyboard lies; the addresses of its sheets are relative to this. */
export const storyboardUrl = (fileId: string) => `/api/v1/files/${encodeURIComponent(fileId)}/storyboard.vtt`;

/** Which picture shows which time of a file, as WebVTT. */
export const fetchStoryboard = (fileId: string, signal: AbortSignal) =>
  call<string>(storyboardUrl(fileId), { signal }, async (response) => {
    const bytes = await response.arrayBuffer();
    if (bytes.byteLength > STORYBOARD_BYTES_MAX) throw new Error(t("The storyboard is too long."));
    return new TextDecoder().decode(bytes);
  });

/** A sheet of a storyboard, decoded; the caller closes it. */
export const fetchSheet = (url: string, signal: AbortSignal) =>
  call<ImageBitmap>(url, { signal }, async (response) => createImageBitmap(await response.blob()));

/** True once the server answers at all. */
export async function isServerUp(signal: AbortSignal): Promise<boolean> {
  const outcome = await call<null>("/healthz", { signal }, async () => null);
  return outcome.status === "success";
}

/** Opens the stream of live events; the caller closes it. The browser reconnects by itself. */
export const openLive = (): EventSource => new EventSource("/api/v1/live");

type Listener = (reachable: boolean) => void;
const reachabilityListeners = new Set<Listener>();

/** Tells whenever a call found the server, or did not. Returns how to stop listening. */
export function onReachability(listener: Listener): () => void {
  reachabilityListeners.add(listener);
  return () => reachabilityListeners.delete(listener);
}

const get = <Value>(path: string, signal: AbortSignal) => call<Value>(path, { signal });

async function call<Value>(
  path: string,
  init: RequestInit,
  read: (response: Response) => Promise<Value> = readJson,
): Promise<Outcome<Value>> {
  const tooLate = AbortSignal.timeout(ANSWER_WAIT_MS);
  const signal = init.signal ? AbortSignal.any([init.signal, tooLate]) : tooLate;
  try {
    const response = await fetch(path, { ...init, signal });
    tellReachability(true);
    if (!response.ok) {
      const message = await readProblem(response);
      return { status: "error", message, httpStatus: response.status, ...retryAfter(response) };
    }
    return { status: "success", value: await read(response) };
  } catch (cause) {
    if (init.signal?.aborted) return { status: "aborted" };
    if (tooLate.aborted) {
      return { status: "error", message: t("The server took too long to answer."), httpStatus: null };
    }
    // fetch says TypeError, and no more, when no connection came about or it broke.
    if (cause instanceof TypeError) {
      tellReachability(false);
      return { status: "error", message: t("The server cannot be reached."), httpStatus: null };
    }
    const message = cause instanceof Error ? cause.message : t("The answer could not be read.");
    return { status: "error", message, httpStatus: null };
  }
}

function tellReachability(reachable: boolean) {
  for (const listener of reachabilityListeners) listener(reachable);
}

async function readJson<Value>(response: Response): Promise<Value> {
  if (response.status === 204) return null as Value;
  try {
    return (await response.json()) as Value;
  } catch (cause) {
    if (cause instanceof SyntaxError) throw new Error(t("The server's answer could not be understood."));
    throw cause;
  }
}

/** RFC 9110 §10.2.3; our server tells seconds, not dates. */
function retryAfter({ headers }: Response): { retryAfter_ms?: number } {
  const seconds = headers.get("Retry-After");
  return seconds !== null && /^\d{1,6}$/.test(seconds) ? { retryAfter_ms: Number(seconds) * 1000 } : {};
}

/** The sentence in a problem document (RFC 9457), or one made from the status. */
async function readProblem(response: Response): Promise<string> {
  try {
    const problem: unknown = await response.json();
    if (typeof problem === "object" && problem !== null) {
      const { detail, title } = problem as { detail?: unknown; title?: unknown };
      if (typeof detail === "string" && detail !== "") return detail;
      if (typeof title === "string" && title !== "") return title;
    }
  } catch {
    // Not a problem document; the status says enough.
  }
  if (response.status === 404) return t("There is nothing at this address.");
  if (response.status === 503) return t("The server is busy. Try again in a moment.");
  return t("The server answered with status {status}.", { status: response.status });
}

function withQuery(path: string, query: object): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== "") parameters.set(name, String(value));
  }
  const text = parameters.toString();
  return text === "" ? path : `${path}?${text}`;
}
