/** Keeps the page's own files in the browser, so that an installed app opens also while the server is away. */
export function keepPageForOffline(): void {
  // There is none on plain HTTP from another machine, nor beside vite's own server.
  if (!import.meta.env.PROD || !("serviceWorker" in navigator)) return;
  // After everything that the page needs itself.
  addEventListener("load", () => {
    navigator.serviceWorker.register("/service-worker.js").catch(() => {
      // Forbidden, or behind a certificate that the viewer has only tolerated: the page works without it.
    });
  });
}
