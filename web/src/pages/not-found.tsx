import { MessagePanel } from "../components/message-panel";
import { usePageTitle } from "../navigation/page-title";
import { t } from "../text/words";

export function NotFoundPage() {
  usePageTitle(t("Not found"));
  return (
    <div class="page">
      <h1 class="visually-hidden">{t("Not found")}</h1>
      <MessagePanel icon="search" title={t("There is no such page")}>
        <p>{t("The address may be mistyped, or the title is no longer in your library.")}</p>
        <div class="actions">
          <a class="button button-main" href="/">
            {t("Home")}
          </a>
          <a class="button" href="/search">
            {t("Search")}
          </a>
        </div>
      </MessagePanel>
    </div>
  );
}
