import { render } from "preact";
import { keepPageForOffline } from "./navigation/offline";
import { App } from "./routes";
import { LANGUAGES, language, languageFor, speak } from "./text/languages";

// The router decodes each part of the address and would stop at one that cannot be decoded.
try {
  decodeURIComponent(location.pathname);
} catch {
  history.replaceState(null, "", "/not-found");
}

async function start(): Promise<void> {
  const wished = languageFor(navigator.languages);
  if (wished !== language()) await speak(wished);
  const { documentElement } = document;
  documentElement.lang = language();
  documentElement.dir = LANGUAGES[language()].direction;
  const root = document.getElementById("app");
  if (root !== null) render(<App />, root);
}

keepPageForOffline();
void start();
