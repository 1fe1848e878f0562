/** Results as Markdown: a table for each machine, device and number of threads; files that share these are one table. */
import { UserError } from '../src/core/errors.ts';
import { median } from '../src/core/statistics.ts';
import { type CaseSpec, cases, describeWork, type WorkName, works } from './cases.ts';
import type { ProgramName, Results, Sample } from './results.ts';

/** A sample with the file it came from: only rounds of one file were measured in turn. */
type Placed = Sample & { readonly file: number };

export function reportOf(files: readonly Results[]): string {
  const groups = new Map<string, Results[]>();
  for (const file of files) {
    const { cpu, gpu, cores } = file.machine;
    const key = JSON.stringify([cpu, gpu, cores, file.device, file.threads]);
    groups.set(key, [...(groups.get(key) ?? []), file]);
  }
  return [...groups.values()].map(section).join('\n');
}

function section(files: readonly Results[]): string {
  const [first] = files;
  if (first === undefined) throw new Error('a section needs a file');
  for (const { rows } of files) {
    if (rows.digest === first.rows.digest) continue;
    throw new UserError(
      'bench results',
      `measured on different rows: “${first.rows.origin}”, “${rows.origin}”`,
      'one file of rows for one table',
    );
  }
  const samples = files.flatMap((results, file) => results.samples.map((sample) => ({ ...sample, file })));
  const failures = files.flatMap(({ failures: found }) => found);
  const hasTf32 = samples.some(({ program }) => program === 'peer-tf32');
  const head = [
    'work',
    'ours, s',
    'PyTorch, s',
    'PyTorch / ours',
    ...(hasTf32 ? ['PyTorch TF32, s', 'TF32 / ours'] : []),
    'GiB (+ on the GPU), ours / PyTorch',
  ];
  const lines = (Object.keys(cases) as (keyof typeof cases)[]).flatMap((size) =>
    (Object.keys(works) as WorkName[]).flatMap((work) => {
      const own = samples.filter((sample) => sample.case === size && sample.work === work);
      const failed = failures.some((failure) => failure.case === size);
      return own.length === 0 ? [] : [rowOf(cases[size], work, own, { hasTf32, failed })];
    }),
  );
  const notes = [
    ...failures.map(({ program, case: size, round, problem }) => `- ${program}, ${size}, round ${round + 1} failed: ${problem}`),
    ...fewerRounds(samples),
  ];
  return [
    `${headline(files, roundsOfSizes(samples)[0]?.[1] ?? 0, first)}\n`,
    `| ${head.join(' | ')} |`,
    `| ${head.map(() => '---').join(' | ')} |`,
    ...lines,
    ...(notes.length === 0 ? [] : ['', ...notes]),
    '',
  ].join('\n');
}

/** How many rounds measured each size, most first: a run that was cut short has measured some in fewer. */
function roundsOfSizes(samples: readonly Placed[]): (readonly [size: string, rounds: number])[] {
  const rounds = (size: string): number =>
    new Set(samples.filter((sample) => sample.case === size).map(({ file, round }) => `${file}/${round}`)).size;
  return [...new Set(samples.map((sample) => sample.case))].map((size) => [size, rounds(size)] as const).toSorted((a, b) => b[1] - a[1]);
}

function fewerRounds(samples: readonly Placed[]): string[] {
  const sizes = roundsOfSizes(samples);
  const most = sizes[0]?.[1] ?? 0;
  return sizes.flatMap(([size, rounds]) => (rounds < most ? [`- ${size}: ${rounds} of ${most} rounds`] : []));
}

function headline(files: readonly Results[], rounds: number, { machine, device, threads, rows }: Results): string {
  const about = Object.assign({}, ...files.map((file) => file.about)) as Results['about'];
  const where =
    device === 'cpu' ? `${machine.cpu ?? 'unknown CPU'}, ${threads} thread${threads === 1 ? '' : 's'}` : (machine.gpu ?? 'unknown GPU');
  const peer = about.peer === undefined ? '' : ` against PyTorch ${about.peer['torch'] ?? 'of unknown version'} (float32)`;
  const lengths = `${rows.evaluationTokens.toFixed(0)} sub-tokens on average in evaluation, ${rows.inversionTokens.toFixed(0)} in inversion`;
  return `\`--device ${device}\` on ${where}${peer}: medians of ${rounds} round${rounds === 1 ? '' : 's'}${howMeasured(files)}; ${rows.origin} (${lengths}).`;
}

function howMeasured(files: readonly Results[]): string {
  const sides = files.map(({ samples }) => new Set(samples.map(({ program }) => program === 'ours')));
  if (new Set(sides.flatMap((found) => [...found])).size < 2) return '';
  return sides.every((found) => found.size === 2) ? ', measured in turn' : ', not all measured in turn';
}

function rowOf(
  spec: CaseSpec,
  work: WorkName,
  samples: readonly Placed[],
  { hasTf32, failed }: { readonly hasTf32: boolean; readonly failed: boolean },
): string {
  const of = (program: ProgramName): readonly Placed[] => samples.filter((sample) => sample.program === program);
  const time = (program: ProgramName): string => {
    const seconds = medianOf(of(program));
    return seconds === null ? (failed ? 'failed' : '-') : seconds.toPrecision(3);
  };
  const cells = [
    describeWork(work, spec),
    time('ours'),
    time('peer'),
    ratio(of('peer'), of('ours')),
    ...(hasTf32 ? [time('peer-tf32'), ratio(of('peer-tf32'), of('ours'))] : []),
    `${memory(of('ours'))} / ${memory(of('peer'))}`,
  ];
  return `| ${cells.join(' | ')} |`;
}

/** Of the rounds' medians. */
function medianOf(samples: readonly Sample[]): number | null {
  return samples.length === 0 ? null : median(samples.map(({ seconds }) => median(seconds)));
}

/** Of the medians; in brackets the lowest and highest of the rounds, where both were measured in one. */
export function ratio(slower: readonly Placed[], faster: readonly Placed[]): string {
  const [above, below] = [medianOf(slower), medianOf(faster)];
  if (above === null || below === null) return '-';
  const byRound = slower.flatMap((a) => {
    const b = faster.find(({ file, round }) => file === a.file && round === a.round);
    return b === undefined ? [] : [median(a.seconds) / median(b.seconds)];
  });
  const spread = byRound.length < 2 ? '' : ` (${Math.min(...byRound).toFixed(2)} to ${Math.max(...byRound).toFixed(2)})`;
  return `${(above / below).toFixed(2)}${spread}`;
}

/** Most of all rounds: of the process, and of what it allocated on the GPU where that is known. */
function memory(samples: readonly Sample[]): string {
  const most = (values: readonly (number | null)[]): string | null => {
    const known = values.filter((value) => value !== null);
    return known.length === 0 ? null : (Math.max(...known) / 2 ** 30).toFixed(2);
  };
  const [host, device] = [most(samples.map(({ peakBytes }) => peakBytes)), most(samples.map(({ devicePeakBytes }) => devicePeakBytes))];
  return host === null ? '-' : `${host}${device === null ? '' : ` + ${device}`}`;
}
