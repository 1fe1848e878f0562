/** What is timed: three model sizes, five kinds of work. One place for our programs, PyTorch's and the tables. */
import { lookUp, UserError } from '../src/core/errors.ts';

export interface CaseSpec {
  readonly name: string;
  readonly layers: number;
  readonly width: number;
  readonly heads: number;
  readonly feedForward: number;
  readonly vocabulary: number;
  /** Rows and sub-tokens of a training step; all rows are full. */
  readonly batch: number;
  readonly tokens: number;
}

/** `base` is CodeBERT's shape. */
export const cases = {
  '2x128': { name: '2x128', layers: 2, width: 128, heads: 2, feedForward: 512, vocabulary: 8000, batch: 16, tokens: 128 },
  '4x256': { name: '4x256', layers: 4, width: 256, heads: 4, feedForward: 1024, vocabulary: 16_000, batch: 16, tokens: 256 },
  base: { name: 'base', layers: 12, width: 768, heads: 12, feedForward: 3072, vocabulary: 50_265, batch: 32, tokens: 400 },
} as const satisfies Record<string, CaseSpec>;

/** Of evaluation and inversion, at every size (method.md 2, 4; P 5.1). */
export const setting = {
  /** L: rows of real functions are cut to it, and the peer pads all of them to it, as the authors do. */
  maxTokens: 400,
  dropout: 0.1,
  evaluationRows: 512,
  evaluationBatch: 32,
  samples: 30,
  triggerTokens: 5,
  candidates: 64,
  topK: 64,
} as const;

/** In the order of the tables. */
export const works = {
  training: 'training step',
  evaluation: `evaluation of ${setting.evaluationRows} functions`,
  gradient: `trigger gradient and its top ${setting.topK}, ${setting.samples} functions`,
  candidates: `${setting.candidates} candidates on ${setting.samples} functions`,
  iteration: 'whole inversion iteration',
} as const;

export type WorkName = keyof typeof works;

export function describeWork(work: WorkName, { name, batch, tokens }: CaseSpec): string {
  return `${name}: ${works[work]}${work === 'training' ? `, ${batch}x${tokens}` : ''}`;
}

/** Which works of which sizes; the last work of a size is training, so that what it leaves in memory burdens no other. */
export interface Choice {
  readonly spec: CaseSpec;
  readonly works: readonly WorkName[];
}

const RUN_ORDER = ['evaluation', 'gradient', 'candidates', 'iteration', 'training'] as const satisfies readonly WorkName[];

/** @param text `2x128,base/iteration`: a size means all its works */
export function chooseCases(text: string): Choice[] {
  const chosen = new Map<string, Set<WorkName>>();
  for (const part of text.split(',').map((word) => word.trim())) {
    const [size = '', work, ...rest] = part.split('/');
    if (rest.length > 0) throw new UserError('--cases', `found “${part}”`, 'SIZE or SIZE/WORK, with commas between');
    lookUp<CaseSpec>(cases, size, '--cases');
    if (work !== undefined) lookUp(works, work, '--cases');
    const named = work === undefined ? RUN_ORDER : [work as WorkName];
    chosen.set(size, new Set([...(chosen.get(size) ?? []), ...named]));
  }
  return [...chosen].map(([size, named]) => ({
    spec: cases[size as keyof typeof cases],
    works: RUN_ORDER.filter((work) => named.has(work)),
  }));
}
