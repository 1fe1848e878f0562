/** How the hosts of a gradient are divided into batches: like lengths together, so that little padding is differentiated. */
import { groupBy } from '../../core/group-by.ts';
import { rowLengths, sampleTokens, type Model, type ModelInput, type RowShape } from '../../train/index.ts';
import { stamp, type Host, type RowLimits } from './stamp.ts';

/** Rows of one group differ by less than this. Coarser than scoring's buckets: a gradient is one pass in a hundred, and a program a group. */
const GROUP_TOKENS = 128;

export interface HostBatch extends RowShape {
  /** At most `batch`. */
  readonly hosts: readonly Host[];
}

/** A host with a trigger in, as the model reads it. */
export const stampedInput = (host: Host, trigger: readonly number[], limits: RowLimits): ModelInput => [
  stamp(host, trigger, limits).row,
  ...host.others,
];

/** Batches of one group have one shape, so that one program serves them. */
export function divideHosts(
  hosts: readonly Host[],
  blank: readonly number[],
  {
    task,
    limits,
    batchTokens,
  }: { readonly task: Pick<Model['task'], 'streams' | 'limits'>; readonly limits: RowLimits; readonly batchTokens: number },
): HostBatch[] {
  const inputs = hosts.map((host) => ({ host, input: stampedInput(host, blank, limits) }));
  const groups = groupBy(inputs, ({ input }) => Math.ceil(Math.max(...input.map((row) => row.length)) / GROUP_TOKENS));
  return [...groups.values()].flatMap((members) => {
    const tokens = rowLengths(
      members.map(({ input }) => input),
      task,
      limits.maxTokens,
    );
    const count = Math.ceil(members.length / Math.max(1, Math.floor(batchTokens / sampleTokens(task, tokens))));
    const batch = Math.ceil(members.length / count);
    return Array.from({ length: Math.ceil(members.length / batch) }, (_, index) => ({
      batch,
      tokens,
      hosts: members.slice(index * batch, (index + 1) * batch).map(({ host }) => host),
    }));
  });
}
