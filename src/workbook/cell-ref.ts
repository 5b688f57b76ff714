/** @param row counted from 1, `column` from 0 */
export function cellRef(row: number, column: number): string {
  return columnLetters(column) + row;
}

/** 0 is A, 25 is Z, 26 is AA. */
export function columnLetters(index: number): string {
  const letter = String.fromCharCode(65 + (index % 26));
  return index < 26 ? letter : columnLetters(Math.floor(index / 26) - 1) + letter;
}
