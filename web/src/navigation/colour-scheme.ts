/** Whether the viewer's system is light or dark, for what no style sheet reaches. */
import { useEffect, useState } from "preact/hooks";

const query = matchMedia("(prefers-color-scheme: light)");

export function useLightScheme(): boolean {
  const [isLight, setLight] = useState(query.matches);
  useEffect(() => {
    const look = () => setLight(query.matches);
    look();
    query.addEventListener("change", look);
    return () => query.removeEventListener("change", look);
  }, []);
  return isLight;
}
