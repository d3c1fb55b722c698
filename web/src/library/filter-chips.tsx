import { Icon } from "../components/icon";
import { chipWords } from "../text/filter-words";
import { t } from "../text/words";
import { chipsOf, type Filters, NO_FILTERS } from "./filters";

interface Props {
  filters: Filters;
  onChange: (filters: Filters) => void;
}

/** The filters that are on; pressing one takes it away. */
export function FilterChips({ filters, onChange }: Props) {
  const chips = chipsOf(filters);
  if (chips.length === 0) return null;
  return (
    <ul class="chips filter-chips" aria-label={t("Filters that are on")}>
      {chips.map((chip) => {
        const words = chipWords(chip, filters);
        return (
          <li key={`${chip.filter} ${chip.value}`}>
            <button
              type="button"
              class="chip chip-on"
              aria-label={t("Remove the filter {filter}", { filter: words })}
              onClick={({ currentTarget }) => {
                focusAfter(currentTarget);
                onChange(chip.without);
              }}
            >
              {words}
              <Icon name="close" />
            </button>
          </li>
        );
      })}
      {chips.length > 1 && (
        <li>
          <button
            type="button"
            class="chip"
            onClick={() => {
              focusFilters();
              onChange(NO_FILTERS);
            }}
          >
            {t("Clear filters")}
          </button>
        </li>
      )}
    </ul>
  );
}

/** What is pressed goes away: the focus moves to what stands beside it, and at last to where filters are chosen. */
function focusAfter(chip: HTMLButtonElement): void {
  const item = chip.closest("li");
  const beside = item?.nextElementSibling ?? item?.previousElementSibling;
  const next = beside?.querySelector<HTMLButtonElement>(".chip-on");
  if (next == null) focusFilters();
  else next.focus();
}

function focusFilters(): void {
  document.querySelector<HTMLButtonElement>('[aria-controls="filters"]')?.focus();
}
