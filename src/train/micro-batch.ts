/** How many rows of a batch are computed at once, so that a training step stays within a device's memory. */
import type { RobertaShape } from './models/roberta.ts';
import { flatSize } from './parameters.ts';
import type { Partition } from './steps.ts';

export interface MemoryLimits {
  readonly batchSize: number;
  readonly partition: Partition;
  /** Elements of the dropout pool. */
  readonly pool: number;
  /** Bytes. */
  readonly memory: number;
}

export function microBatchRows(shape: RobertaShape, tokens: number, { batchSize, partition, pool, memory }: MemoryLimits): number {
  const free = memory - stateBytes(partition) - 4 * pool;
  return Math.max(1, Math.min(batchSize, Math.floor(free / rowBytes(shape, tokens))));
}

const stateBytes = ({ trained, frozen }: Partition): number => 40 * flatSize(trained) + 8 * flatSize(frozen);

export function rowBytes({ layers, width, heads, feedForward }: RobertaShape, tokens: number): number {
  return 4 * layers * (6 * heads * tokens * tokens + 20 * tokens * width + 4 * tokens * feedForward);
}
