import { useEffect, useRef, useState } from "preact/hooks";
import { createCollection, fetchCollections, storeInCollection } from "../api";
import { tell } from "../store/messages";
import { useResource } from "../store/resource";
import { titlesWords } from "../text/filter-words";
import { t } from "../text/words";
import type { Collection, TitleDetail } from "../types";
import { CollectionNameForm } from "./collection-name-form";
import { Icon } from "./icon";
import { LoadFailure } from "./load-failure";
import { ModalDialog } from "./modal-dialog";
import { LinesSkeleton } from "./skeletons";
import "./collection-dialog.css";

interface Props {
  title: TitleDetail;
  onChange: () => void;
  onClose: () => void;
}

/** In which of the viewer's collections a title is; a press puts it in or takes it out. A new one may be made. */
export function CollectionDialog({ title, onChange, onClose }: Props) {
  const { resource, retry } = useResource("collections", fetchCollections);
  const [isIn, setIn] = useState(() => new Set(title.collections.map(({ id }) => id)));
  const newest = useRef(isIn);
  newest.current = isIn;

  const put = async (collection: Collection, isToBeIn: boolean) => {
    setIn(withMember(newest.current, collection.id, isToBeIn));
    const outcome = await storeInCollection(collection.id, title.id, isToBeIn);
    if (outcome.status === "error") {
      setIn(withMember(newest.current, collection.id, !isToBeIn));
      tell(`${t("The collection could not be changed, so it is as before.")} ${outcome.message}`, {
        isFailure: true,
      });
    }
    onChange();
    retry();
  };

  const create = async (name: string): Promise<string | null> => {
    const outcome = await createCollection(name);
    if (outcome.status === "error") return outcome.message;
    if (outcome.status === "success") await put(outcome.value, true);
    return null;
  };

  return (
    <ModalDialog name={t("Collections with {name}", { name: title.name })} onClose={onClose}>
      {resource.state === "loading" && <LinesSkeleton lines={2} />}
      {resource.state === "failed" && <LoadFailure message={resource.message} onRetry={retry} />}
      {resource.state === "ready" && (
        <Choices
          collections={resource.value.items.filter(({ is_editable }) => is_editable)}
          isIn={isIn}
          onPut={put}
        />
      )}
      <CollectionNameForm label={t("New collection")} submit={t("Create")} onSubmit={create} />
    </ModalDialog>
  );
}

interface ChoicesProps {
  collections: Collection[];
  isIn: ReadonlySet<string>;
  onPut: (collection: Collection, isToBeIn: boolean) => void;
}

function Choices({ collections, isIn, onPut }: ChoicesProps) {
  const first = useRef<HTMLInputElement>(null);
  useEffect(() => first.current?.focus(), []);
  if (collections.length === 0) {
    return (
      <p class="muted">
        {t("You have no collection of your own yet. Give one a name and this title is in it.")}
      </p>
    );
  }
  return (
    <ul class="collection-choices">
      {collections.map((collection, index) => (
        <li key={collection.id}>
          <label>
            <input
              type="checkbox"
              ref={index === 0 ? first : null}
              checked={isIn.has(collection.id)}
              onChange={(event) => onPut(collection, event.currentTarget.checked)}
            />
            <span class="collection-choice-mark">
              <Icon name="check" />
            </span>
            <span>{collection.name}</span>
            <small class="muted">{titlesWords(collection.titles)}</small>
          </label>
        </li>
      ))}
    </ul>
  );
}

function withMember(members: ReadonlySet<string>, id: string, isIn: boolean): Set<string> {
  const next = new Set(members);
  if (isIn) next.add(id);
  else next.delete(id);
  return next;
}
