/** The gradients that names are chosen by, for hosts in batches of like length. */
import type { DeviceTensor, Engine, HostValue } from '../../engine/index.ts';
import { compileOnDemand } from './compiled.ts';
import type { Host } from './hosts.ts';
import type { ModelShape } from './parameters.ts';
import { gradientProgram } from './programs.ts';
import { bucketLength, nameValues, sourceValues, type RowShape } from './rows.ts';

export interface GradientJob {
  readonly shape: ModelShape;
  readonly theta: DeviceTensor;
  /** Ids of the entries that may be names. */
  readonly candidates: readonly number[];
  /** τ as ids. */
  readonly aim: readonly number[];
  readonly gradientTokens: number;
  /** Most identifiers of one host that have place-holders. */
  readonly placeHolders: number;
}

export interface Gradients {
  /** For each identifier of the host: dL/d(one-hot input) by candidate, averaged over its occurrences, or `null` where it was not read. */
  readonly gradients: readonly (Float32Array | null)[];
  readonly host: Host;
}

/** Identifiers a row of the batch may have on average; beyond that a batch has fewer rows. */
const IDENTIFIERS_A_ROW = 8;

/** Hosts come in an order of their own: those of like length together. */
export async function* gradientsOf(engine: Engine, job: GradientJob, hosts: readonly Host[]): AsyncGenerator<Gradients> {
  const placesOf = ({ batch }: RowShape): number => Math.max(job.placeHolders, IDENTIFIERS_A_ROW * batch);
  const programs = compileOnDemand((rows) =>
    engine.compile(gradientProgram(job.shape, { rows, words: job.aim.length, places: placesOf(rows), candidates: job.candidates.length })),
  );
  const candidates: HostValue = { shape: [job.candidates.length], dtype: 'int32', data: Int32Array.from(job.candidates) };
  try {
    const shapeOf = ({ source }: Host): RowShape => {
      const steps = bucketLength(source.length, job.gradientTokens);
      return { steps, batch: Math.max(1, Math.floor(engine.batchTokens / steps)) };
    };
    for (const batch of batchesOf(hosts, shapeOf, placesOf)) {
      const rows = shapeOf(batch[0]!);
      const { places, shares } = placeValues(batch, rows, placesOf(rows));
      const program = await programs.get(rows);
      const { fetched } = await program.run({
        ...{ theta: job.theta, candidates, places, shares },
        ...sourceValues(batch.map(({ source }) => source), rows), // prettier-ignore
        ...nameValues(batch.map(() => job.aim), rows.batch, job.aim.length), // prettier-ignore
      });
      let next = 0;
      for (const host of batch) {
        const gradients = host.occurrences.map((count) => {
          if (count === 0) return null;
          const place = next++ * job.candidates.length;
          return fetched.gradient.subarray(place, place + job.candidates.length);
        });
        yield { host, gradients };
      }
    }
  } finally {
    await programs.close();
  }
}

const readIdentifiers = ({ occurrences }: Host): number => occurrences.filter((count) => count > 0).length;

/** Batches of hosts of one shape, none with more rows or identifiers than its program takes. */
function batchesOf(hosts: readonly Host[], shapeOf: (host: Host) => RowShape, placesOf: (rows: RowShape) => number): Host[][] {
  const batches: Host[][] = [];
  let places = 0;
  for (const host of hosts.toSorted((a, b) => a.source.length - b.source.length)) {
    const rows = shapeOf(host);
    const open = batches.at(-1);
    const own = readIdentifiers(host);
    if (open !== undefined && shapeOf(open[0]!).steps === rows.steps && open.length < rows.batch && places + own <= placesOf(rows)) {
      open.push(host);
      places += own;
    } else {
      batches.push([host]);
      places = own;
    }
  }
  return batches;
}

/** Identifiers of all rows, numbered through: whose occurrence each word is, and one over the number of occurrences. */
function placeValues(hosts: readonly Host[], { batch, steps }: RowShape, count: number): { places: HostValue; shares: HostValue } {
  const places = new Int32Array(steps * batch).fill(count);
  const shares = new Float32Array(count);
  let next = 0;
  hosts.forEach((host, b) => {
    const numbers = host.occurrences.map((own) => {
      if (own > 0) shares[next] = 1 / own;
      return own > 0 ? next++ : null;
    });
    const first = steps - host.source.length;
    host.places.forEach((j, index) => {
      if (j !== null) places[(first + index) * batch + b] = numbers[j]!;
    });
  });
  return {
    places: { shape: [steps * batch], dtype: 'int32', data: places },
    shares: { shape: [count, 1], dtype: 'float32', data: shares },
  };
}
