import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { ListQuery, Outcome, TitleQuery } from "../api";
import { PAGE_REQUESTS_MAX, PAGES_KEPT_MAX, PASSING_MS } from "../limits";
import { film } from "../test-titles";
import type { Outline, Page, TitleItem } from "../types";
import { TitlePages } from "./title-pages";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A server with so many titles, which answers when it is told to. */
function serverOf(total: number, every = 100) {
  const server = {
    total,
    every,
    /** Cursors of the pages that are waited for, null for the first. */
    waiting: new Map<string | null, () => void>(),
    asked: [] as (string | null)[],
    aborted: 0,
    failing: false,
    fetchOutline: async (_: ListQuery, __: number, signal: AbortSignal): Promise<Outcome<Outline>> => {
      if (signal.aborted) return { status: "aborted" };
      const pages = Math.ceil(server.total / server.every);
      const cursors = Array.from({ length: Math.max(0, pages - 1) }, (_, page) => `c${page + 1}`);
      return { status: "success", value: { total: server.total, every: server.every, cursors } };
    },
    fetchTitles: (query: TitleQuery, signal: AbortSignal): Promise<Outcome<Page<TitleItem>>> => {
      const cursor = query.cursor ?? null;
      server.asked.push(cursor);
      return new Promise((resolve) => {
        signal.addEventListener("abort", () => {
          server.aborted += 1;
          server.waiting.delete(cursor);
          resolve({ status: "aborted" });
        });
        server.waiting.set(cursor, () => {
          server.waiting.delete(cursor);
          if (server.failing) {
            resolve({ status: "error", message: "The catalog is busy.", httpStatus: 503 });
            return;
          }
          const [page, inside] = cursor === null ? [0, 0] : cursor.slice(1).split("+").map(Number);
          const from = (page ?? 0) * server.every + (inside ?? 0);
          const length = Math.min(query.limit ?? 0, server.total - from);
          const items = Array.from({ length }, (_, index) => ({
            ...film(`Film ${from + index}`),
            id: `${from + index}`,
          }));
          const next = from + length;
          const next_cursor =
            next < server.total ? `c${Math.floor(next / server.every)}+${next % server.every}` : null;
          resolve({ status: "success", value: { items, next_cursor } });
        });
      });
    },
    /** Answers all that is waited for, and what is asked for because of that. */
    answer: async () => {
      await vi.advanceTimersByTimeAsync(0);
      while (server.waiting.size > 0) {
        for (const answer of [...server.waiting.values()]) answer();
        await vi.advanceTimersByTimeAsync(0);
      }
    },
  };
  return server;
}

test("the first page is asked for together with the outline, and then the number is known", async () => {
  const server = serverOf(1_234);
  const pages = new TitlePages({}, server);
  pages.open(() => undefined);
  expect(server.asked).toEqual([null]);
  expect(pages.total).toBeNull();
  await server.answer();
  expect(pages.total).toBe(1_234);
  expect(pages.titleAt(99)?.name).toBe("Film 99");
  expect(server.asked).toEqual([null]);
});

test("a far place is one request away, and what lies around it follows", async () => {
  const server = serverOf(100_000);
  const pages = new TitlePages({}, server);
  pages.open(() => undefined);
  await server.answer();
  pages.wish({ first: 0, last: 30 });
  pages.wish({ first: 70_010, last: 70_040 });
  expect(server.asked).toEqual([null]);
  await vi.advanceTimersByTimeAsync(PASSING_MS);
  expect(server.asked[1]).toBe("c700");
  await server.answer();
  expect(pages.titleAt(70_033)?.name).toBe("Film 70033");
  expect(new Set(server.asked.slice(1))).toEqual(new Set(["c700", "c699"]));
});

test("places that are passed are not asked for", async () => {
  const server = serverOf(100_000);
  const pages = new TitlePages({}, server);
  pages.open(() => undefined);
  await server.answer();
  pages.wish({ first: 0, last: 30 });
  for (let first = 1_000; first < 90_000; first += 1_000) {
    pages.wish({ first, last: first + 30 });
    await vi.advanceTimersByTimeAsync(16);
  }
  expect(server.asked).toEqual([null]);
});

test("what is on its way for a place that was left is given up, and never more than a few are on it", async () => {
  const server = serverOf(100_000);
  const pages = new TitlePages({}, server);
  pages.open(() => undefined);
  await server.answer();
  pages.wish({ first: 0, last: 30 });
  pages.wish({ first: 50_080, last: 50_140 });
  await vi.advanceTimersByTimeAsync(PASSING_MS);
  expect(server.waiting.size).toBe(PAGE_REQUESTS_MAX);
  pages.wish({ first: 10_000, last: 10_030 });
  expect(server.waiting.size).toBe(0);
  expect(server.aborted).toBe(PAGE_REQUESTS_MAX);
});

