import { useState } from "preact/hooks";
import { useLocation } from "preact-iso/router";
import { createCollection, fetchCollections } from "../api";
import { CollectionCard } from "../components/collection-card";
import { CollectionNameForm } from "../components/collection-name-form";
import { Icon } from "../components/icon";
import { LoadFailure } from "../components/load-failure";
import { MessagePanel } from "../components/message-panel";
import { ModalDialog } from "../components/modal-dialog";
import { GridSkeleton } from "../components/skeletons";
import { usePageTitle } from "../navigation/page-title";
import { useResource } from "../store/resource";
import { t } from "../text/words";

/** All collections: those of the viewer, and those that the files themselves tell of. */
export function CollectionsPage() {
  usePageTitle(t("Collections"));
  const { route } = useLocation();
  const { resource, retry } = useResource("collections", fetchCollections);
  const [isNaming, setNaming] = useState(false);

  const create = async (name: string): Promise<string | null> => {
    const outcome = await createCollection(name);
    if (outcome.status === "error") return outcome.message;
    if (outcome.status === "success") route(`/collection/${encodeURIComponent(outcome.value.id)}`);
    return null;
  };

  return (
    <div class="page page-wide">
      <div class="page-bar">
        <h1 class="page-title">{t("Collections")}</h1>
        <button type="button" class="button" onClick={() => setNaming(true)}>
          <Icon name="plus" />
          {t("New collection")}
        </button>
      </div>
      {resource.state === "loading" && <GridSkeleton />}
      {resource.state === "failed" && <LoadFailure message={resource.message} onRetry={retry} />}
      {resource.state === "ready" && resource.value.items.length === 0 && (
        <MessagePanel icon="collection" title={t("No collections yet")}>
          <p>{t("Make one here, or on the page of a title that is to be in it.")}</p>
        </MessagePanel>
      )}
      {resource.state === "ready" && (
        <ul class="title-grid">
          {resource.value.items.map((collection) => (
            <li key={collection.id}>
              <CollectionCard collection={collection} />
            </li>
          ))}
        </ul>
      )}
      {isNaming && (
        <ModalDialog name={t("New collection")} onClose={() => setNaming(false)}>
          <CollectionNameForm label={t("Name")} submit={t("Create")} isFocused onSubmit={create} />
        </ModalDialog>
      )}
    </div>
  );
}
