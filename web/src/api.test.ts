import { afterEach, beforeEach, expect, test, vi } from "vitest";
import {
  fetchStoryboard,
  fetchTitle,
  fetchTitles,
  forgetProgress,
  onReachability,
  storeProgress,
} from "./api";
import { STORYBOARD_BYTES_MAX } from "./limits";

const forever = new AbortController().signal;
const fetched = vi.fn<typeof fetch>();

beforeEach(() => {
  vi.stubGlobal("fetch", fetched);
});
afterEach(() => {
  fetched.mockReset();
  vi.unstubAllGlobals();
});

const answers = (body: BodyInit | null, init?: ResponseInit) =>
  fetched.mockResolvedValueOnce(new Response(body, init));

/** A server that never answers, but lets itself be interrupted. */
const neverAnswers = () =>
  fetched.mockImplementationOnce(
    (_, init) =>
      new Promise((_resolve, reject) => {
        init?.signal?.addEventListener("abort", () => reject(init.signal?.reason));
      }),
  );

test("an answer is a success with its value", async () => {
  answers('{"id":"t1"}');
  expect(await fetchTitle("t1", forever)).toEqual({ status: "success", value: { id: "t1" } });
});

test("an answer without content is a success", async () => {
  answers(null, { status: 204 });
  expect(await forgetProgress("t1", forever)).toEqual({ status: "success", value: null });
});

test.each([
  ["a problem's detail", '{"title":"Not found","detail":"No such title."}', 404, "No such title."],
  ["its title where it has no detail", '{"title":"Not found"}', 404, "Not found"],
  ["a sentence where there is no problem", "<html>", 404, "There is nothing at this address."],
  ["a busy server", "", 503, "The server is busy. Try again in a moment."],
  ["any other status", "null", 500, "The server answered with status 500."],
])("an error says %s", async (_, body, status, message) => {
  answers(body, { status });
  expect(await fetchTitle("t1", forever)).toEqual({ status: "error", message, httpStatus: status });
});

test("an answer that is not JSON is an error", async () => {
  answers("<html>");
  expect(await fetchTitle("t1", forever)).toEqual({
    status: "error",
    message: "The server's answer could not be understood.",
    httpStatus: null,
  });
});

test("losing interest is not an error", async () => {
  neverAnswers();
  const interest = new AbortController();
  const outcome = fetchTitle("t1", interest.signal);
  interest.abort();
  expect(await outcome).toEqual({ status: "aborted" });
});

test("waiting has an end", async () => {
  const tooLate = new AbortController();
  vi.spyOn(AbortSignal, "timeout").mockReturnValueOnce(tooLate.signal);
  neverAnswers();
  const outcome = fetchTitle("t1", forever);
  tooLate.abort();
  expect(await outcome).toMatchObject({ status: "error", message: "The server took too long to answer." });
});

test("an unreachable server is an error, and everybody hears of it until it is back", async () => {
  const heard: boolean[] = [];
  const stop = onReachability((reachable) => heard.push(reachable));
  fetched.mockRejectedValueOnce(new TypeError("Failed to fetch"));
  expect(await fetchTitle("t1", forever)).toMatchObject({ message: "The server cannot be reached." });
  answers("{}");
  await fetchTitle("t1", forever);
  stop();
  answers("{}");
  await fetchTitle("t1", forever);
  expect(heard).toEqual([false, true]);
});

test("identifiers and words are encoded, empty parameters left out", async () => {
  answers("{}");
  await fetchTitle("a/../b", forever);
  answers("{}");
  await fetchTitles({ genre: "ä & b", person: "" }, forever);
  expect(fetched.mock.calls.map(([path]) => path)).toEqual([
    "/api/v1/titles/a%2F..%2Fb",
    "/api/v1/titles?limit=100&genre=%C3%A4+%26+b",
  ]);
});

test("a position is stored by PUT, and may outlive the page", async () => {
  answers("{}");
  await storeProgress("t1", { position_ms: 1_000, duration_ms: 2_000 }, true);
  const [path, init] = fetched.mock.calls[0] ?? [];
  expect(path).toBe("/api/v1/titles/t1/progress");
  expect(init).toMatchObject({
    method: "PUT",
    body: '{"position_ms":1000,"duration_ms":2000}',
    keepalive: true,
  });
});

test("a busy server tells when to come back", async () => {
  answers("", { status: 503, headers: { "Retry-After": "2" } });
  expect(await fetchStoryboard("f1", forever)).toMatchObject({ httpStatus: 503, retryAfter_ms: 2_000 });
  answers("", { status: 503, headers: { "Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT" } });
  expect(await fetchStoryboard("f1", forever)).not.toHaveProperty("retryAfter_ms");
});

test("a storyboard that is too long is not read", async () => {
  answers(new Uint8Array(STORYBOARD_BYTES_MAX + 1));
  expect(await fetchStoryboard("f1", forever)).toMatchObject({ status: "error", httpStatus: null });
});
