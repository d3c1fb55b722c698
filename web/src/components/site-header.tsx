import { useEffect, useState } from "preact/hooks";
import { useLocation } from "preact-iso/router";
import { t } from "../text/words";
import { Icon, type IconName } from "./icon";
import "./site-header.css";

interface Place {
  href: string;
  name: string;
  icon: IconName;
  /** Has no room on phones, where the search leads there. */
  isNearby?: boolean;
}

const places = (): Place[] => [
  { href: "/", name: t("Home"), icon: "home" },
  { href: "/films", name: t("Films"), icon: "film" },
  { href: "/series", name: t("Series"), icon: "series" },
  { href: "/favourites", name: t("Favourites"), icon: "heart", isNearby: true },
  { href: "/collections", name: t("Collections"), icon: "collection", isNearby: true },
  { href: "/search", name: t("Search"), icon: "search" },
  { href: "/scans", name: t("Scans"), icon: "scan" },
  { href: "/live", name: t("Live"), icon: "live" },
];

/** The way around: a bar at the top of wide windows; on phones the places lie at the bottom, under the thumb. */
export function SiteHeader() {
  const { path } = useLocation();
  const [isOverContent, setOverContent] = useState(false);

  useEffect(() => {
    const look = () => setOverContent(window.scrollY > 24);
    look();
    addEventListener("scroll", look, { passive: true });
    return () => removeEventListener("scroll", look);
  }, []);

  return (
    <header class={isOverContent ? "site-header is-over-content" : "site-header"}>
      <a class="site-mark" href="/" aria-label={t("Spillway, home")}>
        <svg viewBox="0 0 32 32" aria-hidden="true">
          <path d="M3 8h11c5 0 5 7 8 11 1.2 1.6 2.8 2 7 2" />
          <path d="M3 15h8c4 0 4.5 4.5 7 7.5 1.6 1.9 4 2.5 11 2.5" />
        </svg>
        <span>Spillway</span>
      </a>
      <nav class="site-nav" aria-label={t("Main")}>
        <ul>
          {places().map(({ href, name, icon, isNearby = false }) => (
            <li key={href} class={isNearby ? "site-nav-nearby" : undefined}>
              <a href={href} aria-current={path === href ? "page" : undefined} title={titleOf(href)}>
                <Icon name={icon} />
                <span>{name}</span>
              </a>
            </li>
          ))}
        </ul>
      </nav>
    </header>
  );
}

const titleOf = (href: string) => (href === "/search" ? t("Search (press /)") : undefined);
