/** How wide a line of text is shown, in Latin letters; roughly, as fonts differ. */
export function displayWidth(line: string): number {
  // East Asian letters take the room of two Latin ones; emoji do so too, and are two units long already.
  return line.length + (line.match(wide)?.length ?? 0);
}

const wide =
  /[\u1100-\u115F\u2E80-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF01-\uFF60\uFFE0-\uFFE6]/g;
