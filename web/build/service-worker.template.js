/**
 * Keeps the page's own files, so that it opens also while the server is away and says so itself. The build puts
 * VERSION and FILES above this.
 *
 * Films, pictures and the interface never pass through here. While the server answers, what it says is what is
 * shown. A new version waits until no window of the old one is open, so that none loses files that it still needs.
 */

const CACHE_PREFIX = "spillway-page-";
const CACHE = CACHE_PREFIX + VERSION;

/** Every page of ours begins with this. */
const SHELL = "/index.html";

/** Addresses that are the server's own. */
const OF_THE_SERVER = /^\/(api|files|hls|dash|healthz|readyz|metrics)(\/|$)/;

/** A server that has not begun to answer by then is taken for away; its page tells what becomes of it. */
const ANSWER_WAIT_MS = 4_000;

addEventListener("install", (event) => {
  // Where the browser can, requests for films do not even wake this worker.
  event.addRoutes?.({
    condition: { urlPattern: new URLPattern({ pathname: "/(api|files|hls|dash)/*" }) },
    source: "network",
  });
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(FILES)));
});

addEventListener("activate", (event) => event.waitUntil(removeOlder()));

addEventListener("fetch", (event) => {
  const { method, mode, url } = event.request;
  const { origin, pathname } = new URL(url);
  if (method !== "GET" || origin !== location.origin) return;
  if (FILES.includes(pathname) && pathname !== SHELL) event.respondWith(kept(event.request));
  else if (mode === "navigate" && !OF_THE_SERVER.test(pathname)) event.respondWith(page(event.request));
});

async function removeOlder() {
  const names = await caches.keys();
  const older = names.filter((name) => name.startsWith(CACHE_PREFIX) && name !== CACHE);
  await Promise.all(older.map((name) => caches.delete(name)));
}

/** A file with a hash in its name: the one that is kept cannot be another. */
async function kept(request) {
  return (await find(request.url)) ?? fetch(request);
}

async function page(request) {
  const answer = fetch(request);
  const tooLate = new Promise((_, reject) => setTimeout(reject, ANSWER_WAIT_MS));
  try {
    return await Promise.race([answer, tooLate]);
  } catch {
    return (await find(SHELL)) ?? answer;
  }
}

/** Answers vary by Accept-Encoding, but what is kept is decoded. */
async function find(url) {
  const cache = await caches.open(CACHE);
  return cache.match(url, { ignoreVary: true });
}
