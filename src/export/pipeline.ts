/**
 * Runs the stages of a pipeline side by side until all are done. The first failure stops the others, and
 * is the one that is thrown: what the others say afterwards is only an echo of it.
 */
export async function runStages(
  stages: readonly (() => Promise<void>)[],
  stop: (error: Error) => void,
): Promise<void> {
  let first: { readonly error: unknown } | undefined;
  const guarded = stages.map(async (stage) => {
    try {
      await stage();
    } catch (error) {
      if (first !== undefined) return;
      first = { error };
      stop(error instanceof Error ? error : new Error(String(error)));
    }
  });
  await Promise.all(guarded);
  if (first !== undefined) throw first.error;
}

/** The same stage several times at once; all of them share what `start` gives to `work`. */
export function times(count: number, work: () => Promise<void>): () => Promise<void> {
  return async () => {
    await Promise.all(Array.from({ length: count }, work));
  };
}
