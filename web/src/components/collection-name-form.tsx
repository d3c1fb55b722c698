import { useEffect, useRef, useState } from "preact/hooks";
import { COLLECTION_NAME_CHARACTERS_MAX } from "../limits";
import "./collection-name-form.css";

interface Props {
  label: string;
  submit: string;
  name?: string;
  isFocused?: boolean;
  /** Answers with what went wrong, or null. */
  onSubmit: (name: string) => Promise<string | null>;
}

/** A name for a collection, new or instead of another. */
export function CollectionNameForm({ label, submit, name = "", isFocused = false, onSubmit }: Props) {
  const [typed, setTyped] = useState(name);
  const [failure, setFailure] = useState<string | null>(null);
  const [isStoring, setStoring] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (isFocused) field.current?.select();
  }, [isFocused]);

  const store = async (event: Event) => {
    event.preventDefault();
    const wished = typed.trim();
    if (wished === "" || isStoring) return;
    setStoring(true);
    const failure = await onSubmit(wished);
    setStoring(false);
    setFailure(failure);
    if (failure === null && name === "") setTyped("");
  };

  return (
    <form class="collection-name-form" onSubmit={store}>
      <label>
        <span>{label}</span>
        <input
          ref={field}
          class="field"
          value={typed}
          maxLength={COLLECTION_NAME_CHARACTERS_MAX}
          autocomplete="off"
          aria-describedby={failure === null ? undefined : "collection-name-failure"}
          onInput={(event) => setTyped(event.currentTarget.value)}
        />
      </label>
      <button type="submit" class="button button-main" disabled={isStoring || typed.trim() === ""}>
        {submit}
      </button>
      {failure !== null && (
        <p id="collection-name-failure" class="collection-name-failure" role="alert">
          {failure}
        </p>
      )}
    </form>
  );
}
