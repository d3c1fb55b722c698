import { MessagePanel } from "../components/message-panel";
import { usePageTitle } from "../navigation/page-title";

export function NotFoundPage() {
  usePageTitle("Not found");
  return (
    <div class="page">
      <h1 class="visually-hidden">Not found</h1>
      <MessagePanel icon="search" title="There is no such page">
        <p>The address may be mistyped, or the title is no longer in your library.</p>
        <div class="actions">
          <a class="button button-main" href="/">
            Home
          </a>
          <a class="button" href="/search">
            Search
          </a>
        </div>
      </MessagePanel>
    </div>
  );
}
