/** An arrow around the seconds it goes: like the other icons, but with figures in it. */
const PATHS = {
  back: "M4.2 12.9a7.9 7.9 0 1 0 2.5-5.6L4.2 9.6M4.2 4.6v5h5",
  forward: "M19.8 12.9a7.9 7.9 0 1 1-2.5-5.6l2.5 2.3M19.8 4.6v5h-5",
} as const;

export function SeekIcon({ direction }: { direction: keyof typeof PATHS }) {
  return (
    <svg class="icon seek-icon" viewBox="0 0 24 24" aria-hidden="true">
      <path d={PATHS[direction]} />
      <text x="12" y="15.7" text-anchor="middle">
        10
      </text>
    </svg>
  );
}
