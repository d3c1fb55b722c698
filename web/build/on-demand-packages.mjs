/** Packages so large that only the page which needs one may fetch it; each becomes a file of its own. */
export const ON_DEMAND_PACKAGES = ["uplot", "hls.js"];
