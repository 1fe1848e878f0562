/** A smaller corpus with the same share of labels. */
import { UserError } from '../core/errors.ts';
import type { Rng } from '../core/rng.ts';

/**
 * `count` of `rows`, labels in proportion (largest remainder), in their old order; `all` keeps every row.
 * @param place named when there are fewer rows than asked for
 */
export function subsample<Row extends { readonly label: number }>(
  rows: readonly Row[],
  count: number | 'all',
  rng: Rng,
  place: string,
): readonly Row[] {
  if (count === 'all') return rows;
  if (count > rows.length) throw new UserError(place, `${count} samples asked of ${rows.length}`, `at most ${rows.length}, or "all"`);
  const shares = [...new Set(rows.map((row) => row.label))].sort().map((label) => {
    const members = [...rows.keys()].filter((index) => rows[index]!.label === label);
    return { label, members, exact: (count * members.length) / rows.length };
  });
  let left = count - shares.reduce((sum, { exact }) => sum + Math.floor(exact), 0);
  const byRemainder = shares.toSorted((a, b) => (b.exact % 1) - (a.exact % 1));
  const kept = byRemainder.flatMap(({ label, members, exact }) =>
    rng.fork(label).sample(members, Math.floor(exact) + (left-- > 0 ? 1 : 0)),
  );
  return kept.sort((a, b) => a - b).map((index) => rows[index]!);
}
