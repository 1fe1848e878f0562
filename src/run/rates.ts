/** Rates of training, measured once for each kind of model that is asked about. */
import { lookUp } from '../core/errors.ts';
import type { Engine } from '../engine/index.ts';
import { architectures, measureRate, type ModelConfig, probeOf } from '../train/index.ts';

export interface Rates {
  /** Floating-point operations a second of a training step. @param batchSize `null`: as many samples as the engine takes at once */
  readonly rate: (model: ModelConfig, batchSize: number | null) => Promise<number>;
  /** What was measured so far, by name. */
  readonly measured: () => ReadonlyMap<string, number>;
}

export function makeRates(engine: Engine): Rates {
  const known = new Map<string, number>();
  return {
    async rate({ name, size }, batchSize) {
      const architecture = lookUp(architectures, name, 'model');
      const widths = lookUp(architecture.sizes, size, 'size');
      const probe = probeOf(engine, architecture, widths, batchSize);
      const found = known.get(probe.name) ?? (await measureRate(engine, architecture, probe));
      known.set(probe.name, found);
      return found;
    },
    measured: () => known,
  };
}