test("slow scrolling asks at once", async () => {
  const server = serverOf(1_000);
  const pages = new TitlePages({}, server);
  pages.open(() => undefined);
  await server.answer();
  pages.wish({ first: 0, last: 60 });
  await server.answer();
  pages.wish({ first: 50, last: 110 });
  expect(server.asked).toEqual([null, "c1"]);
});

test("only so many pages are held, those around the place in sight", async () => {
  const server = serverOf(100_000);
  const pages = new TitlePages({}, server);
  pages.open(() => undefined);
  await server.answer();
  for (let first = 0; first < 10_000; first += 50) {
    pages.wish({ first, last: first + 60 });
    await server.answer();
  }
  const held = Array.from({ length: 1_000 }, (_, page) => page).filter(
    (page) => pages.titleAt(page * 100) !== null,
  );
  expect(held.length).toBeLessThanOrEqual(PAGES_KEPT_MAX);
  expect(held).toContain(100);
  expect(held).not.toContain(0);
});

test("come back to, it shows what it had and asks for that again", async () => {
  const server = serverOf(300);
  const pages = new TitlePages({}, server);
  pages.open(() => undefined);
  await server.answer();
  pages.wish({ first: 0, last: 30 });
  pages.close();
  server.asked = [];
  pages.open(() => undefined);
  expect(pages.titleAt(3)?.name).toBe("Film 3");
  await server.answer();
  expect(server.asked).toEqual([null]);
});

test("a failure is told, and trying again loads what is missing", async () => {
  const server = serverOf(300);
  server.failing = true;
  const pages = new TitlePages({}, server);
  pages.open(() => undefined);
  await server.answer();
  expect(pages.failure).toBe("The catalog is busy.");
  server.failing = false;
  pages.retry();
  await server.answer();
  expect(pages.failure).toBeNull();
  expect(pages.titleAt(0)?.name).toBe("Film 0");
});

test("a title that was taken out of a short list is shown no longer", async () => {
  const server = serverOf(3);
  const pages = new TitlePages({}, server);
  pages.open(() => undefined);
  await server.answer();
  expect(pages.titleAt(2)?.id).toBe("2");
  server.total = 2;
  pages.refresh();
  await server.answer();
  expect(pages.total).toBe(2);
  expect(pages.titleAt(2)).toBeNull();
});

test("without an outline there is nothing to show, also where a page comes after it has failed", async () => {
  const server = serverOf(300);
  const fetchOutline = async (): Promise<Outcome<Outline>> => ({
    status: "error",
    message: "The catalog is busy.",
    httpStatus: 503,
  });
  const pages = new TitlePages({}, { ...server, fetchOutline });
  pages.open(() => undefined);
  await server.answer();
  expect(pages.total).toBeNull();
  expect(pages.failure).toBe("The catalog is busy.");
});

test("a list that grew or shrank meanwhile is drawn anew, a few times at most", async () => {
  const server = serverOf(250);
  const pages = new TitlePages({}, server);
  pages.open(() => undefined);
  await server.answer();
  server.total = 220;
  pages.wish({ first: 150, last: 249 });
  await vi.advanceTimersByTimeAsync(PASSING_MS);
  await server.answer();
  expect(pages.total).toBe(220);
});

test("the server may have larger pages than were asked for", async () => {
  const server = serverOf(5_000, 200);
  const pages = new TitlePages({}, server);
  pages.open(() => undefined);
  await server.answer();
  pages.wish({ first: 0, last: 30 });
  pages.wish({ first: 4_950, last: 4_990 });
  await vi.advanceTimersByTimeAsync(PASSING_MS);
  await server.answer();
  expect(pages.titleAt(4_970)?.name).toBe("Film 4970");
});

test("a page may be longer than one request", async () => {
  const server = serverOf(500_000, 250);
  const pages = new TitlePages({}, server);
  pages.open(() => undefined);
  await server.answer();
  pages.wish({ first: 0, last: 30 });
  pages.wish({ first: 400_230, last: 400_248 });
  await vi.advanceTimersByTimeAsync(PASSING_MS);
  await server.answer();
  expect(pages.titleAt(400_240)?.name).toBe("Film 400240");
  expect(server.asked).toContain("c1600+200");
});

test("an empty list asks for nothing more", async () => {
  const server = serverOf(0);
  const pages = new TitlePages({}, server);
  pages.open(() => undefined);
  await server.answer();
  pages.wish({ first: 0, last: -1 });
  await server.answer();
  expect(pages.total).toBe(0);
  expect(server.asked).toEqual([null]);
});
