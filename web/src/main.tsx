import { render } from "preact";
import { keepPageForOffline } from "./navigation/offline";
import { App } from "./routes";

// The router decodes each part of the address and would stop at one that cannot be decoded.
try {
  decodeURIComponent(location.pathname);
} catch {
  history.replaceState(null, "", "/not-found");
}

const root = document.getElementById("app");
if (root !== null) render(<App />, root);
keepPageForOffline();
