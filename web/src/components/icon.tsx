/** Line drawings of 24 by 24 units; decoration beside words, so hidden from screen readers. */
const PATHS = {
  play: "M7 4.5v15l12.5-7.5z",
  restart: "M4 12a8 8 0 1 0 2.6-5.9M4 4v4.5h4.5",
  info: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 11v5.5M12 7.5v.2",
  search: "M10.5 17.5a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM16 16l5 5",
  home: "M4 11l8-7 8 7v9h-5.5v-6h-5v6H4z",
  film: "M4 5h16v14H4zM8 5v14M16 5v14M4 9.7h4M4 14.3h4M16 9.7h4M16 14.3h4",
  series: "M4 8h16v11H4zM8 4l4 4 4-4",
  scan: "M20 12a8 8 0 0 1-14.3 4.9M4 12a8 8 0 0 1 14.3-4.9M18.5 3v4.3h-4.3M5.5 21v-4.3h4.3",
  left: "M15 5l-7 7 7 7",
  right: "M9 5l7 7-7 7",
  back: "M20 12H5M11 5l-7 7 7 7",
  copy: "M9 9h11v11H9zM5 15H4V4h11v1",
  check: "M5 12.5l4.5 4.5L19 7.5",
  close: "M6 6l12 12M18 6L6 18",
  enlarge: "M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5",
  shrink: "M9 4v5H4M15 4v5h5M9 20v-5H4M15 20v-5h5",
  warning: "M12 4l9 16H3zM12 10v4.5M12 17v.2",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class={name === "play" ? "icon icon-filled" : "icon"} viewBox="0 0 24 24" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
