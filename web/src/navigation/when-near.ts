/** One observer for all that waits to come into sight. */
let observer: IntersectionObserver | null = null;
const waiting = new WeakMap<Element, () => void>();

/** Calls back once, when the element is in sight or almost. Returns how to stop waiting. */
export function whenNear(element: Element, callback: () => void): () => void {
  observer ??= new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) {
        if (!isIntersecting) continue;
        observer?.unobserve(target);
        waiting.get(target)?.();
      }
    },
    { rootMargin: "200px" },
  );
  waiting.set(element, callback);
  observer.observe(element);
  return () => observer?.unobserve(element);
}
