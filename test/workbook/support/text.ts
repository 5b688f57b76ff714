/** No half of a surrogate pair: with the u flag a surrogate is only seen where it stands alone. */
export function isWellFormed(text: string): boolean {
  return !/\p{Surrogate}/u.test(text);
}
