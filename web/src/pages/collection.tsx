import { useState } from "preact/hooks";
import { useLocation } from "preact-iso/router";
import { deleteCollection, fetchCollection, renameCollection, storeInCollection } from "../api";
import { CollectionNameForm } from "../components/collection-name-form";
import { Icon } from "../components/icon";
import { LoadFailure } from "../components/load-failure";
import { MessagePanel } from "../components/message-panel";
import { ModalDialog } from "../components/modal-dialog";
import { GridSkeleton } from "../components/skeletons";
import { Library } from "../library/library";
import type { TitlePages } from "../library/title-pages";
import { usePageTitle } from "../navigation/page-title";
import { tell } from "../store/messages";
import { useResource } from "../store/resource";
import { t } from "../text/words";
import type { Collection, TitleItem } from "../types";
import { NotFoundPage } from "./not-found";
import "./collection.css";

/** The titles of a collection; one's own can be changed here. */
export function CollectionPage({ params }: { params: { id: string } }) {
  const { resource, retry } = useResource(`collection ${params.id}`, (signal) =>
    fetchCollection(params.id, signal),
  );
  usePageTitle(resource.state === "ready" ? resource.value.name : t("Collection"));
  if (resource.state === "failed") {
    if (resource.httpStatus === 404) return <NotFoundPage />;
    return (
      <div class="page">
        <h1 class="visually-hidden">{t("Collection")}</h1>
        <LoadFailure message={resource.message} onRetry={retry} />
      </div>
    );
  }
  if (resource.state === "loading") {
    return (
      <div class="page page-wide">
        <h1 class="visually-hidden">{t("Collection")}</h1>
        <GridSkeleton />
      </div>
    );
  }
  return <CollectionView key={params.id} collection={resource.value} onChange={retry} />;
}

function CollectionView({ collection, onChange }: { collection: Collection; onChange: () => void }) {
  const [isEditing, setEditing] = useState(false);

  const remove = async (pages: TitlePages, title: TitleItem) => {
    const outcome = await storeInCollection(collection.id, title.id, false);
    if (outcome.status === "error") {
      tell(`${t("The title is still in the collection.")} ${outcome.message}`, { isFailure: true });
      return;
    }
    tell(t("{title} is no longer in {collection}.", { title: title.name, collection: collection.name }));
    pages.refresh();
    onChange();
  };

  return (
    <Library
      name={collection.name}
      about={{ kind: "film,series,episode", collection: collection.id }}
      empty={
        <MessagePanel icon="collection" title={t("Nothing in here yet")}>
          <p>{t("Open a film or a series and press the plus to put it into this collection.")}</p>
          <div class="actions">
            <a class="button button-main" href="/films">
              {t("Look at the films")}
            </a>
          </div>
        </MessagePanel>
      }
      actions={
        collection.is_editable && (
          <button
            type="button"
            class="button"
            aria-pressed={isEditing}
            onClick={() => setEditing(!isEditing)}
          >
            <Icon name="pencil" />
            {t("Edit")}
          </button>
        )
      }
      above={isEditing && <CollectionEditor collection={collection} onChange={onChange} />}
      cardAction={
        isEditing
          ? (pages, title) => (
              <button
                type="button"
                class="collection-remove"
                aria-label={t("Remove {title} from the collection", { title: title.name })}
                onClick={() => remove(pages, title)}
              >
                <Icon name="close" />
              </button>
            )
          : undefined
      }
    />
  );
}

function CollectionEditor({ collection, onChange }: { collection: Collection; onChange: () => void }) {
  const { route } = useLocation();
  const [isDeleting, setDeleting] = useState(false);

  const rename = async (name: string): Promise<string | null> => {
    const outcome = await renameCollection(collection.id, name);
    if (outcome.status === "error") return outcome.message;
    tell(t("The collection has its new name."));
    onChange();
    return null;
  };
  const erase = async () => {
    const outcome = await deleteCollection(collection.id);
    if (outcome.status === "error") {
      tell(`${t("The collection could not be deleted.")} ${outcome.message}`, { isFailure: true });
      return;
    }
    tell(
      t("The collection {name} is deleted. Its titles are still in the library.", { name: collection.name }),
    );
    route("/collections", true);
  };

  return (
    <div class="collection-editor">
      <CollectionNameForm label={t("Name")} submit={t("Rename")} name={collection.name} onSubmit={rename} />
      <button type="button" class="button" onClick={() => setDeleting(true)}>
        <Icon name="bin" />
        {t("Delete collection")}
      </button>
      {isDeleting && (
        <ModalDialog name={t("Delete {name}?", { name: collection.name })} onClose={() => setDeleting(false)}>
          <p>{t("The collection goes; its titles stay in the library.")}</p>
          <div class="actions">
            <button type="button" class="button button-main" onClick={erase}>
              {t("Delete")}
            </button>
            <button type="button" class="button" onClick={() => setDeleting(false)}>
              {t("Keep it")}
            </button>
          </div>
        </ModalDialog>
      )}
    </div>
  );
}
