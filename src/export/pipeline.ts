/** One kind of work in a pipeline, done by several workers that share its queue. */
export interface Stage {
  readonly workers: number;
  readonly work: () => Promise<void>;
  /** Called once when all its workers are done and nothing has failed anywhere. */
  readonly done?: () => void;
}

/**
 * Runs the stages of a pipeline side by side until all are done. The first failure stops the others, and
 * is the one that is thrown: what the others say afterwards is only an echo of it. When this settles no
 * worker is running any more, so that whoever comes next has the files of the job for itself.
 */
export async function runStages(
  stages: readonly Stage[],
  stop: (error: Error) => void,
): Promise<void> {
  let first: { readonly error: unknown } | undefined;
  const guarded = async (work: Stage['work']) => {
    try {
      await work();
    } catch (error) {
      if (first !== undefined) return;
      first = { error };
      stop(error instanceof Error ? error : new Error(String(error)));
    }
  };
  const running = stages.map(async ({ workers, work, done }) => {
    await Promise.all(Array.from({ length: workers }, () => guarded(work)));
    if (first === undefined) done?.();
  });
  await Promise.all(running);
  if (first !== undefined) throw first.error;
}
