/** A second of a server's life, for tests. */
import type { Live } from "../types";

export const live = (change: Partial<Live>): Live => ({
  at_ms: 1_800_000_000_000,
  connections: 24,
  streams: [],
  stream_count: 3,
  bytes_per_second: 150_000_000,
  cpu_percent: 12,
  cpu_user_percent: 4.5,
  cpu_system_percent: 7.5,
  page_cache_hit_percent: 98,
  event_loop_lag_ms: 0.42,
  pools: [{ name: "disk", busy: 1, threads: 8, queued: 2, queue_max: 64 }],
  scan: null,
  ...change,
});
