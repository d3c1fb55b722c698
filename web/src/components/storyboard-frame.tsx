import { useLayoutEffect, useRef } from "preact/hooks";
import type { Frame } from "../player/storyboard-frames";

interface Props {
  class: string;
  frame: Frame;
}

/** One picture of a sheet, as large as it is there; the style decides how large it is shown. */
export function StoryboardFrame({ class: name, frame }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { cue, sheet } = frame;
  // Before it is seen: an empty canvas would blink.
  useLayoutEffect(() => {
    const { x, y, width, height } = cue;
    canvas.current?.getContext("2d")?.drawImage(sheet, x, y, width, height, 0, 0, width, height);
  }, [cue, sheet]);
  return (
    <canvas ref={canvas} class={name} width={cue.width} height={cue.height} data-position-ms={cue.start_ms} />
  );
}
