/** GPU time of every launch of a program, by timestamp queries. */
import type { KernelTime } from '../contracts.ts';

/** Queries in a set, at most. */
const SET_SIZE = 4096;

export class Timestamps {
  readonly #device: GPUDevice;
  readonly #labels: readonly string[];
  readonly #sets: readonly GPUQuerySet[];
  readonly #resolved: GPUBuffer;
  readonly #staging: GPUBuffer;
  readonly #sums: { calls: number; seconds: number }[];
  #next = 0;

  /** @param labels one for each launch, in order */
  constructor(device: GPUDevice, labels: readonly string[]) {
    this.#device = device;
    this.#labels = labels;
    const queries = labels.length * 2;
    this.#sets = Array.from({ length: Math.ceil(queries / SET_SIZE) }, () => device.createQuerySet({ type: 'timestamp', count: SET_SIZE }));
    const size = this.#sets.length * SET_SIZE * 8;
    this.#resolved = device.createBuffer({ size, usage: GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC });
    this.#staging = device.createBuffer({ size, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
    this.#sums = labels.map(() => ({ calls: 0, seconds: 0 }));
  }

  /** For the pass of the next launch. */
  next(): GPUComputePassDescriptor {
    const query = this.#next;
    this.#next += 2;
    const [querySet, within] = [this.#sets[Math.floor(query / SET_SIZE)]!, query % SET_SIZE];
    return { timestampWrites: { querySet, beginningOfPassWriteIndex: within, endOfPassWriteIndex: within + 1 } };
  }

  /** After the last launch of a run. */
  resolve(encoder: GPUCommandEncoder): void {
    this.#sets.forEach((set, index) => {
      const count = Math.min(SET_SIZE, this.#next - index * SET_SIZE);
      encoder.resolveQuerySet(set, 0, count, this.#resolved, index * SET_SIZE * 8);
    });
    this.#next = 0;
  }

  /** Adds up the last run's times; to be called after every run. */
  async collect(): Promise<void> {
    const encoder = this.#device.createCommandEncoder();
    encoder.copyBufferToBuffer(this.#resolved, 0, this.#staging, 0, this.#staging.size);
    this.#device.queue.submit([encoder.finish()]);
    await this.#staging.mapAsync(GPUMapMode.READ);
    const ticks = new BigUint64Array(this.#staging.getMappedRange());
    this.#sums.forEach((sum, index) => {
      sum.calls += 1;
      sum.seconds += Number(ticks[index * 2 + 1]! - ticks[index * 2]!) / 1e9;
    });
    this.#staging.unmap();
  }

  times(program: string): KernelTime[] {
    return this.#sums.map(({ calls, seconds }, index) => ({ program, kernel: this.#labels[index]!, calls, seconds }));
  }

  destroy(): void {
    for (const set of this.#sets) set.destroy();
    this.#resolved.destroy();
    this.#staging.destroy();
  }
}
