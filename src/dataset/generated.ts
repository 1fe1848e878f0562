/** What generated corpora share: sizes of their splits, and splits that share no text. */
import { z } from 'zod';
import type { Sample, SplitName } from '../core/contracts.ts';

export const splitSize = (fallback: number, most = 200_000) => z.int().min(2).max(most).default(fallback);

/** @param make one split; `seen` holds every text made so far, and grows */
export async function makeSplits(
  make: (split: SplitName, seen: Set<string>) => Promise<readonly Sample[]>,
): Promise<Readonly<Record<SplitName, readonly Sample[]>>> {
  const seen = new Set<string>();
  return { train: await make('train', seen), valid: await make('valid', seen), test: await make('test', seen) };
}
