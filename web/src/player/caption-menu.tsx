import { Icon } from "../components/icon";
import {
  CAPTION_BACKGROUNDS,
  CAPTION_SIZES,
  type CaptionBackground,
  type CaptionSize,
} from "../store/choices";
import { t } from "../text/words";
import type { CaptionStyle } from "./caption-style";
import { ControlMenu, MenuChoice } from "./control-menu";
import type { Captions } from "./use-captions";

interface Props {
  captions: Captions;
  style: CaptionStyle;
  onStyle: (style: CaptionStyle) => void;
}

const SIZE_WORDS: Record<CaptionSize, string> = { small: "S", medium: "M", large: "L", huge: "XL" };

const backgroundWords = (): Record<CaptionBackground, string> => ({
  none: t("None"),
  shade: t("Shade"),
  solid: t("Solid"),
});

/** Which captions are shown, how large and on what. */
export function CaptionMenu({ captions: { list, show }, style, onStyle }: Props) {
  const shown = list.find(({ isShown }) => isShown);
  const backgrounds = backgroundWords();
  return (
    <ControlMenu label={t("Captions")} face={<Icon name="captions" />} isOn={shown !== undefined}>
      <MenuChoice
        legend={t("Captions")}
        choices={[
          { value: null, words: t("Off") },
          ...list.map(({ index, label }) => ({ value: index, words: label })),
        ]}
        chosen={shown?.index ?? null}
        onChoose={show}
      />
      <MenuChoice
        legend={t("Size")}
        choices={CAPTION_SIZES.map((value) => ({ value, words: SIZE_WORDS[value] }))}
        chosen={style.captionSize}
        onChoose={(captionSize) => onStyle({ ...style, captionSize })}
        isRow
      />
      <MenuChoice
        legend={t("Background")}
        choices={CAPTION_BACKGROUNDS.map((value) => ({ value, words: backgrounds[value] }))}
        chosen={style.captionBackground}
        onChoose={(captionBackground) => onStyle({ ...style, captionBackground })}
        isRow
      />
    </ControlMenu>
  );
}
