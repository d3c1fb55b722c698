import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { LoadFailure } from "../components/load-failure";
import { t } from "../text/words";

/**
 * A page whose code is fetched when it is first shown, or before by `preload`. Where it cannot be fetched, because
 * the server is away or has become a newer one with other files, all is loaded anew.
 */
export function lazyPage<Props extends object>(load: () => Promise<ComponentType<Props>>) {
  let Page: ComponentType<Props> | null = null;
  const fetchPage = async () => {
    Page ??= await load();
  };

  function LazyPage(props: Props) {
    const [state, setState] = useState<"loading" | "ready" | "failed">(Page === null ? "loading" : "ready");
    useEffect(() => {
      if (state !== "loading") return;
      let isWanted = true;
      fetchPage().then(
        () => isWanted && setState("ready"),
        () => isWanted && setState("failed"),
      );
      return () => {
        isWanted = false;
      };
    }, [state]);
    if (state === "failed") {
      return (
        <div class="page">
          <LoadFailure message={t("The server cannot be reached.")} onRetry={() => location.reload()} />
        </div>
      );
    }
    return Page === null ? null : <Page {...props} />;
  }

  return Object.assign(LazyPage, { preload: () => void fetchPage().catch(() => undefined) });
}
