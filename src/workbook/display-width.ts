/** How wide a line of text is shown, in Latin letters; roughly, as fonts differ. */
export function displayWidth(line: string): number {
  let width = 0;
  for (let at = 0; at < line.length; at++) width += isWide(line.charCodeAt(at)) ? 2 : 1;
  return width;
}

/** East Asian letters take the room of two Latin ones; emoji do so too, and are two units long already. */
export function isWide(unit: number): boolean {
  return (
    unit >= 0x1100 &&
    (unit <= 0x115f ||
      (unit >= 0x2e80 && unit <= 0xa4cf) ||
      (unit >= 0xac00 && unit <= 0xd7a3) ||
      (unit >= 0xf900 && unit <= 0xfaff) ||
      (unit >= 0xfe30 && unit <= 0xfe6f) ||
      (unit >= 0xff01 && unit <= 0xff60) ||
      (unit >= 0xffe0 && unit <= 0xffe6))
  );
}
