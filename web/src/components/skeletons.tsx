import { t } from "../text/words";
import "./skeletons.css";

/** Grey shapes where content will be, so that nothing jumps. The words are for screen readers. */
const Loading = () => (
  <p class="visually-hidden" role="status">
    {t("Loading")}
  </p>
);

export function RowsSkeleton({ rows }: { rows: number }) {
  return (
    <>
      <Loading />
      {numbers(rows).map((row) => (
        <div class="skeleton-row" key={row} aria-hidden="true">
          <span class="skeleton skeleton-line" />
          <CardShapes count={9} class="skeleton-track" />
        </div>
      ))}
    </>
  );
}

export function GridSkeleton() {
  return (
    <>
      <Loading />
      <CardShapes count={18} class="title-grid" />
    </>
  );
}

export function HeroSkeleton() {
  return (
    <div class="skeleton-hero" aria-hidden="true">
      <span class="skeleton skeleton-name" />
      <span class="skeleton skeleton-line" />
      <span class="skeleton skeleton-line" />
    </div>
  );
}

export function LinesSkeleton({ lines }: { lines: number }) {
  return (
    <div class="skeleton-lines">
      <Loading />
      {numbers(lines).map((line) => (
        <span class="skeleton skeleton-block" key={line} aria-hidden="true" />
      ))}
    </div>
  );
}

function CardShapes({ count, class: name }: { count: number; class: string }) {
  return (
    <div class={name} aria-hidden="true">
      {numbers(count).map((card) => (
        <span class="skeleton skeleton-card" key={card} />
      ))}
    </div>
  );
}

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);
