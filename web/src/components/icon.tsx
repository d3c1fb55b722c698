/** Line drawings of 24 by 24 units; decoration beside words, so hidden from screen readers. */
const PATHS = {
  play: "M7 4.5v15l12.5-7.5z",
  pause: "M7 5h2.6v14H7zM14.4 5H17v14h-2.6z",
  next: "M5.5 5.5v13l9.5-6.5zM18.5 5.5v13",
  restart: "M4 12a8 8 0 1 0 2.6-5.9M4 4v4.5h4.5",
  info: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 11v5.5M12 7.5v.2",
  search: "M10.5 17.5a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM16 16l5 5",
  home: "M4 11l8-7 8 7v9h-5.5v-6h-5v6H4z",
  film: "M4 5h16v14H4zM8 5v14M16 5v14M4 9.7h4M4 14.3h4M16 9.7h4M16 14.3h4",
  series: "M4 8h16v11H4zM8 4l4 4 4-4",
  scan: "M20 12a8 8 0 0 1-14.3 4.9M4 12a8 8 0 0 1 14.3-4.9M18.5 3v4.3h-4.3M5.5 21v-4.3h4.3",
  live: "M3 12h4l3-7.5 4 15 3-7.5h4",
  left: "M15 5l-7 7 7 7",
  right: "M9 5l7 7-7 7",
  back: "M20 12H5M11 5l-7 7 7 7",
  copy: "M9 9h11v11H9zM5 15H4V4h11v1",
  check: "M5 12.5l4.5 4.5L19 7.5",
  close: "M6 6l12 12M18 6L6 18",
  enlarge: "M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5",
  shrink: "M9 4v5H4M15 4v5h5M9 20v-5H4M15 20v-5h5",
  loud: "M4 9.5v5h3.5l4.5 4v-13l-4.5 4zM15.5 9.2a4 4 0 0 1 0 5.6M18.3 6.4a8 8 0 0 1 0 11.2",
  quiet: "M4 9.5v5h3.5l4.5 4v-13l-4.5 4zM15.5 9.2a4 4 0 0 1 0 5.6",
  muted: "M4 9.5v5h3.5l4.5 4v-13l-4.5 4zM16 9.5l5 5M21 9.5l-5 5",
  captions:
    "M5 5h14a2 2 0 0 1 2 2v10a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2V7a2 2 0 0 1 2-2zM7 11.5h4M14 11.5h3M7 15h2.5M12.5 15H17",
  audio: "M4 10.5v3M8 7v10M12 9.5v5M16 5v14M20 10.5v3",
  stats: "M4 20h16M7 16v-4M12 16V5M17 16V9",
  keys: "M4.5 6.5h15a2 2 0 0 1 2 2v7a2 2 0 0 1-2 2h-15a2 2 0 0 1-2-2v-7a2 2 0 0 1 2-2zM6.5 10.5v.1M10.2 10.5v.1M13.8 10.5v.1M17.5 10.5v.1M8.5 14h7",
  pictureInPicture: "M21 10.5V7a2 2 0 0 0-2-2H5a2 2 0 0 0-2 2v10a2 2 0 0 0 2 2h5M13.5 13.5H21V19h-7.5z",
  warning: "M12 4l9 16H3zM12 10v4.5M12 17v.2",
  person: "M12 12.5a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.5 20a7.5 7.5 0 0 1 15 0",
  filter: "M4 7h16M7 12h10M10 17h4",
  heart: "M12 20s-7.5-4.6-7.5-10.2A4.2 4.2 0 0 1 12 7.3a4.2 4.2 0 0 1 7.5 2.5C19.5 15.4 12 20 12 20z",
  heartFilled: "M12 20s-7.5-4.6-7.5-10.2A4.2 4.2 0 0 1 12 7.3a4.2 4.2 0 0 1 7.5 2.5C19.5 15.4 12 20 12 20z",
  collection: "M4 8h12v12H4zM8 8V4h12v12h-4",
  plus: "M12 5v14M5 12h14",
  pencil: "M4 20l1-4L16 5l3 3L8 19zM13.5 7.5l3 3",
  bin: "M5 7h14M9 7V4.5h6V7M7 7l1 13h8l1-13",
} as const;

const FILLED: ReadonlySet<IconName> = new Set(["play", "pause", "next", "heartFilled"]);

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class={FILLED.has(name) ? "icon icon-filled" : "icon"} viewBox="0 0 24 24" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
