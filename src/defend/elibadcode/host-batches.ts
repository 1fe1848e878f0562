/** How the hosts of a gradient are divided into batches: like lengths together, so that little padding is differentiated. */
import { groupBy } from '../../core/group-by.ts';
import { bucketLength, type RowShape } from '../../train/index.ts';
import { stamp, type Host, type RowLimits } from './stamp.ts';

/** Rows of one group differ by less than this. Coarser than scoring's buckets: a gradient is one pass in a hundred, and a program a group. */
const GROUP_TOKENS = 128;

export interface HostBatch extends RowShape {
  /** At most `batch`. */
  readonly hosts: readonly Host[];
}

/** Batches of one group have one shape, so that one program serves them. */
export function divideHosts(hosts: readonly Host[], blank: readonly number[], limits: RowLimits, batchTokens: number): HostBatch[] {
  const lengths = hosts.map((host) => ({ host, length: stamp(host, blank, limits).row.length }));
  const groups = groupBy(lengths, ({ length }) => Math.ceil(length / GROUP_TOKENS));
  return [...groups.values()].flatMap((members) => {
    const tokens = bucketLength(Math.max(...members.map(({ length }) => length)), limits.maxTokens);
    const count = Math.ceil(members.length / Math.max(1, Math.floor(batchTokens / tokens)));
    const batch = Math.ceil(members.length / count);
    return Array.from({ length: Math.ceil(members.length / batch) }, (_, index) => ({
      batch,
      tokens,
      hosts: members.slice(index * batch, (index + 1) * batch).map(({ host }) => host),
    }));
  });
}
