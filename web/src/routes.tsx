import { useEffect } from "preact/hooks";
import { LocationProvider, Route, Router, useLocation } from "preact-iso/router";
import { Notices } from "./components/notices";
import { SiteHeader } from "./components/site-header";
import { moveFocusByArrowKeys } from "./navigation/arrow-keys";
import { useKeptPlaces } from "./navigation/kept-places";
import { lazyPage } from "./navigation/lazy-page";
import { useFocusOnChange } from "./navigation/page-title";
import { HomePage } from "./pages/home";
import { FavouritesPage, FilmsPage, GenrePage, PersonPage, SeriesPage } from "./pages/library";
import { NotFoundPage } from "./pages/not-found";
import { SearchPage } from "./pages/search";
import { TitlePage } from "./pages/title";
import { useStatusUpdates } from "./store/status";
import { t } from "./text/words";

// What the first look at the library does not need; of it, the player is most.
const WatchPage = lazyPage(async () => (await import("./pages/watch")).WatchPage);
const LivePage = lazyPage(async () => (await import("./pages/live")).LivePage);
const ScansPage = lazyPage(async () => (await import("./pages/scans")).ScansPage);
const CollectionPage = lazyPage(async () => (await import("./pages/collection")).CollectionPage);
const CollectionsPage = lazyPage(async () => (await import("./pages/collections")).CollectionsPage);

/** Addresses that the server answers itself; a link to one leaves the page. */
const OF_THE_PAGE = /^\/(?!files\/|api\/)/;

export const App = () => (
  <LocationProvider scope={OF_THE_PAGE}>
    <Frame />
  </LocationProvider>
);

/** Who points at a film, or has the focus on it, may be about to play it. */
function preloadPlayer(): () => void {
  const onNear = ({ target }: Event) => {
    if (target instanceof Element && target.closest('a[href^="/watch/"]') !== null) WatchPage.preload();
  };
  addEventListener("pointerover", onNear, { passive: true });
  addEventListener("focusin", onNear);
  return () => {
    removeEventListener("pointerover", onNear);
    removeEventListener("focusin", onNear);
  };
}

/** What surrounds every page. While watching, nothing does. */
function Frame() {
  const { path, url, route } = useLocation();
  const isWatching = path.startsWith("/watch/");
  useFocusOnChange(path);
  useKeptPlaces(url);
  useStatusUpdates();
  useEffect(moveFocusByArrowKeys, []);
  useEffect(preloadPlayer, []);
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const isTyping = event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement;
      if (event.key !== "/" || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      const field = document.querySelector<HTMLInputElement>('input[type="search"]');
      if (field === null) route("/search");
      else field.focus();
    };
    addEventListener("keydown", onKeyDown);
    return () => removeEventListener("keydown", onKeyDown);
  }, [route]);

  return (
    <>
      <a class="skip-link" href="#main">
        {t("Skip to content")}
      </a>
      {!isWatching && <SiteHeader />}
      <main id="main" tabIndex={-1}>
        <Router>
          <Route path="/" component={HomePage} />
          <Route path="/films" component={FilmsPage} />
          <Route path="/series" component={SeriesPage} />
          <Route path="/genre/:name" component={GenrePage} />
          <Route path="/person/:name" component={PersonPage} />
          <Route path="/favourites" component={FavouritesPage} />
          <Route path="/collections" component={CollectionsPage} />
          <Route path="/collection/:id" component={CollectionPage} />
          <Route path="/search" component={SearchPage} />
          <Route path="/title/:id" component={TitlePage} />
          <Route path="/watch/:id" component={WatchPage} />
          <Route path="/scans" component={ScansPage} />
          <Route path="/live" component={LivePage} />
          <Route default component={NotFoundPage} />
        </Router>
      </main>
      {!isWatching && <Notices />}
    </>
  );
}
