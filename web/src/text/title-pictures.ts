/** Which picture stands for a title where, and in which widths it can be had. */
import type { TitleItem } from "../types";

export interface Picture {
  url: string;
  /** What is seen until it is there: its ThumbHash in base64, where the server has seen the picture. */
  hash: string | null;
}

const picture = (url: string | null, hash: string | null): Picture | null =>
  url === null ? null : { url, hash };

const poster = ({ poster_url, poster_hash }: TitleItem) => picture(poster_url, poster_hash);
const backdrop = ({ backdrop_url, backdrop_hash }: TitleItem) => picture(backdrop_url, backdrop_hash);
const thumb = ({ thumb_url, thumb_hash }: TitleItem) => picture(thumb_url, thumb_hash);
const still = ({ still_url, still_hash }: TitleItem) => picture(still_url, still_hash);

/** Where a title is shown upright: its poster, else any scene. */
export const uprightPicture = (title: TitleItem): Picture | null =>
  poster(title) ?? thumb(title) ?? backdrop(title) ?? still(title);

/** Where a title is shown wide: a scene, before a poster that would be cut. */
export const widePicture = (title: TitleItem): Picture | null =>
  thumb(title) ?? backdrop(title) ?? still(title) ?? poster(title);

/** Behind a title's page: what was made for that, else a scene of it. */
export const backdropPicture = (title: TitleItem): Picture | null =>
  backdrop(title) ?? thumb(title) ?? still(title);

/** In which widths the server makes pictures smaller (docs/api.md). */
const WIDTHS = [160, 320, 480, 640, 960, 1280];

/** Assumed of what comes as it was found; more is not known before it is there, and less does no harm. */
const FOUND_WIDTH = 1920;

/** `srcset` for a picture that is shown small. */
export const cardSources = (url: string): string =>
  WIDTHS.map((width) => `${withWidth(url, width)} ${width}w`).join(", ");

/** `srcset` for a picture that may fill the screen: as it was found, where no smaller one is large enough. */
export const screenSources = (url: string): string => `${cardSources(url)}, ${url} ${FOUND_WIDTH}w`;

/** The address of a picture made so wide. */
export const withWidth = (url: string, width: number) =>
  `${url}${url.includes("?") ? "&" : "?"}width=${width}`;
