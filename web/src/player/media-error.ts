import { t } from "../text/words";

/** What a `MediaError` means, said to a person. The codes are those of the HTML standard, §4.8.11.1. */
export function mediaErrorWords(code: number): string {
  switch (code) {
    case 1:
      return t("Playing was stopped.");
    case 2:
      return t("The connection broke while the video was loading.");
    case 3:
      return t(
        "The video could not be decoded. The file may be damaged, or it uses something this browser does not know.",
      );
    default:
      return t("This browser cannot play this file, or the file is no longer there.");
  }
}
